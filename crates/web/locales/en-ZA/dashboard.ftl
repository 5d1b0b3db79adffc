# The start page of administrators: figures of the whole provider.
dashboard-lead = How { $provider } stands.
dashboard-first = Welcome. A few steps, and the first learners can begin.
dashboard-steps = What to do first
dashboard-step-done = Done
dashboard-step-open = To do
dashboard-step-settings = Say who you are
dashboard-step-settings-text = Name, provider number and address stand on every statement of results.
dashboard-step-people = Invite your people
dashboard-step-people-text = Assessors, moderators, facilitators and verifiers get an account and a role.
dashboard-step-programmes = Register a programme
dashboard-step-programmes-text = With its modules, so that learners can be enrolled in it.
dashboard-step-learners = Import your learners
dashboard-step-learners-text = From a file. Rows that are wrong are named, the others are kept.
dashboard-at = Figures of
dashboard-zone = Days, weeks and months are those of South Africa; a week begins on Monday.
dashboard-csv = Download as CSV
dashboard-more = What you can do here
dashboard-learners = { $count ->
    [one] learner
   *[other] learners
}
dashboard-learners-new = { $count ->
    [0] None came this month
    [one] 1 came this month
   *[other] { $count } came this month
}
dashboard-learners-fewer = Fewer than at the end of last month
dashboard-active = { $count ->
    [one] active enrolment
   *[other] active enrolments
}
dashboard-active-before = { $count } at the end of last month
dashboard-waiting = waiting
dashboard-waiting-parts = { $assess } to assess, { $moderate } to moderate
dashboard-overdue = overdue
dashboard-overdue-hint = Waiting for more than 14 days
dashboard-states = Enrolments
dashboard-states-title = Enrolments by state, at the end of each month
dashboard-states-summary = { $active } of { $all } are active, which is enrolled or enrolled again. { $completed } are completed.
dashboard-states-act = See how far learners have come
dashboard-month = Month
dashboard-weeks = Work done
dashboard-weeks-title = What was done in each week
dashboard-weeks-summary = This week so far, { $evidence } files of evidence came in and { $assessed } assessments were recorded. Last week it was { $evidence-before } and { $assessed-before }.
dashboard-weeks-act = Go through what waits
dashboard-week = Week from
dashboard-evidence = Evidence handed in
dashboard-assessed = Assessed
dashboard-moderated = Moderated
dashboard-statements = Statements issued
dashboard-ages = What waits
dashboard-ages-title = What waits, by how long
dashboard-ages-none = Nothing waits for an assessor or a moderator.
dashboard-ages-fine = Nothing waits for more than 14 days. The oldest waits since { $since }.
dashboard-ages-late = { $overdue } of { $all } wait for more than 14 days, and so are overdue. The oldest waits since { $since }.
dashboard-ages-act = See what is overdue
dashboard-ages-act-all = See what waits
dashboard-age = Waits for
dashboard-age-7 = 0–7 days
dashboard-age-14 = 7–14 days
dashboard-age-28 = 14–28 days
dashboard-age-older = over 28 days
dashboard-assess = To assess
dashboard-moderate = To moderate
dashboard-imports = Imports
dashboard-imports-title = Rows of the latest imports
dashboard-imports-summary = { $kept } of { $all } rows were kept, { $refused } were refused.
dashboard-imports-act = See the imports and their refused rows
dashboard-reasons = Why rows were refused
dashboard-reasons-text = In the imports above, the commonest first. A row can be wrong in several ways.
dashboard-reason = Column and reason
dashboard-times = How often
dashboard-code = Code
dashboard-column = Column
dashboard-file = the file itself

# What waits, learners with their progress, the work of one learner.
nav-queue = Queue
nav-queue-about = Evidence to assess and samples to moderate, what waits longest first.
nav-groups = Progress
nav-groups-about = How far each of your learners has come, module by module.
queue-title = Your queue
queue-begin = Begin with the first
queue-caption = What waits
queue-kind = To do
queue-kind-any = Everything
queue-kind-assess = Assess
queue-kind-moderate = Moderate
queue-programme = Programme
queue-programme-any = All programmes
queue-age = Waits
queue-age-overdue = More than 14 days
queue-age-any = Any time
queue-search = Learner’s last name
queue-learner = Learner
queue-module = Module
queue-since = Waits since
queue-overdue = Overdue
queue-done = That was the last one. Nothing waits any more.
queue-none = Nothing waits for you
queue-none-text = New evidence and drawn samples appear here by themselves.
queue-none-filtered = Nothing here fits
queue-none-filtered-text = Look for something else, or show all.
groups-title = Learners’ progress
groups-place = Your place
groups-caption = Your learners
groups-done = Achieved
groups-open = Open
groups-state = State
groups-count = { $done } of { $of } modules
groups-to-assess = { $count ->
    [one] 1 waits for the assessor
   *[other] { $count } wait for the assessor
}
groups-again = { $count ->
    [one] 1 to try again
   *[other] { $count } to try again
}
groups-missing = { $count ->
    [one] 1 without evidence
   *[other] { $count } without evidence
}
groups-nothing = Nothing open for the learner
groups-missed = No learner fits
groups-missed-text = Write the beginning of the last name, or choose less.
groups-none = No learners here
groups-none-text = Learners appear here when an administrator puts you on their team.
work-title = The work of { $learner }
work-status = Enrolment
work-nobody = Nobody yet
work-modules = Modules
work-files = Files
work-attempts = Attempts so far
work-attempt = attempt { $number }
work-moderation = Moderation
work-evidence = Evidence
work-no-files = No evidence was brought for this module.
work-no-attempts = Nothing was assessed here yet.
work-image = Picture brought as evidence: { $name }
work-opens = Opens in a new tab
work-save = Save
work-saves = Is saved to your device
work-criteria = Criteria
work-met = Met:
work-not-met = Not met:
work-proof = Proof in the log
state-module-open = No evidence yet
state-module-brought = Evidence brought
state-module-to-assess = To assess
state-module-again = To try again
state-module-assessed = Assessed, not yet locked
state-module-competent = Competent
state-module-not-achieved = Not achieved

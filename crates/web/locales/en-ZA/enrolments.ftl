# Enrolments and their teams; statements of results.
enrol-title = Enrol in a programme
enrol-many-title = Enrol learners
enrol-search = Last name
enrol-kept = { $learners ->
    [one] One more learner is chosen on another page.
   *[other] { $learners } more learners are chosen on other pages.
 }
enrol-chosen = Enrol those chosen
enrol-programme = Programme
enrol-when = Dates
enrol-from = First day
enrol-until = Last day expected
enrol-team = Team
enrol-team-text = Whoever moderates or verifies holds no other place. The team can be changed later.
enrolment-title = Enrolment
enrolment-learner = Learner
enrolment-recorded = Recorded
enrolment-nobody = Nobody yet
enrolment-made = The learner is enrolled.
enrolment-team-set = The team is changed.
enrolment-withdrawn = The learner is withdrawn.
enrolment-reinstated = The learner is taken back.
enrolment-stale = Somebody changed this enrolment meanwhile, so nothing was done. It is shown as it is now: decide again.
enrolment-status-enrolled = Enrolled
enrolment-status-completed = Completed
enrolment-status-withdrawn = Withdrawn
enrolment-status-discontinued = Discontinued
enrolment-status-reinstated = Enrolled again
team-title = Who works with the learner
team-change = Change the team
withdraw = Withdraw the learner
withdraw-title = Withdraw the learner from this programme?
withdraw-text = No evidence can be brought and nothing assessed any more. What was recorded stays. You can take the learner back later.
reinstate = Take the learner back
reinstate-title = Take the learner back into this programme?
reinstate-text = What was recorded before counts again, and the team stays as it was.
statements-about = It certifies what is in force now, with the whole ID number. You may be asked for your password first.
statements-issue = Issue a statement of results
statements-title = Statement { $number }
statements-issued = The statement is issued.
statements-superseded = A result was reversed since
statements-superseded-text = The statement says what was in force when it was issued. Issue a new one.
statements-print = Open the document
statements-print-text = The document has the whole ID number. That you open it is recorded, and the learner sees it.
statements-provider = Provider
statements-achieved = Credits achieved
statements-credits = { $achieved } of { $credits }

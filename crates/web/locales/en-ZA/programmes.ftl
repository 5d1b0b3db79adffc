# What a provider teaches.
nav-programmes = Programmes
nav-programmes-about = What is taught here, with its modules.
programmes-title = Programmes
programmes-search = Part of the title, or SAQA id
programmes-missed = No programme fits
programmes-missed-text = Write a part of the title or the beginning of the SAQA id, or show all.
programmes-none = No programmes yet
programmes-none-text = Register the first one with its modules. Then learners can be enrolled in it.
programme-new-title = Register a programme
programme-created = The programme is registered.
programme-enrolled = The learners are enrolled.
programme-title = Title
programme-title-hint = As it is registered.
programme-kind = Kind
programme-kind-qualification = Qualification
programme-kind-part = Part qualification
programme-kind-skills = Skills programme
programme-kind-learnership = Learnership
programme-saqa = SAQA id
programme-nqf = NQF level
programme-credits = Credits
programme-worth = { $credits ->
    [one] one credit
   *[other] { $credits } credits
 }
programme-rules = Moderation and attempts
programme-rules-text = Leave these empty to use what your settings say.
programme-percent = Share of assessments that is moderated, in percent
programme-floor = Fewest assessments that are moderated
programme-attempts = Attempts at one module
programme-sampling = Moderated
programme-sampling-text = { $percent } % of assessments, { $floor } at least
programme-since = Registered
programme-modules = Modules
programme-module = Module { $number }
programme-empty-rows = Modules that you leave empty are left out.
programme-create = Register
programme-add = Add another module
module-code = Code
module-code-hint = For example 251201001-KM-01.
module-kind-knowledge = Knowledge module
module-kind-practical = Practical skills module
module-kind-workplace = Work experience module
module-kind-standard = Unit standard

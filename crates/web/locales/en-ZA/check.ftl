# The check of a statement of results.
check-title = Check a statement of results
check-lead = Were you shown a statement of results? Type its number and its code. You see whether it was issued here and still holds.
check-number-hint = For example SOR-2026-7F3K9QX2AB-thuto.
check-code-hint = Three groups of four characters.
check-send = Check
check-valid = This statement is genuine and holds
check-valid-text = It was issued by the provider below, and no result was reversed since.
check-superseded = This statement is genuine, but no longer holds
check-superseded-text = A result was reversed after it was issued. Ask the holder for a new one.
check-name = Name
check-compare = Compare this with the paper. If anything differs, do not rely on the paper and ask the provider.
check-another = Check another
check-seen = The holder of the statement sees that it was checked, and when. Who you are is not asked.
problem-statement-unconfirmed = No statement has this number and code. Compare both with the paper, letter by letter, and ask who issued it.

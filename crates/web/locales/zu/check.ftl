# Ukuhlola isitatimende semiphumela.
check-title = Hlola isitatimende semiphumela
check-lead = Ukhonjiswe isitatimende semiphumela? Thayipha inombolo nekhodi yaso. Uzobona ukuthi sikhishwe lapha futhi sisasebenza yini.
check-number-hint = Isibonelo: SOR-2026-7F3K9QX2AB-thuto.
check-code-hint = Amaqembu amathathu ezinhlamvu ezine.
check-send = Hlola
check-valid = Lesi sitatimende siyiqiniso futhi siyasebenza
check-valid-text = Sikhishwe umhlinzeki ongezansi, futhi akukho mphumela ohoxisiwe kusukela lapho.
check-superseded = Lesi sitatimende siyiqiniso, kodwa asisasebenzi
check-superseded-text = Kukhona umphumela ohoxisiwe ngemva kokukhishwa kwaso. Cela umnikazi waso akunike esisha.
check-name = Igama
check-compare = Qhathanisa lokhu nephepha. Uma kukhona okungafani, ungathembeli ephepheni, buza umhlinzeki.
check-another = Hlola esinye
check-seen = Umnikazi wesitatimende uyabona ukuthi sihloliwe, nokuthi nini. Akubuzwa ukuthi ungubani.
problem-statement-unconfirmed = Asikho isitatimende esinale nombolo nale khodi. Qhathanisa kokubili nephepha, uhlamvu ngalunye, ubuze ukuthi ubani osikhiphile.

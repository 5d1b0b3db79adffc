# Die nagaan van ’n uitslagverklaring.
check-title = Gaan ’n uitslagverklaring na
check-lead = Is ’n uitslagverklaring vir jou gewys? Tik die nommer en die kode in. Jy sien of dit hier uitgereik is en nog geld.
check-number-hint = Byvoorbeeld SOR-2026-7F3K9QX2AB-thuto.
check-code-hint = Drie groepe van vier karakters.
check-send = Gaan na
check-valid = Hierdie verklaring is eg en geld
check-valid-text = Dit is deur die verskaffer hier onder uitgereik, en geen uitslag is sedertdien teruggetrek nie.
check-superseded = Hierdie verklaring is eg, maar geld nie meer nie
check-superseded-text = ’n Uitslag is teruggetrek nadat dit uitgereik is. Vra die houer vir ’n nuwe een.
check-name = Naam
check-compare = Vergelyk dit met die papier. As iets verskil, moenie op die papier staatmaak nie en vra die verskaffer.
check-another = Gaan nog een na
check-seen = Die houer van die verklaring sien dat dit nagegaan is, en wanneer. Wie jy is, word nie gevra nie.
problem-statement-unconfirmed = Geen verklaring het hierdie nommer en kode nie. Vergelyk albei met die papier, letter vir letter, en vra wie dit uitgereik het.

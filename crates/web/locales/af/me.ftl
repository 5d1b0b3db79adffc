# Jou eie beginblad en rekening.
home-title = Begin
home-hello = Hallo, { $name }
home-roles = Jy is aangemeld as { $roles }.
account-title = Jou rekening
account-details = Jou besonderhede
account-change = Is iets verkeerd? Vra ’n administrateur van jou verskaffer om dit te verander.
account-may = Wat jou rolle mag doen
account-sessions = Waar jy aangemeld is
account-registered = Geregistreer as { $as }
account-until = Tot
account-sessions-text = Beëindig ’n sessie wat jy nie ken nie of nie meer nodig het nie.
account-session-opened = Sedert
account-session-seen = Laas gebruik
account-session-ends = Eindig vanself
account-session-this = Hierdie een
account-session-end = Beëindig
account-session-ended = Die sessie is beëindig.
account-end-all = Meld oral af
account-end-all-title = Oral afmeld?
account-end-all-text = Alle sessies eindig, hierdie een ook. Jy kan dadelik weer aanmeld.
account-change-operator = Is iets verkeerd? Operateurs word by die bediener se konsole uitgenooi.
account-factors = Tweede faktor
account-factors-none = Jy het nie een nie. Met een maak jou wagwoord alleen niks oop nie.
account-factors-text = Ná jou wagwoord wys jy een van dié; ’n wagsleutel meld jou ook alleen aan.
account-factor-since = Sedert
account-factor-used = Laas gebruik
account-factor-more = Stel nog een op
account-factor-added = Dit werk van nou af. Jy is oral elders afgemeld.
account-factor-removed = Dit is verwyder. Jy is oral elders afgemeld.
account-codes-left = { $count ->
    [one] Een herstelkode is oor.
   *[other] { $count } herstelkodes is oor.
}

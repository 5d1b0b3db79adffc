# Posse.
mail-hello = Goeiedag
mail-invitation-subject = Jou uitnodiging na { $provider }
mail-invitation-text = Jy is genooi na { $provider } op skillsyms. Maak hierdie skakel oop en kies ’n wagwoord:
mail-invitation-once = Die skakel werk een keer, vir sewe dae vanaf die uitnodiging.
mail-reset-subject = ’n Nuwe wagwoord vir { $provider }
mail-reset-text = Iemand het ’n nuwe wagwoord vir jou rekening by { $provider } gevra. As dit jy was, maak hierdie skakel oop en kies een:
mail-reset-until = Die skakel werk een keer, tot { $until }. As dit nie jy was nie, hoef jy niks te doen nie: jou wagwoord bly soos dit is.
mail-changed-subject = Jou wagwoord vir { $provider } is verander
mail-changed-text = Die wagwoord van jou rekening by { $provider } is verander, en al sy sessies is beëindig. As dit jy was, hoef jy niks te doen nie.
mail-changed-not-you = As dit nie jy was nie, sê dadelik vir jou verskaffer se administrateur, en vra hier ’n nuwe wagwoord:
mail-foot = Hierdie pos is deur ’n masjien gestuur. Niemand lees antwoorde daarop nie.

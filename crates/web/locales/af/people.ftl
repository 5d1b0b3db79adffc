# Om ’n uitnodiging te aanvaar.
invitation-title = Aanvaar jou uitnodiging
invitation-text = Kies ’n wagwoord. Daarna kan jy aanmeld.
invitation-token = Uitnodigingskode
invitation-token-hint = Dit staan aan die einde van die skakel wat aan jou gestuur is, ná die #-teken. Dit begin met ski_.
invitation-password = Nuwe wagwoord
invitation-password-hint = Minstens 12 karakters. ’n Paar woorde ná mekaar is maklik om te onthou.
invitation-accept = Aanvaar

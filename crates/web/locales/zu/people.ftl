# Ukwamukela isimemo.
invitation-title = Yamukela isimemo sakho
invitation-text = Khetha iphasiwedi. Ngemva kwalokho ungangena.
invitation-token = Ikhodi yesimemo
invitation-token-hint = Isekugcineni kwesixhumanisi osithunyelelwe, ngemva kophawu #. Iqala ngo-ski_.
invitation-password = Iphasiwedi entsha
invitation-password-hint = Okungenani izinhlamvu ezingu-12. Amagama ambalwa alandelanayo alula ukukhumbula.
invitation-accept = Yamukela

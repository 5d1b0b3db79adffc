# Ukwamukela isimemo.
invitation-title = Yamukela isimemo sakho
invitation-text = Khetha iphasiwedi. Ngemva kwalokho ungangena.
invitation-token = Ikhodi yesimemo
invitation-token-hint = Isekugcineni kwesixhumanisi osithunyelelwe, ngemva kophawu #. Iqala ngo-ski_.
invitation-password = Iphasiwedi entsha
invitation-password-hint = Okungenani izinhlamvu ezingu-15; ezingu-12 zanele uma ungena nangento yesibili yokungena. Amagama ambalwa alandelanayo alula ukukhumbula.
invitation-accept = Yamukela
invitation-token-wrong = Le akuyona ikhodi ephelele. Kopisha konke okulandela uphawu #, kusukela ku-ski_ kuze kube sekugcineni.
invitation-gone-title = Lesi simemo asisasebenzi
invitation-gone-text = Sesisetshenzisiwe, sithathelwe indawo esisha noma sihoxisiwe, noma sesidlule ezinsukwini eziyisikhombisa.
invitation-gone-done = Uma usuke wasamukela, usunayo i-akhawunti: ngena ngephasiwedi owayikhetha ngaleso sikhathi.
invitation-gone-new = Uma ungakaze usamukele, cela esisha kulowo okumemile. Qala ubheke i-imeyili entsha: isixhumanisi esisha kunazo zonke kuphela esisebenzayo.

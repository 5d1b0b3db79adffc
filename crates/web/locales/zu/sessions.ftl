# Ukungena.
sign-in-title = Ngena
sign-in = Ngena
sign-in-provider = Kumhlinzeki “{ $slug }”.
sign-in-invited = Nginesimemo
sign-in-lost = Ukhohlwe iphasiwedi? Cela umlawuli womhlinzeki wakho akuthumelele isimemo esisha.
sign-in-expired = Isikhathi sakho sokungena siphelile. Ngena futhi uze uqhubeke lapho ubukhona.
sign-in-out = Usuphumile.
sign-in-accepted = Iphasiwedi yakho isibekiwe. Ngena ngayo.
sign-out = Phuma

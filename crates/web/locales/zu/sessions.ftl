# Ukungena.
sign-in-title = Ngena
sign-in = Ngena
sign-in-provider = Kumhlinzeki “{ $slug }”.
sign-in-invited = Nginesimemo
sign-in-lost = Ngikhohlwe iphasiwedi yami
sign-in-expired = Isikhathi sakho sokungena siphelile. Ngena futhi uze uqhubeke lapho ubukhona.
sign-in-out = Usuphumile.
sign-in-accepted = Iphasiwedi yakho isibekiwe. Ngena ngayo.
sign-out = Phuma

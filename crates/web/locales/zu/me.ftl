# Ikhasi lakho lokuqala ne-akhawunti.
home-title = Ekuqaleni
home-hello = Sawubona, { $name }
home-roles = Ungene njengo: { $roles }.
account-title = I-akhawunti yakho
account-details = Imininingwane yakho
account-change = Kukhona okungalungile? Cela umlawuli womhlinzeki wakho akushintshe.
account-sessions = Lapho ungene khona

# Ikhasi lakho lokuqala ne-akhawunti.
home-title = Ekuqaleni
home-hello = Sawubona, { $name }
home-roles = Ungene njengo: { $roles }.
account-title = I-akhawunti yakho
account-details = Imininingwane yakho
account-change = Kukhona okungalungile? Cela umlawuli womhlinzeki wakho akushintshe.
account-may = Okuvunyelwe izindima zakho
account-sessions = Lapho ungene khona
account-registered = Ubhaliswe njengo: { $as }
account-until = Kuze kube
account-sessions-text = Qeda ukungena ongakwazi noma ongasakudingi.
account-session-opened = Kusukela ngo
account-session-seen = Kugcine ukusetshenziswa ngo
account-session-ends = Kuyaziphelela ngo
account-session-this = Yilokhu
account-session-end = Qeda
account-session-ended = Ukungena kuqediwe.
account-end-all = Phuma kuyo yonke indawo
account-end-all-title = Uphume kuyo yonke indawo?
account-end-all-text = Konke ukungena kuyaphela, nalokhu. Ungaphinde ungene khona manjalo.
account-change-operator = Ingabe kukhona okungalungile? Abaqhubi bamenywa kukhonsoli yeseva.
account-factors = Into yesibili yokungena
account-factors-none = Awunayo. Uma unayo, iphasiwedi yakho iyodwa ayivuli lutho.
account-factors-text = Emva kwephasiwedi yakho ubonisa enye yalezi; ukhiye wokungena ukungenisa nawodwa.
account-factor-since = Kusukela ngo
account-factor-used = Igcine ukusetshenziswa ngo
account-factor-more = Lungisa enye
account-factor-added = Isebenza kusukela manje. Uphumile kwezinye izindawo zonke.
account-factor-removed = Isusiwe. Uphumile kwezinye izindawo zonke.
account-codes-left = { $count ->
    [one] Kusele ikhodi yokutakula eyodwa.
   *[other] Kusele amakhodi okutakula angu-{ $count }.
}

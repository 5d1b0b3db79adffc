# ’n Leerder se eie bladsye.
nav-learning = Leer
nav-learning-about = Hoe ver jy is, wat om volgende te doen, en bewyse bring.
nav-my-results = Uitslae
nav-my-results-about = Wat jy behaal het, en jou uitslagverklarings.
nav-my-record = Jou rekord
nav-my-record-about = Wat oor jou gehou word, en waarom.
learning-title = Jou leerwerk
learning-empty = Jy is nog nie ingeskryf nie
learning-empty-text = Jou verskaffer skryf jou vir ’n program in. Dan staan dit hier.
learning-progress = { $achieved } van { $modules } modules behaal
learning-progress-label = Modules behaal
learning-credits = ({ $achieved } van { $credits } krediete)
learning-next = Volgende:
learning-from = sedert { $day }
learning-until = tot { $day }
learning-modules = Modules
learning-module-credits = { $credits } krediete
learning-attempts = { $used } van { $of } pogings gebruik
learning-feedback = Terugvoer van jou assessor
learning-files =
    { $files ->
        [one] 1 lêer van jou
       *[other] { $files } lêers van jou
    }
learning-bring = Bring bewyse
learning-brought =
    { $files ->
        [one] 1 lêer is ontvang. Jou assessor sal dit sien.
       *[other] { $files } lêers is ontvang. Jou assessor sal dit sien.
    }
learn-status-enrolled = Ingeskryf
learn-status-completed = Voltooi
learn-status-withdrawn = Onttrek
learn-status-discontinued = Deur die verskaffer beëindig
learn-status-reinstated = Weer ingeskryf
learn-step-try-again = Lees die terugvoer oor { $module } en bring meer bewyse
learn-step-bring = Bring bewyse vir { $module }
learn-step-ask = Vra jou verskaffer hoe { $module } verder gaan
learn-step-wait = Niks vir jou nie. Jou werk word geassesseer en nagegaan.
learn-step-done = Niks. Jy het elke module behaal.
learn-step-over = Niks. Hierdie inskrywing is verby.
learn-state-not_started = Nog nie begin nie
learn-state-submitted = Wag vir jou assessor
learn-state-try_again = Probeer weer
learn-state-no_attempts = Geen pogings oor nie
learn-state-checking = Bevoeg, word nagegaan
learn-state-competent = Bevoeg
learn-state-not_yet_competent = Nog nie bevoeg nie
learn-outcome-competent = Bevoeg
learn-outcome-not_yet_competent = Nog nie bevoeg nie
learn-outcome-absent = Afwesig of onvolledig
learn-kind-knowledge = Kennis
learn-kind-practical = Prakties
learn-kind-workplace = Werkplek
learn-kind-unit_standard = Eenheidstandaard
bring-title = Bring bewyse vir { $module }
bring-heading = Bring bewyse
bring-files = Lêers
bring-files-hint = PDF, Word, JPEG, PNG of MP4, hoogstens 25 MB elk en tien op ’n slag.
bring-drop = Jy kan lêers hier laat val.
bring-photo = Of neem ’n foto
bring-photo-hint = Op ’n foon maak dit die kamera oop.
bring-send = Stuur
bring-failed = Nie gestuur nie. Kyk na jou verbinding en stuur dit weer.
bring-ready = Gestuur
bring-large = Groter as 25 MB. Maak dit kleiner, of verdeel dit.
bring-closed = Geen bewyse word meer vir hierdie module aanvaar nie: die uitslag is gesluit, of die inskrywing is verby.
bring-there = Wat jy tot dusver gebring het
my-results-title = Jou uitslae
my-statements = Uitslagverklarings
my-statements-text = ’n Verklaring sê wat jy op die dag van uitreiking behaal het. Enigiemand aan wie jy dit wys, kan dit nagaan.
my-statements-empty = Nog geen verklaring is uitgereik nie
my-statements-empty-text = Jou verskaffer reik een uit wanneer jy daarvoor vra en ’n uitslag gesluit is.
statement-title = Verklaring { $number }
statement-heading = Uitslagverklaring
statement-provider = Uitgereik deur
statement-programme = Program
statement-credits = Krediete
statement-credits-of = { $achieved } van { $credits } krediete behaal
statement-issued = Uitgereik op
statement-module = Module
statement-outcome = Uitslag
statement-day = Geassesseer op
statement-outstanding = Uitstaande
statement-number = Nommer
statement-code = Kode
statement-json = Laai af as JSON
record-title = Jou rekord
record-lead = Wat hierdie verskaffer oor jou hou, waarom, en hoe lank.
record-looked = Sien wie daarna gekyk het
record-you = Jy
record-contact = Hoe om jou te bereik
record-profile = Vir die nasionale leerderrekords
record-id = ID-nommer
record-birth = Geboortedatum
record-held = Wat ons hou en waarom
record-held-text = Hierdie lys word gemaak uit die inventaris van alle data in hierdie stelsel, dus word niks weggelaat nie.

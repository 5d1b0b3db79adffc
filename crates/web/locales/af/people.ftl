# Om ’n uitnodiging te aanvaar.
invitation-title = Aanvaar jou uitnodiging
invitation-text = Kies ’n wagwoord. Daarna kan jy aanmeld.
invitation-token = Uitnodigingskode
invitation-token-hint = Dit staan aan die einde van die skakel wat aan jou gestuur is, ná die #-teken. Dit begin met ski_.
invitation-password = Nuwe wagwoord
invitation-password-hint = Minstens 15 karakters; 12 is genoeg as jy ook met ’n tweede faktor aanmeld. ’n Paar woorde ná mekaar is maklik om te onthou.
invitation-accept = Aanvaar
invitation-token-wrong = Dit is nie die hele kode nie. Kopieer alles wat ná die #-teken staan, van ski_ tot aan die einde.
invitation-gone-title = Hierdie uitnodiging werk nie meer nie
invitation-gone-text = Dit is gebruik, deur ’n nuwer een vervang of teruggetrek, of dit is ouer as sewe dae.
invitation-gone-done = As jy dit reeds aanvaar het, het jy ’n rekening: meld aan met die wagwoord wat jy toe gekies het.
invitation-gone-new = As jy dit nooit aanvaar het nie, vra wie jou genooi het vir ’n nuwe een. Soek eers ’n nuwer e-pos: net die nuutste skakel werk.

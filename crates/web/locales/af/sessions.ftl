# Aanmelding.
sign-in-title = Meld aan
sign-in = Meld aan
sign-in-provider = By die verskaffer “{ $slug }”.
sign-in-invited = Ek het ’n uitnodiging
sign-in-lost = Ek het my wagwoord vergeet
sign-in-expired = Jou sessie is verby. Meld aan om verder te gaan waar jy was.
sign-in-expired-kept = Jou sessie het geëindig voordat dit gestoor is. Meld aan en dit gaan voort: wat jy ingevul het, word 15 minute lank gehou.
sign-in-out = Jy is afgemeld.
sign-in-accepted = Jou wagwoord is gestel. Meld daarmee aan.
sign-out = Meld af

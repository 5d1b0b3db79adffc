# API keys.
nav-api-keys = API keys
nav-api-keys-about = What other systems sign in with: make, look at, revoke.
keys-title = API keys
keys-lead = Another system works here with a key. It may do what its scopes name, and nothing that takes a person.
keys-docs = How to use the API
key-search = Name of the key
keys-missed = No key fits
keys-missed-text = Show all keys to see the others.
keys-none = There are no keys
keys-none-text = Make one when another system has to read or bring records.
key-name = What it is for
key-name-hint = As the list will say, for example “Payroll export”.
key-state = State
key-created = Made
key-expires = Works until
key-used = Last used
key-unused = Never used
key-working = Works
key-revoked = Revoked
key-revoked-at = Revoked
key-over = Expired
key-may = { $count ->
    [one] One scope
   *[other] { $count } scopes
  }
key-revoke = Revoke
key-revoke-text = “{ $name }” stops working at once and for good. What uses it gets no answer any more.
key-revoke-now = Revoke the key
key-was-revoked = The key is revoked.
key-new-title = Make an API key
key-new-text = Give it only what it needs. Your password is asked for first, and the key is shown once.
key-days = Days for which it works
key-days-hint = 1 to 366.
key-networks = Networks from which it works
key-networks-hint = One in a line, for example 192.0.2.0/24 or 2001:db8::/32, at most 16. Without any it works from everywhere.
key-networks-only = Works only from
key-strayed = Refused because it came from elsewhere:
key-scopes = Scopes
key-scopes-text = What the key may do.
key-make = Make the key
key-made-title = The key is made
key-made-text = Copy it now into the system that needs it. It is shown here once and never again.
key-made-label = The key
key-made-hint = Whoever has the key can do what its scopes name. If it goes astray, revoke it and make another.
key-made-before = This key was made already, and it is not shown a second time. If it is lost, revoke it and make another.

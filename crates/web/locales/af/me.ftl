# Jou eie beginblad en rekening.
home-title = Begin
home-hello = Hallo, { $name }
home-roles = Jy is aangemeld as { $roles }.
account-title = Jou rekening
account-details = Jou besonderhede
account-change = Is iets verkeerd? Vra ’n administrateur van jou verskaffer om dit te verander.
account-sessions = Waar jy aangemeld is

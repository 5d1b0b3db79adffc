# Mails: plain text, with one link between the sentences.
mail-hello = Good day
mail-invitation-subject = Your invitation to { $provider }
mail-invitation-text = You are invited to { $provider } on skillsyms. Open this link and choose a password:
mail-invitation-once = The link works once, for seven days from the invitation.
mail-reset-subject = A new password for { $provider }
mail-reset-text = Somebody asked for a new password for your account with { $provider }. If it was you, open this link and choose one:
mail-reset-until = The link works once, until { $until }. If it was not you, do nothing: your password stays as it is.
mail-changed-subject = Your password for { $provider } was changed
mail-changed-text = The password of your account with { $provider } was changed, and all its sessions ended. If it was you, there is nothing to do.
mail-changed-not-you = If it was not you, tell your provider’s administrator at once, and ask for a new password here:
mail-foot = This mail was sent by a machine. Nobody reads answers to it.

# Accepting an invitation.
invitation-title = Accept your invitation
invitation-text = Choose a password. After that you can sign in.
invitation-token = Invitation code
invitation-token-hint = It stands at the end of the link that you were sent, after the # sign. It begins with ski_.
invitation-password = New password
invitation-password-hint = At least 12 characters. A few words in a row are easy to remember.
invitation-accept = Accept

# One's own start page and account.
home-title = Home
home-hello = Hello, { $name }
home-roles = You are signed in as { $roles }.
account-title = Your account
account-details = Your details
account-registered = Registered as { $as }
account-until = Until
account-change = Something is wrong? Ask an administrator of your provider to change it.
account-may = What your roles may do
account-change-operator = Something is wrong? Operators are invited at the server’s console.
account-sessions = Where you are signed in
account-sessions-text = End a session that you do not know or no longer need.
account-session-opened = Since
account-session-seen = Last used
account-session-ends = Ends by itself
account-session-this = This one
account-session-end = End
account-session-ended = The session was ended.
account-end-all = Sign out everywhere
account-end-all-title = Sign out everywhere?
account-end-all-text = All sessions end, this one too. You can sign in again at once.
account-factors = Second factor
account-factors-none = You have none. With one, your password alone opens nothing.
account-factors-text = After your password you show one of these; a passkey also signs you in alone.
account-factor-since = Since
account-factor-used = Last used
account-factor-more = Set up another one
account-factor-added = It works from now on. You were signed out everywhere else.
account-factor-removed = It was removed. You were signed out everywhere else.
account-codes-left = { $count ->
    [one] One recovery code is left.
   *[other] { $count } recovery codes are left.
}

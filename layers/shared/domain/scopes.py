"""What a program may be let do: scopes, and what the tokens of each role may have at most."""

SCOPES = {
    "sms": ("Send SMS", "Send messages, schedule and withdraw them, and see what became of them."),
    "sms_sender": ("Sender names", "See, add and remove the names that messages are sent under."),
    "sms_authenticator": ("SMS Authenticator", "Send codes to phones and check them."),
    "contacts": ("Contacts", "Read and change the contact database and its groups."),
    "profile": ("Profile", "See the account's name, balance and prices."),
    "subusers": ("Sub-users", "See, make, change and remove sub-users."),
    "tokens": ("API tokens", "See, make, narrow and remove API tokens, none of which can do more than this one."),
}
"""What a token may be given: the name (as the official clients have it, if they do), a title and what it opens."""

ROLES = {"owner": frozenset(SCOPES), "subuser": frozenset(SCOPES) - {"subusers"}}
"""What the tokens of such a user may be given at most. It is judged at each use."""

LEGACY_SCOPES = frozenset(SCOPES) - {"subusers", "tokens"}
"""What a program may do that shows a login and an API password: nothing that gives rights to others."""

"""Scopes, and the scopes that each role can have."""

SCOPES = {
    "sms": ("Send SMS", "Send and schedule messages, withdraw scheduled ones, and read the status of each."),
    "sms:test": ("Try sending", "Call sms.do with test=1: it checks, prices and answers, and sends nothing."),
    "messages": ("All messages", "List and withdraw all messages of the user, or of the account if they own it."),
    "sms_sender": ("Sender names", "List, add and delete the names that messages are sent under."),
    "sms_authenticator": ("SMS Authenticator", "Send codes to phones and check them."),
    "contacts": ("Contacts", "Read and change the contact database and its groups."),
    "profile": ("Profile", "Read the account's name, balance and prices."),
    "subusers": ("Sub-users", "List, create, change and delete sub-users."),
    "tokens": ("API tokens", "List, create, narrow and delete API tokens, none of which can do more than this one."),
}
"""Title and description of each scope, by its name: the one of SMSAPI's clients, if they have one."""

ROLES = {"owner": frozenset(SCOPES), "subuser": frozenset(SCOPES) - {"subusers"}}
"""The scopes that a user of each role, and their tokens, can have at most. They are checked at each use."""

LEGACY_SCOPES = frozenset(SCOPES) - {"subusers", "tokens", "messages", "sms:test"}
"""The scopes of an API client that authenticates with an API password: none that gives rights to
others, or to what others sent. Who may send needs no scope to try it.
"""

"""Who may ask for what: the one table of routes, roles and scopes. What is not in it is refused."""

import re
from dataclasses import dataclass, replace
from functools import cache

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


@dataclass(frozen=True)
class Rule:
    """Who may ask for a route. One that takes neither sessions nor tokens nor clients is open to anybody.

    `scope` is what a token needs; without one no token is taken. `step_up`, `owner` and `overdue` are about sessions:
    proofs that are fresh, the account's owner alone, and whether it is open to one whose password is overdue.
    """

    session: bool = False
    step_up: bool = False
    owner: bool = False
    overdue: bool = False
    scope: str | None = None
    client: bool = False

    @property
    def is_public(self) -> bool:
        return not (self.session or self.scope or self.client)


PUBLIC = Rule()
SESSION = Rule(session=True)
SURE = replace(SESSION, step_up=True)
OWNER = replace(SESSION, owner=True)
SURE_OWNER = replace(SURE, owner=True)
EVEN_OVERDUE = replace(SESSION, overdue=True)
TOKENS = replace(SESSION, scope="tokens")
SURE_TOKENS = replace(SURE, scope="tokens")
CLIENT = Rule(client=True)
"""It shows a client's id and secret (RFC 6749 2.3)."""

RULES = {
    "GET /session": EVEN_OVERDUE,
    "POST /login": PUBLIC,
    "POST /logout": EVEN_OVERDUE,
    "POST /session/confirm": EVEN_OVERDUE,
    "POST /verify-code": PUBLIC,
    "POST /verify-code/resend": PUBLIC,
    "POST /account/password": replace(SURE, overdue=True),
    "POST /invitations/accept": PUBLIC,
    "POST /not-me": PUBLIC,
    "POST /password-reset": PUBLIC,
    "POST /password-reset/confirm": PUBLIC,
    "DELETE /account/factors/sms": SURE,
    "DELETE /account/factors/totp": SURE,
    "GET /account/factors": SESSION,
    "POST /account/factors/recovery-codes": SURE,
    "POST /account/factors/sms": SURE,
    "POST /account/factors/sms/confirm": SURE,
    "POST /account/factors/totp": SURE,
    "POST /account/factors/totp/confirm": SURE,
    "DELETE /account/devices/{device_id}": SESSION,
    "DELETE /account/sessions/{session_id}": SESSION,
    "GET /account/activity": SESSION,
    "GET /account/devices": SESSION,
    "GET /account/ip-lists": OWNER,
    "GET /account/policy": SESSION,
    "GET /account/sessions": SESSION,
    "POST /account/email": SURE,
    "POST /account/ip-lists/{name}/confirm": SURE_OWNER,
    "POST /account/logout-everywhere": SESSION,
    "POST /account/logout-others": SESSION,
    "POST /email/confirm": PUBLIC,
    "POST /ip-lists/break-glass": PUBLIC,
    "PUT /account/ip-lists/{name}": SURE_OWNER,
    "PUT /account/policy": SURE_OWNER,
    "PUT /account/session-length": SESSION,
    "DELETE /account/api-password": SESSION,
    "GET /account/legacy-api": SESSION,
    "PUT /account/api-password": SURE,
    "PUT /account/legacy-api": SURE_OWNER,
    "DELETE /tokens/{token_id}": TOKENS,
    "GET /tokens": TOKENS,
    "GET /tokens/{token_id}": TOKENS,
    "PATCH /tokens/{token_id}": TOKENS,
    "POST /tokens": SURE_TOKENS,
    "POST /tokens/found": PUBLIC,
    "POST /tokens/{token_id}/rotate": SURE_TOKENS,
    "GET /.well-known/oauth-authorization-server": PUBLIC,
    "POST /oauth/introspect": CLIENT,
    "POST /oauth/revoke": CLIENT,
    "POST /oauth/token": CLIENT,
}
"""Every route. PATCH /tokens/{token_id} asks for fresh proofs where it gives more than there was."""


def rule_of(method: str, path: str) -> Rule:
    """The rule of the route that *path* leads to. Raises KeyError for one that is not in the table."""
    asked = f"{method} {path}"
    if asked in RULES:
        return RULES[asked]
    return next((rule for pattern, rule in _patterns() if pattern.fullmatch(asked)), None) or RULES[asked]


@cache
def _patterns() -> list[tuple[re.Pattern[str], Rule]]:
    with_names = {route: rule for route, rule in RULES.items() if "{" in route}
    return [(re.compile(re.sub("{.*?}", "[^/]+", route)), rule) for route, rule in with_names.items()]

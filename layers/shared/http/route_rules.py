"""Who may ask for what: the one table of routes, roles and scopes. What is not in it is refused."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache


@dataclass(frozen=True)
class Rule:
    """Who may ask for a route. One that takes neither sessions nor tokens nor clients is open to anybody.

    `scope` is what a token needs; without one no token is taken. `step_up`, `owner` and `overdue` are about sessions:
    proofs that are fresh, the account's owner alone, and whether it is open to one whose password is overdue.
    What is `wire` speaks and is spoken to as the SMSAPI clients do, see `http.smsapi`.
    """

    session: bool = False
    step_up: bool = False
    owner: bool = False
    overdue: bool = False
    scope: str | None = None
    client: bool = False
    wire: bool = False

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
WIRE = Rule(wire=True)
SMS = replace(WIRE, scope="sms")
CODES = replace(WIRE, scope="sms_authenticator")
LEGACY_SENDERS = replace(WIRE, scope="sms_sender")
LEGACY_OWN_SENDERS = replace(LEGACY_SENDERS, owner=True)
LEGACY_SUBUSERS = replace(WIRE, scope="subusers", owner=True)
BALANCE = replace(WIRE, scope="profile")
SENDERS = replace(LEGACY_SENDERS, session=True)
OWN_SENDERS = replace(SENDERS, owner=True)
CONTACTS = replace(WIRE, scope="contacts", session=True)
OWNED_CONTACTS = replace(CONTACTS, owner=True)
SURE_CONTACTS = replace(OWNED_CONTACTS, step_up=True)
PROFILE = replace(BALANCE, session=True)
SUBUSERS = replace(LEGACY_SUBUSERS, session=True)
SURE_SUBUSERS = replace(SUBUSERS, step_up=True)
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
    "POST /mfa/codes": CODES,
    "POST /mfa/codes/verifications": CODES,
    "DELETE /subusers/{user_id}": SURE_SUBUSERS,
    "GET /subusers": SUBUSERS,
    "GET /subusers/{user_id}": SUBUSERS,
    "GET /subusers/{user_id}/shares": SUBUSERS,
    "GET /subusers/{user_id}/shares/sendernames": SUBUSERS,
    "GET /subusers/{user_id}/shares/templates": SUBUSERS,
    "POST /subusers": SURE_SUBUSERS,
    "PUT /subusers/{user_id}": SURE_SUBUSERS,
    "PUT /subusers/{user_id}/shares/sendernames": SURE_SUBUSERS,
    "PUT /subusers/{user_id}/shares/templates": SURE_SUBUSERS,
    "GET /user.do": LEGACY_SUBUSERS,
    "POST /user.do": LEGACY_SUBUSERS,
    "PUT /user.do": LEGACY_SUBUSERS,
    "GET /sms.do": SMS,
    "POST /sms.do": SMS,
    "GET /sender.do": LEGACY_SENDERS,
    "POST /sender.do": LEGACY_SENDERS,
    "DELETE /sms/sendernames/{sender}": OWN_SENDERS,
    "GET /sms/sendernames": SENDERS,
    "GET /sms/sendernames/statement": SENDERS,
    "GET /sms/sendernames/{sender}": SENDERS,
    "POST /sms/sendernames": OWN_SENDERS,
    "POST /sms/sendernames/{sender}/commands/make_default": OWN_SENDERS,
    "GET /profile": PROFILE,
    "GET /profile/prices": PROFILE,
    "GET /ping": WIRE,
    "HEAD /ping": WIRE,
    "GET /mms.do": WIRE,
    "POST /mms.do": WIRE,
    "GET /vms.do": WIRE,
    "POST /vms.do": WIRE,
    "GET /hlr.do": WIRE,
    "POST /hlr.do": WIRE,
    "GET /short_url/links": WIRE,
    "POST /short_url/links": WIRE,
    "POST /push": WIRE,
    "DELETE /blacklist/phone_numbers": WIRE,
    "GET /blacklist/phone_numbers": WIRE,
    "POST /blacklist/phone_numbers": WIRE,
    "GET /sms/templates": WIRE,
    "DELETE /contacts": SURE_CONTACTS,
    "GET /contacts": CONTACTS,
    "POST /contacts": CONTACTS,
    "DELETE /contacts/{contact_id}": CONTACTS,
    "GET /contacts/{contact_id}": CONTACTS,
    "PUT /contacts/{contact_id}": CONTACTS,
    "GET /contacts/groups": CONTACTS,
    "POST /contacts/groups": OWNED_CONTACTS,
    "DELETE /contacts/groups/{group_id}": OWNED_CONTACTS,
    "GET /contacts/groups/{group_id}": CONTACTS,
    "PUT /contacts/groups/{group_id}": OWNED_CONTACTS,
    "GET /contacts/{contact_id}/groups": CONTACTS,
    "POST /contacts/{contact_id}/groups": CONTACTS,
    "DELETE /contacts/{contact_id}/groups/{group_id}": CONTACTS,
    "GET /contacts/{contact_id}/groups/{group_id}": CONTACTS,
    "PUT /contacts/{contact_id}/groups/{group_id}": CONTACTS,
    "DELETE /contacts/groups/{group_id}/members": CONTACTS,
    "POST /contacts/groups/{group_id}/members": CONTACTS,
    "PUT /contacts/groups/{group_id}/members": CONTACTS,
    "DELETE /contacts/groups/{group_id}/members/{contact_id}": CONTACTS,
    "GET /contacts/groups/{group_id}/members/{contact_id}": CONTACTS,
    "PUT /contacts/groups/{group_id}/members/{contact_id}": CONTACTS,
    "GET /contacts/groups/{group_id}/permissions": CONTACTS,
    "POST /contacts/groups/{group_id}/permissions": SURE_CONTACTS,
    "DELETE /contacts/groups/{group_id}/permissions/{username}": OWNED_CONTACTS,
    "GET /contacts/groups/{group_id}/permissions/{username}": CONTACTS,
    "POST /contacts/groups/{group_id}/permissions/{username}": SURE_CONTACTS,
    "PUT /contacts/groups/{group_id}/permissions/{username}": SURE_CONTACTS,
}
"""Every route. PATCH /tokens/{token_id} asks for fresh proofs where it gives more than there was."""

ACTIONS = {
    "/user.do": {"credits": BALANCE},
    "/sender.do": dict.fromkeys(("add", "delete", "default"), LEGACY_OWN_SENDERS),
}
"""Where a parameter's name says what is asked for: its rule in place of its route's."""


def rule_of(method: str, path: str, parameters: Iterable[str] = ()) -> Rule:
    """The rule of the route that *path* leads to. Raises KeyError for one that is not in the table.

    *parameters* are the names of those that were given.
    """
    asked = f"{method} {path}"
    rule = RULES.get(asked) or next((rule for pattern, rule in _patterns() if pattern.fullmatch(asked)), None)
    if rule is None:
        raise KeyError(asked)
    return next((other for name, other in ACTIONS.get(path, {}).items() if name in parameters), rule)


@lru_cache(maxsize=1024)  # paths are strangers' words
def is_wire(path: str) -> bool:
    """Whether *path* is spoken to in the way of the SMSAPI clients, with whatever method."""
    return any(pattern.fullmatch(path) for pattern in _wire())


@cache
def _wire() -> list[re.Pattern[str]]:
    return [pattern_of(route.partition(" ")[2]) for route, rule in RULES.items() if rule.wire]


@cache
def _patterns() -> list[tuple[re.Pattern[str], Rule]]:
    return [(pattern_of(route), rule) for route, rule in RULES.items() if "{" in route]


def pattern_of(route: str) -> re.Pattern[str]:
    """Return the pattern of a route or a path, in which any text may stand for a name in braces."""
    return re.compile(re.sub("{.*?}", "[^/]+", route))

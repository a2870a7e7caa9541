"""Who may call which route: the one table of routes, roles and scopes. A route that is not in it answers nobody."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from shared.http.not_offered import family_of


@dataclass(frozen=True)
class Rule:
    """Who may call a route. A route that accepts neither sessions nor tokens nor OAuth clients is open to anybody.

    `scope` is what a token needs, or `also` in its place; None refuses every token. `client` accepts an OAuth client's
    id and secret. `step_up` requires a session whose password and second factor were proved recently, `owner` requires
    the account's owner, `overdue` lets in a session whose user must change their password first, and `enrols` one whose
    user must enable a second factor first. `optional` grants the request
    even without a session, or with one that is over: there is nothing to do then. An `smsapi` route has SMSAPI's
    requests and answers, see `http.smsapi`.
    """

    session: bool = False
    step_up: bool = False
    owner: bool = False
    overdue: bool = False
    optional: bool = False
    enrols: bool = False
    scope: str | None = None
    also: str | None = None
    client: bool = False
    smsapi: bool = False

    @property
    def is_public(self) -> bool:
        return not (self.session or self.scope or self.client)


PUBLIC = Rule()
SESSION = Rule(session=True)
STEP_UP = replace(SESSION, step_up=True)
OWNER = replace(SESSION, owner=True)
STEP_UP_OWNER = replace(STEP_UP, owner=True)
EVEN_OVERDUE = replace(SESSION, overdue=True, enrols=True)
ENROLS = replace(SESSION, enrols=True)
STEP_UP_ENROLS = replace(ENROLS, step_up=True)
TOKENS = replace(SESSION, scope="tokens")
STEP_UP_TOKENS = replace(STEP_UP, scope="tokens")
SMSAPI = Rule(smsapi=True)
SMS = replace(SMSAPI, scope="sms", also="sms:test")
MESSAGES = Rule(session=True, scope="sms", also="messages")
CODES = replace(SMSAPI, scope="sms_authenticator")
LEGACY_SENDERS = replace(SMSAPI, scope="sms_sender")
LEGACY_OWN_SENDERS = replace(LEGACY_SENDERS, owner=True)
LEGACY_SUBUSERS = replace(SMSAPI, scope="subusers", owner=True)
BALANCE = replace(SMSAPI, scope="profile")
SENDERS = replace(LEGACY_SENDERS, session=True)
OWN_SENDERS = replace(SENDERS, owner=True)
CONTACTS = replace(SMSAPI, scope="contacts", session=True)
OWNED_CONTACTS = replace(CONTACTS, owner=True)
STEP_UP_CONTACTS = replace(OWNED_CONTACTS, step_up=True)
PROFILE = replace(BALANCE, session=True)
SUBUSERS = replace(LEGACY_SUBUSERS, session=True)
STEP_UP_SUBUSERS = replace(SUBUSERS, step_up=True)
CLIENT = Rule(client=True)
"""OAuth clients, by their id and secret (RFC 6749 2.3)."""

RULES = {
    "GET /session": EVEN_OVERDUE,
    "POST /login": PUBLIC,
    "POST /login/pass": PUBLIC,
    "POST /logout": replace(EVEN_OVERDUE, optional=True),
    "POST /session/confirm": EVEN_OVERDUE,
    "POST /verify-code": PUBLIC,
    "POST /verify-code/resend": PUBLIC,
    "POST /account/password": replace(STEP_UP_ENROLS, overdue=True),
    "POST /invitations/accept": PUBLIC,
    "POST /not-me": PUBLIC,
    "POST /undo": PUBLIC,
    "GET /account/recovery": SESSION,
    "DELETE /account/recovery": SESSION,
    "POST /recovery/cancel": PUBLIC,
    "POST /password-reset": PUBLIC,
    "POST /password-reset/confirm": PUBLIC,
    "DELETE /account/factors/sms": STEP_UP,
    "DELETE /account/factors/totp": STEP_UP,
    "GET /account/factors": ENROLS,
    "GET /account/factors/missing": OWNER,
    "POST /account/factors/recovery-codes": STEP_UP,
    "POST /account/factors/sms": STEP_UP_ENROLS,
    "POST /account/factors/sms/confirm": STEP_UP_ENROLS,
    "POST /account/factors/totp": STEP_UP_ENROLS,
    "POST /account/factors/totp/confirm": STEP_UP_ENROLS,
    "DELETE /account/devices/{device_id}": SESSION,
    "DELETE /account/sessions/{session_id}": SESSION,
    "GET /account/activity": SESSION,
    "GET /account/devices": SESSION,
    "GET /account/ip-lists": OWNER,
    "GET /account/delivery-reports": OWNER,
    "GET /account/policy": SESSION,
    "GET /account/sessions": SESSION,
    "DELETE /account/email": SESSION,
    "GET /account/email": SESSION,
    "POST /account/email": STEP_UP,
    "GET /account/suspended": SESSION,
    "POST /account/suspended/confirm": STEP_UP_OWNER,
    "POST /account/suspended/{record_id}/confirm": STEP_UP,
    "POST /account/ip-lists/{name}/confirm": STEP_UP_OWNER,
    "POST /account/logout-everywhere": SESSION,
    "POST /account/logout-others": SESSION,
    "GET /carriers/smsapi/{secret}": PUBLIC,
    "POST /email/confirm": PUBLIC,
    "POST /ip-lists/break-glass": PUBLIC,
    "PUT /account/ip-lists/{name}": STEP_UP_OWNER,
    "PUT /account/delivery-reports": STEP_UP_OWNER,
    "PUT /account/policy": STEP_UP_OWNER,
    "GET /account/sending": SESSION,
    "PUT /account/sending": STEP_UP_OWNER,
    "PUT /account/session-length": SESSION,
    "DELETE /account/api-password": SESSION,
    "GET /account/legacy-api": SESSION,
    "PUT /account/api-password": STEP_UP,
    "PUT /account/legacy-api": STEP_UP_OWNER,
    "DELETE /tokens/{token_id}": TOKENS,
    "DELETE /tokens/{token_id}/access-tokens": TOKENS,
    "DELETE /tokens/{token_id}/access-tokens/{access_id}": TOKENS,
    "GET /access-tokens": TOKENS,
    "GET /tokens": TOKENS,
    "GET /tokens/{token_id}": TOKENS,
    "GET /tokens/{token_id}/access-tokens": TOKENS,
    "PATCH /tokens/{token_id}": TOKENS,
    "POST /tokens": STEP_UP_TOKENS,
    "POST /tokens/found": PUBLIC,
    "POST /tokens/{token_id}/rotate": STEP_UP_TOKENS,
    "GET /.well-known/oauth-authorization-server": PUBLIC,
    "POST /oauth/introspect": CLIENT,
    "POST /oauth/revoke": CLIENT,
    "POST /oauth/token": CLIENT,
    "POST /mfa/codes": CODES,
    "POST /mfa/codes/verifications": CODES,
    "DELETE /subusers/{user_id}": STEP_UP_SUBUSERS,
    "GET /subusers": SUBUSERS,
    "GET /subusers/{user_id}": SUBUSERS,
    "GET /subusers/{user_id}/shares": SUBUSERS,
    "GET /subusers/{user_id}/shares/sendernames": SUBUSERS,
    "GET /subusers/{user_id}/shares/templates": SUBUSERS,
    "POST /subusers": STEP_UP_SUBUSERS,
    "PUT /subusers/{user_id}": STEP_UP_SUBUSERS,
    "PUT /subusers/{user_id}/shares/sendernames": STEP_UP_SUBUSERS,
    "PUT /subusers/{user_id}/shares/templates": STEP_UP_SUBUSERS,
    "GET /user.do": LEGACY_SUBUSERS,
    "POST /user.do": LEGACY_SUBUSERS,
    "PUT /user.do": LEGACY_SUBUSERS,
    "GET /sms.do": SMS,
    "POST /sms.do": SMS,
    "GET /messages": MESSAGES,
    "DELETE /messages": MESSAGES,
    "DELETE /messages/{message_id}": MESSAGES,
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
    "GET /ping": SMSAPI,
    "HEAD /ping": SMSAPI,
    "DELETE /contacts": STEP_UP_CONTACTS,
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
    "POST /contacts/groups/{group_id}/permissions": STEP_UP_CONTACTS,
    "DELETE /contacts/groups/{group_id}/permissions/{username}": OWNED_CONTACTS,
    "GET /contacts/groups/{group_id}/permissions/{username}": CONTACTS,
    "POST /contacts/groups/{group_id}/permissions/{username}": STEP_UP_CONTACTS,
    "PUT /contacts/groups/{group_id}/permissions/{username}": STEP_UP_CONTACTS,
}
"""Every route. PATCH /tokens/{token_id} demands step-up by itself, and only if it gives the token more rights; DELETE
only if it keeps what the token scheduled.
"""

ACTIONS = {
    "/user.do": {"credits": BALANCE},
    "/sender.do": dict.fromkeys(("add", "delete", "default"), LEGACY_OWN_SENDERS),
}
"""Rules of routes on which a parameter's name selects the action: its rule replaces that of the route."""


def rule_of(method: str, path: str, parameters: Iterable[str] = ()) -> Rule:
    """Return the rule of a request. *parameters* are the names of the parameters that were sent.

    Raises KeyError if the table has no such route.
    """
    route = f"{method} {path}"
    rule = RULES.get(route) or next((rule for pattern, rule in _patterns() if pattern.fullmatch(route)), None)
    if rule is None:
        raise KeyError(route)
    return next((other for name, other in ACTIONS.get(path, {}).items() if name in parameters), rule)


def rules_of(method: str, path: str) -> list[Rule]:
    """Return each rule that a request may fall under, whatever parameters it has. Raises KeyError as `rule_of`."""
    return [rule_of(method, path), *ACTIONS.get(path, {}).values()]


BASE = "/api"
"""Where SMSAPI's API is too: its older clients put this before each path themselves.

It is also the base path of the custom domain below which there is the whole API, see `http.paths`.
"""


def below_root(path: str) -> str:
    """Return the path without BASE if SMSAPI's API has what is below it; any other path as it is."""
    below = path.removeprefix(BASE)
    return below if below.startswith("/") and is_smsapi(below.rstrip("/")) else path


UNKNOWN = "unknown"


@lru_cache(maxsize=1024)  # bounded, since strangers choose the paths
def path_to_log(path: str) -> str:
    """Return the path as it stands in RULES, such as `/tokens/{token_id}`, or UNKNOWN: no text of the caller."""
    known = {route.partition(" ")[2] for route in RULES}
    if family := family_of(path):
        return family
    return path if path in known else next((one for one in known if pattern_of(one).fullmatch(path)), UNKNOWN)


@lru_cache(maxsize=1024)  # bounded, since strangers choose the paths
def is_smsapi(path: str) -> bool:
    """Whether *path* has SMSAPI's requests and answers. This does not depend on the method."""
    return family_of(path) is not None or any(pattern.fullmatch(path) for pattern in _smsapi_paths())


@cache
def _smsapi_paths() -> list[re.Pattern[str]]:
    return [pattern_of(route.partition(" ")[2]) for route, rule in RULES.items() if rule.smsapi]


@cache
def _patterns() -> list[tuple[re.Pattern[str], Rule]]:
    return [(pattern_of(route), rule) for route, rule in RULES.items() if "{" in route]


def pattern_of(route: str) -> re.Pattern[str]:
    """Return a pattern of *route*, in which a variable such as `{token_id}` matches any text without a slash."""
    return re.compile(re.sub("{.*?}", "[^/]+", route))

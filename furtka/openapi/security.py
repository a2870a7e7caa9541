"""Who may call an operation: the table of access, as OpenAPI has it and in a sentence."""

from datetime import timedelta
from typing import Any

from shared import policy
from shared.domain.scopes import LEGACY_SCOPES, SCOPES
from shared.http import cookies
from shared.http.route_rules import ACTIONS, RULES, Rule

CONFIRMED = f"confirmed within the last {policy.CONFIRMED_FOR // timedelta(minutes=1)} minutes"

SCHEMES: dict[str, Any] = {
    "session": {"type": "http", "scheme": "bearer", "description": "The token of a session."},
    "browser": {
        "type": "apiKey",
        "in": "cookie",
        "name": cookies.SESSION,
        "description": "A browser's session. The panel's own pages alone can use it.",
    },
    "token": {"type": "http", "scheme": "bearer", "description": "An API token that has the scope named below."},
    "oauth": {
        "type": "oauth2",
        "description": f"An access token of an OAuth client. It is opaque, ends after "
        f"{policy.ACCESS_TOKEN_LIFETIME // timedelta(minutes=1)} minutes, and is not refreshed: the client asks for "
        "another (RFC 6749 4.4.3).",
        "flows": {
            "clientCredentials": {
                "tokenUrl": "/oauth/token",
                "scopes": {name: about for name, (_, about) in SCOPES.items()},
            }
        },
    },
    "client": {
        "type": "http",
        "scheme": "basic",
        "description": "The id and secret of an OAuth client (RFC 6749 2.3.1); or both in the form.",
    },
    "password": {
        "type": "http",
        "scheme": "basic",
        "description": "A login and its API password, where the account's owner has switched that on.",
    },
}


def ways(method: str, path: str) -> list[dict[str, list[str]]]:
    """Return the alternatives by which a caller may prove who they are; none where nobody has to."""
    named = ACTIONS.get(path, {}).values()
    every = [way for rule in (RULES[f"{method} {path}"], *named) for way in _ways(rule)]
    return [way for place, way in enumerate(every) if way not in every[:place]]


def _ways(rule: Rule) -> list[dict[str, list[str]]]:
    people: list[dict[str, list[str]]] = [{"session": []}, {"browser": []}] if rule.session else []
    oauth = [{"oauth": [scope]} for scope in (rule.scope, rule.also) if scope]
    programs: list[dict[str, list[str]]] = [{"token": []}, *oauth] if rule.scope else []
    passwords: list[dict[str, list[str]]] = [{"password": []}] if rule.scope in LEGACY_SCOPES else []
    clients: list[dict[str, list[str]]] = [{"client": []}] if rule.client else []
    nobody: list[dict[str, list[str]]] = [{}] if rule.optional else []
    return [*people, *programs, *passwords, *clients, *nobody]


def sentence(method: str, path: str) -> str:
    """Return who may call it, in words, by parameter where that matters."""
    words: dict[str, list[str]] = {}
    for name, rule in ACTIONS.get(path, {}).items():
        words.setdefault(_who(rule), []).append(f"`{name}`")
    named = [f"with {' or '.join(names)} {who}" for who, names in words.items()]
    return f"Who may call: {'; '.join([_who(RULES[f'{method} {path}']), *named])}."


def _who(rule: Rule) -> str:
    if rule.is_public:
        return "anybody"
    owner = "the account's owner" if rule.owner else "a user"
    person = [f"{owner} with a session{f' {CONFIRMED}' if rule.step_up else ''}"] if rule.session else []
    of_owner = " of the account's owner" if rule.owner else ""
    scopes = " or ".join(f"`{scope}`" for scope in (rule.scope, rule.also) if scope)
    program = [f"a program{of_owner} with the scope {scopes}"] if scopes else []
    return ", or ".join([*person, *program, *(["an OAuth client"] if rule.client else [])])

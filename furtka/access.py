"""docs/access.md, made of `shared/http/route_rules.py`: `python -m furtka.access [--check] FILE`."""

import sys
from collections.abc import Iterable

import furtka.paths  # noqa: F401 - finds `shared`
from furtka import generated
from shared.domain.scopes import LEGACY_SCOPES, ROLES, SCOPES
from shared.http.route_rules import ACTIONS, RULES, Rule

HEADER = """# Who may ask for what

`make access` generates this page from `layers/shared/http/route_rules.py`, and `make check` fails when the two differ.
The same table decides each request; a route that is not in it answers nobody. Everything is checked on the server, from
rows that the request reads, so that a change of rights acts on the next request (ASVS V8.1.1, V8.3.2).
"""

SCOPES_ABOUT = """
## Scopes

The scopes that an API token can have, by the role of its user. The role is checked at each use. "Login and API
password" is what programs may do with HTTP Basic, if the account allows it.

| scope | what it opens | {roles} | login and API password |
|---|---|{dashes}|---|
"""

ROUTES_ABOUT = """
## Routes

*session*: a person who is signed in. *step-up*: password and second factor were given within the last minutes. *owner*:
only the account's owner. *even overdue*: also a session that must change its password first. *token*: an API token,
or an access token of an OAuth client, with the named scope. *client*: an OAuth client's id and secret. *anybody*:
nothing is required, or the request carries a proof of its own, such as a password or a link's token.

| route | who |
|---|---|
"""


def page() -> str:
    """Return the page: a table of scopes, and one of routes with who may call each."""
    roles = "".join(f"{role} | " for role in ROLES).removesuffix(" | ")
    scopes = SCOPES_ABOUT.format(roles=roles, dashes="---|" * (len(ROLES) - 1) + "---")
    actions = {f"{route}?{name}": rule for route in RULES for name, rule in _actions(route)}
    rules = sorted((RULES | actions).items(), key=_by_path)
    routes = "".join(f"| `{route}` | {_who(rule)} |\n" for route, rule in rules)
    return HEADER + scopes + "".join(_scope(name) for name in SCOPES) + ROUTES_ABOUT + routes


def _actions(route: str) -> Iterable[tuple[str, Rule]]:
    """Return the rules that *route* has for values of its action parameter, by name."""
    return ACTIONS.get(route.partition(" ")[2], {}).items()


def _by_path(entry: tuple[str, Rule]) -> tuple[str, str]:
    method, path = entry[0].split()
    return path, method


def _scope(name: str) -> str:
    title, about = SCOPES[name]
    cells = [f"`{name}`", f"{title}: {about}", *(_yes(name in scopes) for scopes in (*ROLES.values(), LEGACY_SCOPES))]
    return f"| {' | '.join(cells)} |\n"


def _yes(is_given: bool) -> str:
    return "yes" if is_given else "no"


def _who(rule: Rule) -> str:
    """Return who may call the route, in words."""
    if rule.is_public:
        return "anybody"
    person = ["session", *(word for word, on in _conditions(rule) if on)]
    ways = [", ".join(person)] if rule.session else []
    scopes = " or ".join(f"`{scope}`" for scope in (rule.scope, rule.also) if scope)
    ways += [f"token with {scopes}{' of the owner' if rule.owner else ''}"] if scopes else []
    return "; or ".join([*ways, *(["client"] if rule.client else [])])


def _conditions(rule: Rule) -> list[tuple[str, bool]]:
    return [("step-up", rule.step_up), ("owner", rule.owner), ("even overdue", rule.overdue)]


if __name__ == "__main__":
    sys.exit(generated.main(__doc__, page, command="access"))

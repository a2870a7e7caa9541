"""How tests of sub-users ask: as the account's owner or their program, and as the sub-user."""

from hashlib import md5
from typing import Any
from urllib.parse import urlencode

from shared.domain import identifiers
from shared.domain.identifiers import account_of
from shared.domain.points import POINT
from shared.storage import wallets
from shared.storage.engine import commit
from tests.support.events import Reply
from tests.support.factors import SECOND
from tests.support.tokens import given
from tests.support.world import Person, World

GIVEN = "Sunday-Ferry-31"
OWN = "Tulip-Wagon-42"
WEAK = "Your password is too weak (use combination of lowercase, uppercase and numeric characters)"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def ask(world: World, secret: str, method: str, path: str, body: object = None, **more: Any) -> Reply:
    headers = {"Authorization": f"Bearer {secret}", **more.pop("headers", {})}
    return world.call(method, path, body, headers=headers, **more)


def owners(world: World, **facts: Any) -> str:
    """A token of ann's with every scope, unless *facts* say otherwise."""
    return given(world, **facts)


def order(username: str = "shop", **facts: Any) -> dict[str, Any]:
    """The body of POST /subusers for one who is active."""
    return {"credentials": {"username": username, "password": GIVEN}, "active": True, **facts}


def made(world: World, username: str = "shop", **facts: Any) -> dict[str, Any]:
    """A sub-user of ann's, as POST /subusers answered."""
    answer = ask(world, owners(world), "POST", "/subusers", order(username, **facts))
    assert answer.status == 201, answer
    return dict(answer.body)


def person(subuser: dict[str, Any], password: str = GIVEN) -> Person:
    """That sub-user, as they sign in."""
    return Person(subuser["username"], subuser["id"], "", None, password)


def sign_in(world: World, login: str = "shop", password: str = GIVEN, **more: Any) -> Reply:
    return world.post("/login", {"login": login, "password": password, **more})


def session_of(answer: Reply) -> str:
    """The token of the session that was opened."""
    assert answer.status == 200, answer
    return str(answer.body["session"]["token"])


def settled(world: World, username: str = "shop", **facts: Any) -> tuple[dict[str, Any], str]:
    """A sub-user who has changed the password that they were given, and the token of their session."""
    subuser = made(world, username, **facts)
    first = session_of(sign_in(world, username))
    chosen = {"current_password": GIVEN, "password": OWN}
    opened = session_of(ask(world, first, "POST", "/account/password", chosen))
    world.wait(SECOND)
    return subuser, opened


def is_in(world: World, session: str) -> bool:
    return world.me(session).status == 200


def seen(world: World, subuser: dict[str, Any]) -> dict[str, Any]:
    """As GET /subusers/{id} shows them."""
    return dict(ask(world, owners(world), "GET", f"/subusers/{subuser['id']}").body)


def put(world: World, subuser: dict[str, Any], body: object, **more: Any) -> Reply:
    return ask(world, owners(world), "PUT", f"/subusers/{subuser['id']}", body, **more)


def user_do(world: World, method: str = "POST", secret: str | None = None, **given: Any) -> Reply:
    """With `format=json` unless *given* says otherwise: POST and PUT as a form, GET in the query, as the clients do."""
    secret = secret or owners(world)
    told = {"format": "json"} | {name.removesuffix("_"): str(value) for name, value in given.items()}
    if method == "GET":
        return ask(world, secret, "GET", "/user.do", query=told)
    return ask(world, secret, method, "/user.do", urlencode(told), headers=FORM)


def hexed(password: str = GIVEN) -> str:
    return md5(password.encode(), usedforsecurity=False).hexdigest()


def fill(person: Person, points: int) -> None:
    """So many points for the account."""
    commit(wallets.adding(account_of(person.user_id), points * POINT))


def token_id(secret: str) -> str:
    return secret.rpartition("_")[2][: identifiers.RECORD_CHARACTERS]

"""Who may ask, as a route finds it out: a person, a program with a token, or one with a login and a password."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from shared.http import dependencies, route_rules
from shared.http.app import serve
from shared.http.routing import Routes
from tests.support import events, programs
from tests.support.calls import overheard
from tests.support.events import Call, Context, Reply
from tests.support.programs import basic, bearer, with_api_password
from tests.support.world import Person, World

routes = Routes()


@routes.get("/of-people")
def get_of_people(caller: dependencies.Person) -> dict[str, str]:
    return {"login": caller.user.login}


@routes.get("/of-senders")
def get_of_senders(caller: dependencies.Principal) -> dict[str, str]:
    return {"login": caller.user.login, "kind": type(caller).__name__}


@routes.get("/of-managers")
def get_of_managers(caller: dependencies.Principal) -> dict[str, str]:
    return {"login": caller.user.login}


@routes.get("/without-a-scope")
def get_without_a_scope(caller: dependencies.Principal) -> dict[str, str]:
    return {"login": caller.user.login}


RULES = {
    "GET /of-people": route_rules.SESSION,
    "GET /of-senders": replace(route_rules.SESSION, scope="sms"),
    "GET /of-managers": replace(route_rules.SESSION, scope="tokens"),
    "GET /without-a-scope": route_rules.SESSION,
}

serving = serve(routes)


@pytest.fixture
def bob(world: World) -> Person:
    """The owner of an account, without a second factor."""
    return world.add("bob", phone=None)


@pytest.fixture(autouse=True)
def _rules(monkeypatch: pytest.MonkeyPatch) -> None:
    for route, rule in RULES.items():
        monkeypatch.setitem(route_rules.RULES, route, rule)


def _get(world: World, path: str, shown: str, **more: str) -> Reply:
    headers = {"Authorization": shown, **more}
    return events.reply(serving(Call("GET", path, world.now, headers=headers).event, Context()))  # type: ignore[arg-type]


def test_a_route_with_a_scope_takes_tokens_and_passwords_that_have_it(world: World, bob: Person):
    for shown in (bearer(programs.api_token(world, bob)[0]), with_api_password(world, bob)):
        answer = _get(world, "/of-senders", shown)
        assert (answer.status, answer.body) == (200, {"login": "bob", "kind": "ApiClient"})


def test_and_people_who_are_signed_in(world: World, bob: Person):
    shown = bearer(world.sign_in(bob).body["session"]["token"])
    assert _get(world, "/of-senders", shown).body == {"login": "bob", "kind": "Person"}


def test_a_token_without_the_scope_is_told_which_one_it_needs(world: World, bob: Person):
    shown = bearer(programs.api_token(world, bob, scopes="contacts")[0])
    answer = _get(world, "/of-senders", shown)
    assert (answer.status, answer.error) == (403, "insufficient_scope")
    assert answer.headers["WWW-Authenticate"] == ['Bearer realm="furtka", error="insufficient_scope", scope="sms"']


def test_what_no_password_ever_gives_is_refused_unread(world: World, bob: Person):
    right = with_api_password(world, bob)
    for shown in (right, basic("bob", "Wrong-Machine-1"), "Basic garbage"):
        with overheard() as made:
            answer = _get(world, "/of-managers", shown)
        assert (answer.status, answer.error, made) == (403, "insufficient_scope", [])


SESSION_ONLY: dict[str, Callable[[World, Person], str]] = {
    "a password": with_api_password,
    "garbage": lambda *_: "Basic garbage",
}


@pytest.mark.parametrize("path", ["/of-people", "/without-a-scope"])
@pytest.mark.parametrize("shows", SESSION_ONLY.values(), ids=SESSION_ONLY.keys())
def test_where_only_people_may_ask_a_password_is_refused_unread_whatever_comes_with_it(
    world: World, bob: Person, shows: Callable[[World, Person], str], path: str
):
    shown, token = shows(world, bob), world.sign_in(bob).body["session"]["token"]
    with overheard() as made:
        answer = _get(world, path, shown, Cookie=f"__Host-furtka-session={token}")
    assert (answer.status, answer.error, made) == (401, "unauthorized", [])


@pytest.mark.parametrize("path", ["/of-people", "/without-a-scope"])
def test_so_is_a_token(world: World, bob: Person, path: str):
    shown = bearer(programs.api_token(world, bob)[0])
    with overheard() as made:
        answer = _get(world, path, shown)
    assert (answer.status, answer.error, made) == (403, "session_only", [])


def test_garbage_in_place_of_a_password_costs_nothing(world: World):
    with overheard() as made:
        answer = _get(world, "/of-senders", "Basic garbage")
    assert (answer.status, answer.error, made) == (401, "invalid_credentials", [])


def test_a_wrong_password_is_answered_like_an_unknown_login(world: World, bob: Person):
    with_api_password(world, bob)
    wrong = _get(world, "/of-senders", basic("bob", "Wrong-Machine-1"))
    assert (wrong.status, wrong.error) == (401, "invalid_credentials")
    assert wrong == _get(world, "/of-senders", basic("nobody", "Wrong-Machine-1"))

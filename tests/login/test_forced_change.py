"""Where an account insists on new passwords: who signs in when theirs is overdue can do nothing but change it."""

from datetime import timedelta

import pytest

from shared import policy
from tests.support.events import Reply
from tests.support.factors import SECOND, ask, shown, signed_in, token_of, with_app
from tests.support.routes import HARMLESS, OPEN_TO_OVERDUE, SENSITIVE
from tests.support.world import FROM_PANEL, PASSWORD, Person, World

DUE = timedelta(days=policy.PASSWORD_CHANGE_DAYS[0])
NEW_PASSWORD = "Tulip-Wagon-42"


@pytest.fixture
def bob(world: World) -> Person:
    """Somebody without a second factor, whose account insists on a new password every 30 days, from now on."""
    bob = world.add("bob", phone=None)
    _decide(world, signed_in(world, bob), "force")
    return bob


@pytest.fixture
def overdue(world: World, bob: Person) -> str:
    """The token of a session that bob has opened on the day when their password is due."""
    world.wait(DUE)
    return signed_in(world, bob)


def _decide(world: World, token: str, change: str) -> None:
    """What the account does about old passwords from now on."""
    wanted = SENSITIVE["PUT /account/policy"] | {"password_change": change, "password_change_days": DUE.days}
    assert ask(world, token, "PUT", "/account/policy", wanted).status == 200


def _change(world: World, token: str, current: str = PASSWORD) -> Reply:
    chosen = {"current_password": current, "password": NEW_PASSWORD}
    return ask(world, token, "POST", "/account/password", chosen)


def _must_change(world: World, token: str) -> bool:
    return bool(world.me(token).body["must_change_password"])


def test_a_session_tells_from_the_first_day_when_the_password_is_due(world: World, bob: Person):
    me = world.me(signed_in(world, bob)).body
    assert me["password_due_at"] == f"{world.now + DUE:%Y-%m-%dT%H:%M:%SZ}"
    assert me["must_change_password"] is False


def test_a_password_is_overdue_to_the_second(world: World, bob: Person):
    world.wait(DUE - SECOND)
    before = signed_in(world, bob)
    world.wait(SECOND)
    after = signed_in(world, bob)
    assert [_must_change(world, token) for token in (before, after)] == [False, True]


def test_whoever_signs_in_with_an_overdue_password_can_do_nothing_else(world: World, overdue: str):
    routes = SENSITIVE | HARMLESS
    for line in sorted(routes.keys() - OPEN_TO_OVERDUE):
        answer = ask(world, overdue, *line.split(), routes[line])
        assert (line, answer.status, answer.error) == (line, 403, "password_change_required")


def test_they_can_see_that_they_are_signed_in_and_log_out(world: World, overdue: str):
    assert (world.me(overdue).status, _must_change(world, overdue)) == (200, True)
    assert ask(world, overdue, "POST", "/logout").status == 204
    assert world.me(overdue).status == 401


def test_once_it_is_changed_everything_works(world: World, overdue: str):
    opened = _change(world, overdue)
    token = token_of(opened)
    assert (world.me(overdue).status, _must_change(world, token)) == (401, False)
    assert world.me(token).body["password_due_at"] == f"{world.now + DUE:%Y-%m-%dT%H:%M:%SZ}"
    for path in ("/account/factors", "/account/sessions", "/account/activity"):
        assert ask(world, token, "GET", path).status == 200
    assert ask(world, token, "POST", "/account/factors/totp").status == 200


def test_the_next_sign_in_is_an_ordinary_one(world: World, bob: Person, overdue: str):
    _change(world, overdue)
    world.wait(SECOND)
    token = token_of(world.sign_in(bob, password=NEW_PASSWORD))
    assert not _must_change(world, token)
    world.wait(DUE)
    assert _must_change(world, token_of(world.sign_in(bob, password=NEW_PASSWORD)))


def test_the_same_password_does_not_do(world: World, overdue: str):
    answer = ask(world, overdue, "POST", "/account/password", {"current_password": PASSWORD, "password": PASSWORD})
    assert (answer.status, answer.error) == (422, "weak_password")
    assert _must_change(world, overdue)


def test_the_present_password_is_needed_all_the_same(world: World, overdue: str):
    answer = _change(world, overdue, "Wrong-Horse-7")
    assert (answer.status, answer.error) == (401, "invalid_credentials")
    assert _must_change(world, overdue)


def test_who_takes_their_time_confirms_their_session_and_then_changes_it(world: World, overdue: str):
    world.wait(policy.CONFIRMED_FOR)
    assert _change(world, overdue).error == "insufficient_user_authentication"
    confirmed = token_of(ask(world, overdue, "POST", "/session/confirm", {"password": PASSWORD}))
    assert _must_change(world, confirmed)
    assert ask(world, confirmed, "GET", "/account/factors").error == "password_change_required"
    assert _change(world, confirmed).status == 200


def test_a_session_that_was_opened_before_the_day_goes_on(world: World, bob: Person):
    world.wait(DUE - timedelta(minutes=1))
    token = signed_in(world, bob)
    world.wait(timedelta(minutes=1))
    assert not _must_change(world, token)
    assert ask(world, token, "GET", "/account/sessions").status == 200
    assert ask(world, token, "POST", "/account/factors/totp").status == 200


def test_who_confirms_such_a_session_signs_in_anew_and_has_to_change_it(world: World, bob: Person):
    world.wait(DUE - timedelta(minutes=1))
    token = signed_in(world, bob)
    world.wait(timedelta(minutes=1))
    assert _must_change(world, token_of(ask(world, token, "POST", "/session/confirm", {"password": PASSWORD})))


def test_the_second_factor_comes_first_and_then_the_new_password(world: World, bob: Person):
    secret = with_app(world, signed_in(world, bob))
    world.wait(DUE)
    token = token_of(world.verify(world.challenge(bob), shown(world, secret)))
    assert ask(world, token, "DELETE", "/account/factors/totp").error == "password_change_required"
    world.wait(SECOND)
    changed = token_of(_change(world, token))
    assert world.me(changed).body["session"]["factors"] == ["password", "totp"]
    assert ask(world, changed, "GET", "/account/factors").body["totp"] is True


def test_a_browser_is_bound_in_the_same_way(world: World, bob: Person):
    world.wait(DUE)
    opened = world.sign_in(bob, transport="cookie", headers=FROM_PANEL)
    browser = FROM_PANEL | {"Cookie": opened.cookie("__Host-furtka-session").partition(";")[0]}
    assert world.call("GET", "/account/factors", headers=browser).error == "password_change_required"
    assert world.post("/account/logout-others", headers=browser).error == "password_change_required"
    assert world.call("GET", "/session", headers=browser).body["must_change_password"] is True


@pytest.mark.parametrize("change", ["off", "remind"])
def test_an_account_that_does_not_insist_lets_everybody_go_on(world: World, bob: Person, change: str):
    _decide(world, signed_in(world, bob), change)
    world.wait(DUE)
    token = signed_in(world, bob)
    assert not _must_change(world, token)
    assert ask(world, token, "GET", "/account/factors").status == 200


def test_an_account_that_no_longer_insists_sets_free_at_once(world: World, bob: Person):
    world.wait(DUE - timedelta(minutes=5))
    early = signed_in(world, bob)
    world.wait(timedelta(minutes=5))
    late = signed_in(world, bob)
    _decide(world, early, "off")
    assert ask(world, late, "GET", "/account/factors").status == 200


def test_one_account_that_insists_is_nothing_to_another(world: World, overdue: str):
    assert ask(world, signed_in(world), "GET", "/account/factors").status == 200

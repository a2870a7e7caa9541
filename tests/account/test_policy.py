"""GET and PUT /account/policy: what the owner of an account decides holds for everybody in it, at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from notify.reminders import remind
from shared import policy
from shared.crypto import randomness
from shared.domain.identifiers import account_of
from shared.domain.instants import NEVER
from shared.domain.logins import Login
from shared.domain.users import User
from shared.storage import engine, logins, users
from tests.support.events import Reply
from tests.support.world import Person, World

PATH = "/account/policy"
SECOND = timedelta(seconds=1)

AT_FIRST = {
    "password_profile": "smsapi",
    "password_change": "off",
    "password_change_days": 30,
    "longest_idle_minutes": 1440,
    "second_factor_required_from": None,
    "check_breached_passwords": False,
}


@pytest.fixture
def bob(world: World) -> Person:
    """The owner of an account, without a second factor."""
    return world.add("bob", phone=None)


@pytest.fixture
def clerk(world: World, bob: Person) -> Person:
    """Somebody else in the account of bob."""
    return _colleague(world, bob, "clerk")


def _colleague(world: World, owner: Person, name: str, phone: str | None = None, **facts: object) -> Person:
    """With the owner's password, to be hashed once. *facts* are fields of the user."""
    account_id, email = account_of(owner.user_id), f"{name}@example.com"
    user_id = randomness.user_id(account_id)
    found = logins.find(owner.login)
    assert found
    login = Login(name, account_id, user_id, email, phone, "en", True, policy.SESSION_IDLE)
    user = User(account_id, user_id, name, True, world.now, email, owner=False, phone=phone)
    engine.commit(
        logins.adding(replace(login, password_hash=found.password_hash)),
        users.adding(replace(user, **({"password_set_at": world.now} | facts))),
    )
    return Person(name, user_id, email, phone)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _token(world: World, person: Person) -> str:
    """Of a session that was opened just now, with the person's password alone."""
    return str(world.sign_in(person).body["session"]["token"])


def _look(world: World, token: str) -> Reply:
    return world.call("GET", PATH, headers=_bearer(token))


def _decide(world: World, token: str, **choices: object) -> Reply:
    return world.call("PUT", PATH, AT_FIRST | choices, headers=_bearer(token))


def _choose_length(world: World, token: str, minutes: int) -> Reply:
    return world.call("PUT", "/account/session-length", {"idle_minutes": minutes}, headers=_bearer(token))


def _reminded(world: World) -> list[str]:
    """The addresses that today's pass writes to."""
    heard = len(world.mails)
    remind(now=world.now, has_time=lambda: True)
    told = world.mails[heard:]
    assert {subject for _, subject, _ in told} <= {"Time for a new password"}
    return sorted(address for address, _, _ in told)


def test_everybody_in_the_account_sees_what_it_asks_for(world: World, bob: Person, clerk: Person):
    for person in (bob, clerk):
        answer = _look(world, _token(world, person))
        assert (answer.status, answer.body) == (200, AT_FIRST)


def test_the_owner_decides_for_their_account_and_for_no_other(world: World, bob: Person, clerk: Person):
    wanted = {
        "password_profile": "nist",
        "password_change": "remind",
        "password_change_days": 90,
        "longest_idle_minutes": 480,
        "second_factor_required_from": None,
        "check_breached_passwords": False,
    }
    token = _token(world, bob)
    answer = _decide(world, token, **wanted)
    assert (answer.status, answer.body) == (200, wanted)
    assert _look(world, _token(world, clerk)).body == _look(world, token).body == wanted
    assert _look(world, _token(world, world.add("mallory", phone=None))).body == AT_FIRST


def test_nobody_but_the_owner_decides(world: World, bob: Person, clerk: Person):
    token = _token(world, clerk)
    assert world.me(token).body["owner"] is False
    answer = _decide(world, token, password_profile="nist")
    assert (answer.status, answer.error) == (403, "owner_only")
    assert _look(world, token).body == AT_FIRST


def test_only_a_session_that_was_proved_just_now_decides(world: World, bob: Person):
    token = _token(world, bob)
    world.wait(policy.CONFIRMED_FOR)
    answer = _decide(world, token, password_profile="nist")
    assert (answer.status, answer.error) == (401, "insufficient_user_authentication")
    assert _look(world, token).body == AT_FIRST
    assert _decide(world, "garbage").error == "invalid_token"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password_profile", ""),
        ("password_profile", "none"),
        ("password_profile", None),
        ("password_change", "FORCE"),
        ("password_change", True),
        ("password_change_days", 0),
        ("password_change_days", 31),
        ("password_change_days", "30"),
        ("password_change_days", 30.0),
        ("longest_idle_minutes", 0),
        ("longest_idle_minutes", 1441),
        ("longest_idle_minutes", True),
        ("second_factor_required_from", "tomorrow"),
        ("second_factor_required_from", True),
        ("company", "Wędlinex"),
    ],
)
def test_only_the_choices_can_be_chosen(world: World, bob: Person, field: str, value: object):
    token = _token(world, bob)
    answer = _decide(world, token, **{field: value})
    assert (answer.status, answer.error) == (422, "invalid_request")
    assert [miss["path"] for miss in answer.body["errors"]] == [f"body.{field}"]
    assert _look(world, token).body == AT_FIRST


def test_a_decision_is_a_whole_one(world: World, bob: Person):
    answer = world.call("PUT", PATH, {}, headers=_bearer(_token(world, bob)))
    fields = AT_FIRST.keys() - {
        "second_factor_required_from",
        "check_breached_passwords",
    }  # without these nothing changes
    assert sorted(miss["path"] for miss in answer.body["errors"]) == sorted(f"body.{field}" for field in fields)


# --- Sessions ---------------------------------------------------------------------------------------------


def test_sessions_that_run_are_bound_at_once_whoever_they_belong_to(world: World, bob: Person, clerk: Person):
    owners, clerks = _token(world, bob), _token(world, clerk)
    _decide(world, owners, longest_idle_minutes=5)
    told = world.me(clerks).body["session"]
    assert (told["idle_seconds"], told["idle_until"]) == (300, f"{world.now + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}")
    world.wait(timedelta(minutes=5) - SECOND)
    assert world.me(clerks).status == 200
    world.wait(SECOND)
    assert world.me(owners).status == 401


def test_sessions_that_are_opened_later_are_told_so_from_the_start(world: World, bob: Person, clerk: Person):
    cat = _colleague(world, bob, "cat", phone="+48600100203")
    _decide(world, _token(world, bob), longest_idle_minutes=5)
    opened = world.sign_in(clerk).body["session"]
    assert opened["idle_seconds"] == world.me(opened["token"]).body["session"]["idle_seconds"] == 300
    assert world.session(cat)["session"]["idle_seconds"] == 300


def test_nobody_chooses_longer_sessions_than_the_account_allows(world: World, bob: Person, clerk: Person):
    _decide(world, _token(world, bob), longest_idle_minutes=30)
    token = _token(world, clerk)
    answer = _choose_length(world, token, 60)
    assert (answer.status, answer.error) == (403, "account_policy")
    assert world.me(token).body["session"]["idle_seconds"] == 1800
    assert _choose_length(world, token, 30).body["idle_seconds"] == 1800
    assert _choose_length(world, token, 15).body["idle_seconds"] == 900


def test_a_shorter_choice_stays_the_users_own(world: World, bob: Person, clerk: Person):
    token = _token(world, clerk)
    _choose_length(world, token, 5)
    _decide(world, _token(world, bob), longest_idle_minutes=30)
    assert world.me(token).body["session"]["idle_seconds"] == 300


def test_what_a_user_chose_counts_again_when_the_account_allows_it(world: World, bob: Person, clerk: Person):
    owners, clerks = _token(world, bob), _token(world, clerk)
    for minutes, seconds in ((5, 300), (1440, 3600)):
        _decide(world, owners, longest_idle_minutes=minutes)
        assert world.me(clerks).body["session"]["idle_seconds"] == seconds
        assert world.sign_in(clerk).body["session"]["idle_seconds"] == seconds


# --- Changes from time to time ----------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["force", "remind"])
def test_everybody_in_the_account_is_reminded_from_the_day_that_is_due(
    world: World, bob: Person, clerk: Person, change: str
):
    mallory = world.add("mallory", phone=None)
    assert mallory.email not in _reminded(world)
    _decide(world, _token(world, bob), password_change=change)
    world.wait(timedelta(days=30) - SECOND)
    assert _reminded(world) == []
    world.wait(SECOND)
    assert _reminded(world) == ["bob@example.com", "clerk@example.com"]
    assert _reminded(world) == []


@pytest.mark.parametrize("days", policy.PASSWORD_CHANGE_DAYS)
def test_the_owner_chooses_after_how_many_days(world: World, bob: Person, days: int):
    set_at = world.now
    world.wait(timedelta(days=7))
    token = _token(world, bob)
    _decide(world, token, password_change="remind", password_change_days=days)
    due = set_at + timedelta(days=days)
    assert world.me(token).body["password_due_at"] == f"{due:%Y-%m-%dT%H:%M:%SZ}"
    world.now = due - SECOND
    assert _reminded(world) == []
    world.now = due
    assert _reminded(world) == ["bob@example.com"]


def test_nobody_is_reminded_where_it_was_switched_off_again(world: World, bob: Person, clerk: Person):
    token = _token(world, bob)
    _decide(world, token, password_change="force")
    _decide(world, token)
    world.wait(timedelta(days=90))
    assert _reminded(world) == []
    assert world.me(_token(world, clerk)).body["password_due_at"] is None


def test_who_was_switched_off_is_not_told_to_change_their_password(world: World, bob: Person):
    _colleague(world, bob, "dan", enabled=False)
    _decide(world, _token(world, bob), password_change="remind")
    world.wait(timedelta(days=30))
    assert _reminded(world) == ["bob@example.com"]


def test_who_has_no_password_yet_is_not_told_to_change_it(world: World, bob: Person):
    _colleague(world, bob, "invited", password_set_at=NEVER)
    _decide(world, _token(world, bob), password_change="remind")
    assert _reminded(world) == []
    world.wait(timedelta(days=30))
    assert _reminded(world) == ["bob@example.com"]


def test_a_sign_in_after_that_day_can_do_nothing_but_change_the_password(world: World, bob: Person, clerk: Person):
    _decide(world, _token(world, bob), password_change="force")
    world.wait(timedelta(days=30) - SECOND)
    in_time = _token(world, clerk)
    world.wait(SECOND)
    late = _token(world, clerk)
    assert world.me(late).body["must_change_password"] is True
    for path in (PATH, "/account/sessions", "/account/factors"):
        answer = world.call("GET", path, headers=_bearer(late))
        assert (answer.status, answer.error) == (403, "password_change_required")
        assert world.call("GET", path, headers=_bearer(in_time)).status == 200
    assert world.post("/logout", headers=_bearer(late)).status == 204


def test_with_remind_nobody_is_kept_from_anything(world: World, bob: Person, clerk: Person):
    _decide(world, _token(world, bob), password_change="remind")
    world.wait(timedelta(days=31))
    token = _token(world, clerk)
    assert world.me(token).body["must_change_password"] is False
    assert world.call("GET", "/account/sessions", headers=_bearer(token)).status == 200


# --- What is told -----------------------------------------------------------------------------------------


def test_the_owner_is_told_by_mail(world: World, bob: Person):
    token = _token(world, bob)
    heard = len(world.mails)
    _decide(world, token, password_profile="nist")
    ((address, subject, _),) = world.mails[heard:]
    assert (address, subject) == ("bob@example.com", "The rules for passwords were changed")


def test_it_is_in_the_activity_log_with_what_was_decided(world: World, bob: Person):
    token = _token(world, bob)
    world.wait(SECOND)
    _decide(world, token, password_profile="nist", password_change="force")
    answer = world.call("GET", "/account/activity", headers=_bearer(token))
    newest, *_ = answer.body["entries"]
    assert (newest["event"], newest["actor"], newest["detail"]) == ("account_policy_changed", "bob", "nist force")

"""The legacy mode from outside: an account lets programs show a login and a password of their own, or does not."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared import policy
from shared.crypto import password_hash, randomness
from shared.domain.identifiers import account_of
from shared.domain.ip_lists import IpList
from shared.domain.logins import Login
from shared.domain.users import User
from shared.errors import Outrun
from shared.storage import accounts, engine, logins, users
from tests.support import programs
from tests.support.calls import overheard
from tests.support.events import HOME, Reply
from tests.support.programs import API_PASSWORD
from tests.support.world import FROM_PANEL, PASSWORD, Person, World

MODE, OWN = "/account/legacy-api", "/account/api-password"
SECOND = timedelta(seconds=1)

OFF = {"enabled": False, "ip_list_on": False, "password_set": False, "changes_by_get": False}
READY = OFF | {"ip_list_on": True}
ON = READY | {"enabled": True}


@pytest.fixture
def bob(world: World) -> Person:
    """The owner of an account, without a second factor."""
    return world.add("bob", phone=None)


@pytest.fixture
def clerk(world: World, bob: Person) -> Person:
    """Somebody else in the account of bob."""
    account_id = account_of(bob.user_id)
    user_id, email = randomness.user_id(account_id), "clerk@example.com"
    found = logins.find("bob")
    assert found
    login = Login("clerk", account_id, user_id, email, None, "en", True, policy.SESSION_IDLE)
    user = User(account_id, user_id, "clerk", True, world.now, email, owner=False, password_set_at=world.now)
    engine.commit(logins.adding(replace(login, password_hash=found.password_hash)), users.adding(user))
    return Person("clerk", user_id, email, None)


def _token(world: World, person: Person) -> str:
    """Of a session that was opened just now, with the person's password alone."""
    return str(world.sign_in(person).body["session"]["token"])


def _ask(world: World, token: str, method: str, path: str, body: object = None, **more: Any) -> Reply:
    return world.call(method, path, body, headers={"Authorization": f"Bearer {token}"}, **more)


def _switch(world: World, token: str, *, enabled: object) -> Reply:
    return _ask(world, token, "PUT", MODE, {"enabled": enabled})


def _set(world: World, token: str, password: str = API_PASSWORD) -> Reply:
    return _ask(world, token, "PUT", OWN, {"password": password})


def _misses(answer: Reply) -> list[str]:
    assert (answer.status, answer.error) == (422, "weak_password"), answer
    assert {miss["path"] for miss in answer.body["errors"]} == {"body.password"}
    return [miss["error"] for miss in answer.body["errors"]]


def _is_let_in(world: World, person: Person, password: str = API_PASSWORD) -> bool:
    """Whether a program with that password is, at another API."""
    return programs.is_let_in(world, programs.basic(person.login, password))


def test_whose_login_is_gone_is_signed_in_no_more(world: World, bob: Person):
    token = _token(world, bob)
    engine.commit(engine.remove(logins.LoginItem("bob")))
    for answer in (_ask(world, token, "GET", MODE), _set(world, token)):
        assert (answer.status, answer.error) == (401, "invalid_token")


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_program_that_sends_its_password_in_latin_1_is_let_in_as_one_that_sends_utf_8(
    world: World, bob: Person, encoding: str
):
    programs.with_api_password(world, bob, "Malmö7-straße-ÆØÅ")
    shown = b64encode("bob:Malmö7-straße-ÆØÅ".encode(encoding)).decode()
    assert world.call("GET", "/profile", headers={"Authorization": f"Basic {shown}"}).status == 200


def test_a_program_is_told_where_passwords_are_taken_and_in_what_letters(world: World):
    basic = 'Basic realm="furtka", charset="UTF-8"'
    assert basic in world.call("GET", "/profile").headers["WWW-Authenticate"]
    assert basic not in world.call("GET", "/session").headers["WWW-Authenticate"]
    assert basic not in world.call("GET", "/profile", headers=FROM_PANEL).headers["WWW-Authenticate"]


# --- The switch -------------------------------------------------------------------------------------------


def test_it_is_off_until_somebody_switches_it_on(world: World, bob: Person, clerk: Person):
    for person in (bob, clerk):
        answer = _ask(world, _token(world, person), "GET", MODE)
        assert (answer.status, answer.body) == (200, OFF)


def test_an_owner_with_a_list_switches_it_on_and_off_and_everybody_sees_it(world: World, bob: Person, clerk: Person):
    owners, clerks = _token(world, bob), _token(world, clerk)
    programs.limit_machines(world, bob)
    for enabled, seen in ((True, ON), (False, READY)):
        answer = _switch(world, owners, enabled=enabled)
        assert (answer.status, answer.body) == (200, seen)
        assert _ask(world, clerks, "GET", MODE).body == seen


LISTS: dict[str, Callable[[World], IpList]] = {
    "off": lambda _: IpList(sources=HOME),
    "on and empty": lambda _: IpList(on=True),
    "on for everybody in halves": lambda _: IpList(on=True, sources="0.0.0.0/1 128.0.0.0/1"),
    "on until its trial ended": lambda world: IpList(on=True, sources=HOME, trial_until=world.now),
}


@pytest.mark.parametrize("ip_list", LISTS.values(), ids=LISTS.keys())
def test_it_is_not_switched_on_without_a_list_of_where_from(
    world: World, bob: Person, ip_list: Callable[[World], IpList]
):
    token = _token(world, bob)
    engine.commit(accounts.setting_lists(programs.account_of_person(bob), api=ip_list(world)))
    answer = _switch(world, token, enabled=True)
    assert (answer.status, answer.error) == (409, "ip_list_needed")
    assert _ask(world, token, "GET", MODE).body == OFF


def test_it_can_always_be_switched_off(world: World, bob: Person):
    token = _token(world, bob)
    programs.limit_machines(world, bob, legacy_api=True)
    engine.commit(accounts.setting_lists(programs.account_of_person(bob), api=IpList()))
    assert _ask(world, token, "GET", MODE).body == OFF | {"enabled": True}
    assert _switch(world, token, enabled=False).body == OFF


def test_a_list_that_is_switched_off_at_the_same_moment_wins(world: World, bob: Person):
    programs.limit_machines(world, bob)
    seen = programs.account_of_person(bob)
    engine.commit(accounts.setting_lists(seen, api=IpList()))
    with pytest.raises(Outrun):
        engine.commit(accounts.switching_legacy(seen, legacy_api=True))
    assert not programs.account_of_person(bob).legacy_api


def test_deciding_on_passwords_leaves_the_mode_alone(world: World, bob: Person):
    programs.limit_machines(world, bob, legacy_api=True)
    engine.commit(accounts.deciding(replace(programs.account_of_person(bob), profile="nist", legacy_api=False)))
    assert programs.account_of_person(bob).legacy_api


def test_nobody_but_the_owner_switches_it(world: World, bob: Person, clerk: Person):
    token = _token(world, clerk)
    programs.limit_machines(world, bob)
    answer = _switch(world, token, enabled=True)
    assert (answer.status, answer.error) == (403, "owner_only")
    assert _ask(world, token, "GET", MODE).body == READY


@pytest.mark.parametrize("enabled", [None, 1, "true", "on", [], {}])
def test_on_is_true_and_off_is_false(world: World, bob: Person, enabled: object):
    answer = _switch(world, _token(world, bob), enabled=enabled)
    assert (answer.status, answer.error) == (422, "invalid_request")


def test_what_is_so_already_is_neither_told_nor_written_down_again(world: World, bob: Person):
    token = _token(world, bob)
    programs.limit_machines(world, bob)
    for _ in range(2):
        assert _switch(world, token, enabled=True).body == ON
    assert [subject for _, subject, _ in world.mails].count("The API now takes passwords") == 1
    events = [entry["event"] for entry in _ask(world, token, "GET", "/account/activity").body["entries"]]
    assert events.count("account_legacy_api_enabled") == 1


def test_changes_by_get_are_a_switch_of_their_own_which_needs_no_list(world: World, bob: Person):
    token = _token(world, bob)
    assert _ask(world, token, "PUT", MODE, {"changes_by_get": True}).body == OFF | {"changes_by_get": True}
    assert _ask(world, token, "PUT", MODE, {"changes_by_get": True}).body == OFF | {"changes_by_get": True}
    assert [subject for _, subject, _ in world.mails].count("The API now sends by GET") == 1
    programs.limit_machines(world, bob)
    both = {"enabled": True, "changes_by_get": False}
    assert _ask(world, token, "PUT", MODE, both).body == ON
    events = [entry["event"] for entry in _ask(world, token, "GET", "/account/activity").body["entries"]]
    assert events.count("account_changes_by_get_changed") == 2
    assert _ask(world, token, "PUT", MODE, {}).error == "invalid_request"


def test_nobody_but_the_owner_allows_changes_by_get(world: World, clerk: Person):
    assert _ask(world, _token(world, clerk), "PUT", MODE, {"changes_by_get": True}).error == "owner_only"


# --- The password -----------------------------------------------------------------------------------------


def test_a_password_of_programs_opens_the_api_and_no_session(world: World, bob: Person):
    token = _token(world, bob)
    programs.limit_machines(world, bob)
    _switch(world, token, enabled=True)
    assert not _is_let_in(world, bob)
    assert _set(world, token).status == 204
    assert _ask(world, token, "GET", MODE).body == ON | {"password_set": True}
    assert _is_let_in(world, bob)
    assert world.sign_in(bob, password=API_PASSWORD).error == "invalid_credentials"


def test_the_logins_own_password_opens_no_api(world: World, bob: Person):
    programs.with_api_password(world, bob)
    assert not _is_let_in(world, bob, PASSWORD)


def test_each_user_has_their_own(world: World, bob: Person, clerk: Person):
    programs.limit_machines(world, bob, legacy_api=True)
    assert _set(world, _token(world, clerk)).status == 204
    assert [_is_let_in(world, person) for person in (clerk, bob)] == [True, False]


def test_another_password_takes_its_place_at_once(world: World, bob: Person):
    programs.with_api_password(world, bob)
    assert _is_let_in(world, bob)
    assert _set(world, _token(world, bob), "Engine-Room-34").status == 204
    assert [_is_let_in(world, bob, password) for password in (API_PASSWORD, "Engine-Room-34")] == [False, True]


def test_a_password_that_was_removed_is_gone_at_once(world: World, bob: Person):
    programs.with_api_password(world, bob)
    token = _token(world, bob)
    assert _is_let_in(world, bob)
    assert _ask(world, token, "DELETE", OWN).status == 204
    assert not _is_let_in(world, bob)
    again = _ask(world, token, "DELETE", OWN)
    assert (again.status, again.error) == (404, "not_found")


@pytest.mark.parametrize(
    ("password", "missed"),
    [
        ("Short-1", ["too_short"]),
        ("machine-room-12", ["no_capital"]),
        ("Machine-Room", ["no_digit"]),
        ("Bobby-Smsapi-12", ["contains_known_word"]),
        ("Password1", ["contains_known_word", "too_common"]),
        (PASSWORD, ["used_before"]),
    ],
)
def test_it_is_as_good_as_the_account_asks_and_never_the_logins_own(
    world: World, bob: Person, password: str, missed: list[str]
):
    token = _token(world, bob)
    assert _misses(_set(world, token, password)) == missed
    assert _ask(world, token, "GET", MODE).body == OFF


def test_nobody_finds_out_the_logins_own_password_by_trying_it_here(world: World, bob: Person):
    token = _token(world, bob)
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS):
        assert _misses(_set(world, token, PASSWORD)) == ["used_before"]
    waits = _set(world, token, PASSWORD)
    assert (waits.status, waits.error, waits.retry_after) == (429, "too_many_attempts", 30)
    assert _set(world, token).status == 429


def test_whoever_chooses_badly_may_go_on_choosing(world: World, bob: Person):
    token = _token(world, bob)
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS + 1):
        assert _misses(_set(world, token, "Short-1")) == ["too_short"]
    assert _misses(_set(world, token, PASSWORD)) == ["used_before"]
    assert _set(world, token).status == 204
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS):
        assert _misses(_set(world, token, PASSWORD)) == ["used_before"]


def test_where_length_counts_it_has_fifteen_characters_even_beside_a_second_factor(world: World):
    token = world.session()["session"]["token"]
    engine.commit(accounts.deciding(replace(programs.account_of_person(world.ann), profile="nist")))
    assert _misses(_set(world, token, "machine room 1")) == ["too_short"]
    assert _set(world, token, "machine room 12").status == 204


def test_it_cannot_become_the_logins_own_either(world: World, bob: Person):
    programs.with_api_password(world, bob)
    order = {"current_password": PASSWORD, "password": API_PASSWORD}
    assert _misses(_ask(world, _token(world, bob), "POST", "/account/password", order)) == ["used_before"]
    world.post("/password-reset", {"login": "bob"})
    answer = world.post("/password-reset/confirm", {"token": world.link("reset"), "password": API_PASSWORD})
    assert _misses(answer) == ["used_before"]


def test_a_login_whose_own_password_changes_at_the_same_moment_is_looked_at_again(world: World, bob: Person):
    seen = logins.find("bob")
    assert seen
    engine.commit(logins.setting_password(seen, password_hash.hash_password(API_PASSWORD), now=world.now))
    with pytest.raises(Outrun):
        engine.commit(logins.setting_api_password(seen, password_hash.hash_password(API_PASSWORD), provenance=""))


def test_a_new_password_of_the_login_leaves_that_of_its_programs_alone(world: World, bob: Person):
    programs.with_api_password(world, bob)
    order = {"current_password": PASSWORD, "password": "Tulip-Wagon-42"}
    assert _ask(world, _token(world, bob), "POST", "/account/password", order).status == 200
    assert _is_let_in(world, bob)


# --- Who may, and what is told ----------------------------------------------------------------------------


CHANGES = {
    ("PUT", MODE): {"enabled": True},
    ("PUT", OWN): {"password": API_PASSWORD},
}


@pytest.mark.parametrize(("method", "path"), sorted(CHANGES))
def test_only_a_session_that_was_proved_just_now_gives_rights(world: World, bob: Person, method: str, path: str):
    token = _token(world, bob)
    programs.limit_machines(world, bob)
    world.wait(policy.CONFIRMED_FOR)
    answer = _ask(world, token, method, path, CHANGES[method, path])
    assert (answer.status, answer.error) == (401, "insufficient_user_authentication")
    assert _ask(world, token, "GET", MODE).body == READY


def test_any_session_takes_the_password_away(world: World, bob: Person):
    programs.with_api_password(world, bob)
    token = _token(world, bob)
    world.wait(policy.CONFIRMED_FOR)
    assert _ask(world, token, "DELETE", OWN).status == 204


@pytest.mark.parametrize(("method", "path"), [("GET", MODE), ("PUT", MODE), ("PUT", OWN), ("DELETE", OWN)])
def test_no_program_asks_for_it(world: World, bob: Person, method: str, path: str):
    shown, _ = programs.api_token(world, bob, scopes="sms tokens")
    body = CHANGES.get((method, path))
    answer = _ask(world, shown, method, path, body)
    assert (answer.status, answer.error) == (403, "session_only")
    basic = programs.with_api_password(world, bob)
    assert world.call(method, path, body, headers={"Authorization": basic}).status == 401


def test_every_change_is_mailed_and_in_the_activity(world: World, bob: Person):
    token = _token(world, bob)
    programs.limit_machines(world, bob)
    heard = len(world.mails)
    steps: list[Callable[[], Reply]] = [
        lambda: _switch(world, token, enabled=True),
        lambda: _set(world, token),
        lambda: _ask(world, token, "DELETE", OWN),
        lambda: _switch(world, token, enabled=False),
    ]
    for step in steps:
        world.wait(SECOND)
        assert step().status in (200, 204)
    told = world.mails[heard:]
    assert {address for address, _, _ in told} == {"bob@example.com"}
    assert [subject for _, subject, _ in told] == [
        "The API now takes passwords",
        "A password for programs was set",
        "The password for programs was removed",
        "The API no longer takes passwords",
    ]
    newest_first = [entry["event"] for entry in _ask(world, token, "GET", "/account/activity").body["entries"][:4]]
    assert newest_first == [
        "account_legacy_api_disabled",
        "authn_api_password_removed",
        "authn_api_password_set",
        "account_legacy_api_enabled",
    ]


SEEN, READ = "BatchGetItem sessions users accounts", "GetItem logins"

COSTS: dict[str, tuple[str, str, object, list[str]]] = {
    "asked about": ("GET", MODE, None, [READ]),
    "switched on": (
        "PUT",
        MODE,
        {"enabled": True},
        [READ, "TransactWriteItems accounts keptvalues activity users sessions", "SendMessage"],
    ),
    "a password set": (
        "PUT",
        OWN,
        {"password": API_PASSWORD},
        [
            READ,
            "TransactWriteItems strikes strikes",
            "TransactWriteItems logins strikes activity users sessions accounts",
            "SendMessage",
        ],
    ),
}


@pytest.mark.parametrize("what", sorted(COSTS))
def test_what_each_costs_in_round_trips(world: World, bob: Person, what: str):
    method, path, body, calls = COSTS[what]
    programs.with_api_password(world, bob, "Engine-Room-34")
    engine.commit(accounts.switching_legacy(programs.account_of_person(bob), legacy_api=False))
    token = _token(world, bob)
    with overheard() as made:
        assert _ask(world, token, method, path, body).status in (200, 204)
    assert [str(call) for call in made] == [SEEN, *calls]


def test_neither_the_password_nor_its_hash_is_shown_anywhere(
    world: World, bob: Person, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
):
    token = _token(world, bob)
    answers = [_set(world, token), _ask(world, token, "GET", MODE), world.me(token)]
    found = logins.find("bob")
    assert found
    assert found.api_password_hash
    seen = repr([found, *answers, *world.mails]) + "".join(capsys.readouterr())
    seen += "".join(str(vars(record)) for record in caplog.records)
    assert [secret for secret in (API_PASSWORD, found.api_password_hash) if secret in seen] == []

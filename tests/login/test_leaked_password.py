"""Where an account asks for it, a password is looked for among leaked ones after a sign-in, and never during one."""

import json
from datetime import timedelta
from hashlib import sha1

import pytest

from shared import policy, settings
from shared.auth import breached_passwords
from shared.auth.breached_passwords import NoAnswer
from tests.account.ip_lists import colleague
from tests.proofs import waiting
from tests.support.calls import overheard
from tests.support.events import Reply, records
from tests.support.factors import SECOND, ask, signed_in
from tests.support.routes import SENSITIVE
from tests.support.world import PASSWORD, Person, World

import notify.handler  # isort: skip
from tests.support.events import Context  # isort: skip

DIGITS = sha1(PASSWORD.encode(), usedforsecurity=False).hexdigest().upper()
OTHERS = "".join(f"{number:035X}:{number}\r\n" for number in range(1, 500))
SUBJECT = "Your password is among leaked ones"
NEW = "Tulip-Wagon-42"


class Range:
    """The list of leaked passwords, which knows PASSWORD unless it is told otherwise."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer = f"{DIGITS[5:]}:17\r\n{OTHERS}"
        self.is_down = False

    def query(self, first: str) -> bytes:
        self.asked.append(first)
        if self.is_down:
            raise NoAnswer("HTTP 503")
        return self.answer.encode()


@pytest.fixture(autouse=True)
def leaked(monkeypatch: pytest.MonkeyPatch) -> Range:
    found = Range()
    monkeypatch.setattr(breached_passwords, "_query", found.query)
    monkeypatch.setattr(settings, "BREACHED_PASSWORDS_URL", "https://range.example.com")
    return found


@pytest.fixture
def bob(world: World) -> Person:
    """The owner of an account that checks, with a device that is known and no second factor."""
    bob = world.add("bob", phone=None)
    token = signed_in(world, bob)
    assert decide(world, token, True).status == 200
    world.deliver()
    world.wait(SECOND)
    return bob


def decide(world: World, token: str, on: bool) -> Reply:
    return ask(
        world, token, "PUT", "/account/policy", SENSITIVE["PUT /account/policy"] | {"check_breached_passwords": on}
    )


def told(world: World) -> list[str]:
    return [address for address, subject, _ in world.mails if subject == SUBJECT]


def must_change(world: World, token: str) -> bool:
    return bool(world.me(token).body["must_change_password"])


def test_a_leaked_password_is_told_of_by_mail_and_the_next_session_can_only_change_it(world: World, bob: Person):
    first = signed_in(world, bob)
    assert told(world) == ["bob@example.com"]
    assert not must_change(world, first)
    world.wait(SECOND)
    second = signed_in(world, bob)
    assert must_change(world, second)
    assert ask(world, second, "GET", "/account/devices").error == "password_change_required"
    chosen = {"current_password": PASSWORD, "password": NEW}
    changed = ask(world, second, "POST", "/account/password", chosen)
    assert changed.status == 200
    assert not must_change(world, changed.body["session"]["token"])


def test_a_password_that_is_not_on_the_list_changes_nothing(world: World, bob: Person, leaked: Range):
    leaked.answer = f"{DIGITS[5:]}:0\r\n{OTHERS}"  # padding: a line with a count of 0
    signed_in(world, bob)
    assert told(world) == []
    world.wait(SECOND)
    assert not must_change(world, signed_in(world, bob))
    assert leaked.asked == [DIGITS[:5]]


def test_the_list_is_asked_by_five_digits_and_not_while_somebody_signs_in(world: World, bob: Person, leaked: Range):
    signed_in(world, bob)
    assert leaked.asked == []
    world.deliver()
    assert leaked.asked == [DIGITS[:5]]


def test_neither_the_password_nor_its_hash_nor_the_rest_of_it_is_on_the_queue_or_in_a_log(
    world: World, bob: Person, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
):
    signed_in(world, bob)
    bodies = [body for body in waiting.taken() if json.loads(body)["kind"] == "PasswordUsed"]
    assert len(bodies) == 1
    assert json.loads(bodies[0])["first"] == DIGITS[:5]
    notify.handler.lambda_handler(records(bodies, at=world.now), Context(60_000))  # type: ignore[arg-type]
    written = "".join([*bodies, *capsys.readouterr(), caplog.text, *map(str, caplog.records)]).upper()
    for secret in (PASSWORD, DIGITS, DIGITS[5:]):
        assert secret.upper() not in written


def test_two_users_with_the_same_password_leave_different_seals(world: World, bob: Person):
    clerk = colleague(world, bob, "clerk")
    assert decide(world, signed_in(world, bob), True).status == 200
    signed_in(world, clerk)
    seals = [one["sealed"] for one in map(json.loads, waiting.taken()) if one["kind"] == "PasswordUsed"]
    assert len(set(seals)) == len(seals) == 2


def test_it_is_asked_at_most_once_a_day(world: World, bob: Person, leaked: Range):
    leaked.answer = OTHERS
    for _ in range(3):
        signed_in(world, bob)
        world.wait(SECOND)
    world.deliver()
    assert len(leaked.asked) == 1
    world.wait(policy.BREACH_ASKED_EVERY)
    signed_in(world, bob)
    world.deliver()
    assert len(leaked.asked) == 2


def test_an_account_that_does_not_ask_for_it_costs_and_asks_nothing(world: World, leaked: Range):
    carol = world.add("carol", phone=None)
    signed_in(world, carol)
    world.deliver()
    assert leaked.asked == []


def test_without_a_list_nothing_is_queued(world: World, bob: Person, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "BREACHED_PASSWORDS_URL", "")
    signed_in(world, bob)
    assert [one for one in map(json.loads, waiting.taken()) if one["kind"] == "PasswordUsed"] == []


def test_a_sign_in_takes_no_round_trip_more_and_one_message_more_where_it_asks(world: World, bob: Person):
    def counted() -> tuple[int, int]:
        with overheard() as made:
            signed_in(world, bob)
        queued = sum(call.service == "sqs" for call in made)
        return len(made) - queued, queued

    asking = counted()
    world.wait(SECOND)
    silent = counted()
    assert asking == (silent[0], silent[1] + 1)


def test_a_hit_for_a_password_that_was_changed_meanwhile_does_nothing(world: World, bob: Person):
    token = signed_in(world, bob)
    chosen = {"current_password": PASSWORD, "password": NEW}
    changed = ask(world, token, "POST", "/account/password", chosen).body["session"]["token"]
    assert told(world) == []
    assert not must_change(world, changed)


def test_a_notice_that_comes_twice_tells_once(world: World, bob: Person):
    signed_in(world, bob)
    bodies = waiting.taken()
    for _ in range(2):
        notify.handler.lambda_handler(records(bodies, at=world.now), Context(60_000))  # type: ignore[arg-type]
    assert told(world) == ["bob@example.com"]


def test_a_list_that_is_down_holds_nobody_up_and_is_asked_another_day(world: World, bob: Person, leaked: Range):
    leaked.is_down = True
    signed_in(world, bob)
    assert world.deliver() == []
    assert told(world) == []
    leaked.is_down = False
    world.wait(policy.BREACH_ASKED_EVERY)
    signed_in(world, bob)
    assert told(world) == ["bob@example.com"]


def test_a_client_that_does_not_know_of_the_switch_leaves_it_as_it_is(world: World, bob: Person, leaked: Range):
    leaked.answer = OTHERS
    token = signed_in(world, bob)
    answer = ask(world, token, "PUT", "/account/policy", SENSITIVE["PUT /account/policy"])
    assert answer.body["check_breached_passwords"] is True
    world.wait(policy.BREACH_ASKED_EVERY + timedelta(minutes=1))
    assert decide(world, signed_in(world, bob), False).body["check_breached_passwords"] is False

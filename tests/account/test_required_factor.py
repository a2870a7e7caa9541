"""An owner requires a second factor of everybody: from that day on, whoever has none can do nothing but enable one."""

from datetime import date, timedelta

import pytest

import authorizer.handler
import notify.reminders
from furtka.cli import main
from tests.account.ip_lists import colleague
from tests.support.events import Context, Reply, authorizer_event
from tests.support.factors import SECOND, ask, signed_in, with_app, with_phone
from tests.support.routes import HARMLESS, OPEN_WITHOUT_FACTOR, SENSITIVE
from tests.support.world import NOON, Person, World

A_DAY = timedelta(days=1)
IN_TEN_DAYS = NOON.date() + 10 * A_DAY
MISSING = "/account/factors/missing"
REFUSED = (403, "second_factor_required")
SUBJECT = "Your account will require a second factor"


@pytest.fixture
def clerk(world: World) -> Person:
    """A sub-user of ann, without a second factor."""
    return colleague(world, world.ann, "clerk")


def decide(world: World, day: date | None, token: str | None = None) -> Reply:
    wanted = SENSITIVE["PUT /account/policy"] | {"second_factor_required_from": day and day.isoformat()}
    return ask(world, token or signed_in(world), "PUT", "/account/policy", wanted)


def until(world: World, day: date) -> None:
    """Wait for midnight UTC of *day*."""
    world.wait(timedelta(days=(day - world.now.date()).days) - timedelta(hours=world.now.hour))


def told(world: World, subject: str = SUBJECT) -> list[str]:
    return sorted(address for address, its_subject, _ in world.mails if its_subject == subject)


def remind(world: World) -> None:
    notify.reminders.lambda_handler({"time": f"{world.now:%Y-%m-%dT%H:%M:%SZ}"}, Context(60_000))  # type: ignore[arg-type]


def said(answer: Reply) -> tuple[int, str]:
    return answer.status, answer.error


def test_from_that_day_on_whoever_has_none_can_do_nothing_but_enable_one(world: World, clerk: Person):
    assert decide(world, IN_TEN_DAYS).status == 200
    until(world, IN_TEN_DAYS)
    world.wait(-SECOND)
    token = signed_in(world, clerk)
    assert ask(world, token, "GET", "/profile").status == 200
    world.wait(SECOND)
    routes = SENSITIVE | HARMLESS
    for line in sorted(routes.keys() - OPEN_WITHOUT_FACTOR):
        if line.startswith("GET /account/factors/missing") or "ip-lists" in line:
            continue  # for the owner alone
        answer = ask(world, token, *line.split(), routes[line])
        assert (line, answer.error) in {(line, "second_factor_required"), (line, "owner_only")}


def test_a_session_tells_when_it_is_required_and_whether_it_is_missing(world: World, clerk: Person):
    assert world.me(signed_in(world)).body["second_factor_required_from"] is None
    decide(world, IN_TEN_DAYS)
    me = world.me(signed_in(world, clerk)).body
    assert me["second_factor_required_from"] == f"{IN_TEN_DAYS}T00:00:00Z"
    assert me["must_enable_second_factor"] is False
    until(world, IN_TEN_DAYS)
    assert world.me(signed_in(world, clerk)).body["must_enable_second_factor"] is True
    assert world.me(signed_in(world)).body["must_enable_second_factor"] is False


@pytest.mark.parametrize("enable", [with_app, lambda world, token: with_phone(world, token, "+48600100299")])
def test_they_enable_one_with_the_password_alone_and_are_free(world: World, clerk: Person, enable: object):
    decide(world, NOON.date())
    world.wait(SECOND)
    token = signed_in(world, clerk)
    assert said(ask(world, token, "GET", "/profile")) == REFUSED
    assert callable(enable)
    enable(world, token)
    assert ask(world, token, "GET", "/profile").status == 200


def test_the_owner_is_bound_as_well(world: World):
    bob = world.add("bob", phone=None)
    token = signed_in(world, bob)
    assert decide(world, NOON.date(), token).status == 200
    assert said(decide(world, None, token)) == REFUSED
    with_app(world, token)
    assert decide(world, None, token).status == 200


def test_nobody_switches_off_their_last_one_meanwhile(world: World):
    token = signed_in(world)
    decide(world, IN_TEN_DAYS, token)
    until(world, IN_TEN_DAYS)
    token = signed_in(world)
    answer = ask(world, token, "DELETE", "/account/factors/sms")
    assert said(answer) == (403, "account_policy")
    with_app(world, token)
    assert ask(world, token, "DELETE", "/account/factors/sms").status == 204
    assert said(ask(world, token, "DELETE", "/account/factors/totp")) == (403, "account_policy")


def test_before_that_day_the_last_one_can_still_be_switched_off(world: World):
    token = signed_in(world)
    decide(world, IN_TEN_DAYS, token)
    assert ask(world, token, "DELETE", "/account/factors/sms").status == 204


def test_other_apis_of_the_platform_are_closed_to_them_too(world: World, clerk: Person):
    decide(world, NOON.date())
    event = authorizer_event(f"Bearer {signed_in(world, clerk)}", at=world.now)
    answer = authorizer.handler.lambda_handler(event, Context())
    assert answer["context"]["error"] == "second_factor_required"


def test_the_owner_sees_who_has_none_and_nobody_else_does(world: World, clerk: Person):
    colleague(world, world.ann, "gone", enabled=False)
    colleague(world, world.add("bob"), "stranger")
    token = signed_in(world, clerk)
    assert ask(world, signed_in(world), "GET", MISSING).body == {
        "users": [{"user_id": clerk.user_id, "login": "clerk", "owner": False}]
    }
    assert said(ask(world, token, "GET", MISSING)) == (403, "owner_only")
    with_app(world, token)
    assert ask(world, signed_in(world), "GET", MISSING).body == {"users": []}


def test_a_client_that_does_not_know_of_it_leaves_it_as_it_is(world: World):
    token = signed_in(world)
    assert decide(world, IN_TEN_DAYS, token).body["second_factor_required_from"] == str(IN_TEN_DAYS)
    answer = ask(world, token, "PUT", "/account/policy", SENSITIVE["PUT /account/policy"])
    assert answer.body["second_factor_required_from"] == str(IN_TEN_DAYS)
    assert decide(world, None, token).body["second_factor_required_from"] is None


def test_everybody_is_told_when_it_is_decided_and_not_when_something_else_is(world: World, clerk: Person):
    token = signed_in(world)
    decide(world, IN_TEN_DAYS, token)
    assert told(world) == ["ann@example.com", "clerk@example.com"]
    assert sum("you have none yet" in text for _, _, text in world.mails) == 1
    decide(world, IN_TEN_DAYS, token)
    decide(world, None, token)
    assert len(told(world)) == 2


def test_who_decides_again_and_again_writes_to_everybody_once_a_day(world: World, clerk: Person):
    token = signed_in(world)
    for _ in range(3):
        decide(world, IN_TEN_DAYS, token)
        decide(world, None, token)
    assert told(world) == ["ann@example.com", "clerk@example.com"]


def test_whoever_has_none_is_reminded_a_week_and_a_day_before_and_once_each(world: World, clerk: Person):
    decide(world, IN_TEN_DAYS)
    heard = len(told(world))
    reminded: list[int] = []
    for day in range(12):
        for _ in range(2):
            remind(world)
        if len(told(world)) > heard:
            reminded.append(day)
            assert told(world)[heard:] == ["clerk@example.com"] * (len(told(world)) - heard)
            heard = len(told(world))
        world.wait(A_DAY)
    assert reminded == [3, 9]


def test_whoever_enabled_one_or_is_suspended_is_not_reminded(world: World, clerk: Person):
    late = colleague(world, world.ann, "late")
    decide(world, IN_TEN_DAYS)
    with_app(world, signed_in(world, clerk))
    world.wait(4 * A_DAY)
    remind(world)
    assert told(world).count("clerk@example.com") == 1
    assert told(world).count(late.email) == 2
    assert main(["accounts", "suspend", "--login", "ann"]) == 0
    world.wait(6 * A_DAY)
    remind(world)
    assert told(world).count(late.email) == 2


def test_nobody_is_reminded_of_what_was_taken_back(world: World, clerk: Person):
    token = signed_in(world)
    decide(world, IN_TEN_DAYS, token)
    decide(world, None, token)
    world.wait(9 * A_DAY)
    remind(world)
    assert told(world).count(clerk.email) == 1

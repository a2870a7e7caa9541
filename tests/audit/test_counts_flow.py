"""Refused attempts are told from the rows that count them: one event for a login, a network and a minute."""

import json
from datetime import timedelta
from typing import Any

import pytest

from audit import counts_flow, handler
from shared import policy
from shared.crypto import randomness
from shared.domain import identifiers
from shared.domain.activity import Event
from shared.domain.audit_events import Refused
from tests.support import audit as support
from tests.support import programs
from tests.support.audit import MINUTE, Desk
from tests.support.events import HOME, Context
from tests.support.world import World

ABROAD = "203.0.113.9"
TYPED = "my-Secret-Passw0rd"
SECOND = timedelta(seconds=1)


def _guess(world: World, login: str = "ann", **more: Any) -> int:
    return world.post("/login", {"login": login, "password": "Wrong-Horse-7"}, **more).status


def test_wrong_passwords_of_a_minute_are_one_event_with_their_number(world: World, audit: Desk):
    assert [_guess(world) for _ in range(3)] == [401] * 3
    audit.tell_counts(at=world.now)
    (told,) = audit.told()
    assert told == {
        "version": 1,
        "id": told["id"],
        "time": world.now.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "event": Event.LOGIN_FAILED,
        "actor": "none",
        "proof": "none",
        "subject": world.ann.user_id,
        "account": world.ann.user_id[:10],
        "address": HOME,
        "device": "none",
        "outcome": "failure",
        "reason": "password_refused",
        "request_id": "none",
        "about": "none",
        "times": 3,
    }


def test_each_network_and_each_login_is_told_apart(world: World, audit: Desk):
    world.add("bob")
    for login, address in (("ann", HOME), ("ann", ABROAD), ("bob", HOME)):
        _guess(world, login, address=address)
    audit.tell_counts(at=world.now)
    assert len({(one["subject"], one["address"]) for one in audit.told(Event.LOGIN_FAILED)}) == 3


def test_a_password_that_is_typed_as_a_login_is_told_as_a_keyed_hash(world: World, audit: Desk):
    _guess(world, TYPED)
    audit.tell_counts(at=world.now)
    (told,) = audit.told()
    assert told["subject"].startswith("login:")
    assert told["account"] == "none"
    assert TYPED.casefold() not in json.dumps(told).casefold()


def test_a_right_password_is_told_as_no_failure(world: World, audit: Desk):
    world.sign_in()
    audit.tell_counts(at=world.now)
    assert audit.told() == []


def test_a_right_password_after_wrong_ones_takes_back_only_itself(world: World, audit: Desk):
    for _ in range(2):
        _guess(world)
    assert world.sign_in().status == 200
    audit.tell_counts(at=world.now)
    assert [one["times"] for one in audit.told()] == [2]


def test_a_right_password_that_is_under_way_when_the_minute_ends_is_told_as_no_failure(world: World, audit: Desk):
    world.wait(MINUTE)
    world.sign_in()
    records = [one for one in audit.records("strikes") if one["dynamodb"]["Keys"]["about"]["S"].endswith("anywhere")]
    counted, taken_back = records
    before, after = world.now - MINUTE + SECOND, world.now + SECOND
    for start, record in ((before, counted), (after, taken_back)):
        state = handler.lambda_handler(support.window([record], at=start), Context())["state"]  # type: ignore[arg-type, index]
        handler.lambda_handler(support.window([], at=start, state=state, is_final=True), Context())  # type: ignore[arg-type]
    assert audit.told() == []


def test_wrong_codes_are_told_and_right_ones_are_not(world: World, audit: Desk):
    challenge = world.challenge()
    world.verify(challenge, world.wrong_code())
    assert world.verify(challenge, world.code()).status == 200
    audit.tell_counts(at=world.now)
    (told,) = audit.told()
    assert (told["event"], told["subject"], told["times"]) == (Event.CODES_FAILED, world.ann.user_id, 1)
    assert (told["proof"], told["reason"], told["address"]) == ("password", "wrong_code", HOME)


def test_made_up_tokens_are_told_for_their_network(world: World, audit: Desk):
    for _ in range(4):
        made_up = identifiers.write(randomness.token("api", world.ann.user_id))
        assert world.call("GET", "/profile", headers={"Authorization": f"Bearer {made_up}"}).status == 401
    audit.tell_counts(at=world.now)
    (told,) = audit.told()
    assert (told["event"], told["times"], told["address"]) == (Refused.SECRET_FORGED, 4, HOME)
    assert (told["subject"], told["account"]) == ("none", "none")


def test_wrong_api_passwords_are_told(world: World, audit: Desk):
    for _ in range(2):
        world.call("GET", "/profile", headers={"Authorization": programs.basic("ann", "Wrong-Horse-7")})
    audit.tell_counts(at=world.now)
    (told,) = audit.told()
    assert (told["event"], told["times"], told["subject"]) == (Refused.API_PASSWORD_FAILED, 2, world.ann.user_id)


def test_a_request_that_has_to_wait_writes_nothing_and_so_comes_no_record(world: World, audit: Desk):
    while _guess(world) != 429:
        pass
    audit.records("strikes")
    assert _guess(world) == 429
    assert audit.records("strikes") == []


def test_what_dynamodb_forgets_is_no_right_attempt(world: World, audit: Desk):
    _guess(world)
    (record,) = [one for one in audit.records("strikes") if one["dynamodb"]["Keys"]["about"]["S"].endswith("anywhere")]
    forgotten = record | {"userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}}
    forgotten["eventName"] = "REMOVE"
    assert counts_flow.added({}, [forgotten]) == {}


def test_a_minute_that_is_told_again_has_the_same_ids(world: World, audit: Desk):
    _guess(world)
    state = counts_flow.added({}, audit.records("strikes"))
    frame = support.window([], at=world.now, is_final=True)["window"]
    for _ in range(2):
        counts_flow.tell(state, frame)
    first, second = audit.told()
    assert first == second


def test_a_stranger_with_thousands_of_logins_makes_a_bounded_number_of_events(
    world: World, audit: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(policy, "REFUSALS_TOLD_A_MINUTE", 5)
    for number in range(12):
        _guess(world, f"nobody{number}")
    audit.tell_counts(at=world.now)
    told = audit.told()
    assert len(told) == 6
    assert sum(one["times"] for one in told) == 12
    assert [one["times"] for one in told if one["subject"] == "many"] == [7]


def test_a_state_fits_what_lambda_hands_on(world: World, audit: Desk):
    _guess(world, "n" * 64, address="2001:db8:1234:5678::1")
    ((key, group),) = counts_flow.added({}, audit.records("strikes")).items()
    assert len(json.dumps({key: group})) * policy.REFUSALS_TOLD_A_MINUTE < 10**6

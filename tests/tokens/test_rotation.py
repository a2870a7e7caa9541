"""Rotation: for a while two secrets open the same door, and then one."""

from datetime import timedelta
from typing import Any

import pytest

from shared import policy
from shared.domain import identifiers
from tests.support.calls import Answer, AwsCall, Proceed, intercepted
from tests.support.events import Reply
from tests.support.world import World
from tests.tokens.asking import (
    a_request_of_its_own,
    ask,
    made,
    manager,
    post,
    seen,
    signed_in,
    while_it_is_written,
    works,
)

SECOND = timedelta(seconds=1)


def id_of(secret: str) -> str:
    token = identifiers.read(secret, kind="api") or identifiers.read(secret, kind="client")
    assert token
    return token.id


def rotate(world: World, by: str, token_id: str, body: object = None) -> Reply:
    return ask(world, by, "POST", f"/tokens/{token_id}/rotate", body)


def rotated(world: World, secret: str, **order: Any) -> str:
    """The new secret of that token, asked for by ann."""
    answer = rotate(world, signed_in(world), id_of(secret), order)
    assert answer.status == 201, answer
    return str(answer.body["access_token"])


def test_old_and_new_work_for_a_day_and_then_the_new_alone(world: World):
    old = manager(world)
    new = rotated(world, old)
    assert id_of(new) == id_of(old)
    assert new != old
    assert [works(world, old), works(world, new)] == [True, True]
    world.wait(policy.ROTATION_OVERLAP - SECOND)
    assert [works(world, old), works(world, new)] == [True, True]
    world.wait(SECOND)
    assert [works(world, old), works(world, new)] == [False, True]


@pytest.mark.parametrize("minutes", [1, 90, policy.LONGEST_ROTATION_OVERLAP // timedelta(minutes=1)])
def test_the_overlap_is_as_long_as_is_asked_for(world: World, minutes: int):
    old = manager(world)
    rotated(world, old, overlap_minutes=minutes)
    world.wait(timedelta(minutes=minutes) - SECOND)
    assert works(world, old)
    world.wait(SECOND)
    assert not works(world, old)


def test_without_overlap_the_old_one_stops_at_once(world: World):
    old = manager(world)
    new = rotated(world, old, overlap_minutes=0)
    assert [works(world, old), works(world, new)] == [False, True]


@pytest.mark.parametrize(
    ("order", "error"),
    [
        ({"overlap_minutes": -1}, "greater_than_equal"),
        ({"overlap_minutes": 7 * 24 * 60 + 1}, "less_than_equal"),
        ({"overlap_minutes": True}, "int_type"),
        ({"overlap_minutes": "60"}, "int_type"),
        ({"overlap": 60}, "extra_forbidden"),
        ("null", "dict_type"),
        ("[null]", "dict_type"),
    ],
)
def test_a_malformed_order_rotates_nothing(world: World, order: Any, error: str):
    old = manager(world)
    answer = rotate(world, signed_in(world), id_of(old), order)
    assert (answer.status, answer.body["errors"][0]["error"]) == (422, error)
    assert works(world, old)


@pytest.mark.parametrize("order", [None, "", {}])
def test_who_says_nothing_gets_a_day(world: World, order: object):
    answer = rotate(world, signed_in(world), id_of(manager(world)), order)
    assert answer.body["overlap_until"] == f"{world.now + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"


def test_rotated_again_after_the_new_one_was_used_the_older_one_stops(world: World):
    first = manager(world)
    second = rotated(world, first)
    assert works(world, second)
    third = rotated(world, second, overlap_minutes=1)
    assert [works(world, secret) for secret in (first, second, third)] == [False, True, True]


def test_rotated_again_because_the_answer_was_lost_the_one_in_use_works_until_its_promised_end(world: World):
    in_use = manager(world)
    lost = rotated(world, in_use, overlap_minutes=60)
    world.wait(timedelta(minutes=50))
    by = signed_in(world)
    again = rotate(world, by, id_of(in_use), {"overlap_minutes": 600}).body
    assert again["overlap_until"] == f"{world.now + timedelta(minutes=10):%Y-%m-%dT%H:%M:%SZ}"
    new = again["access_token"]
    assert [works(world, secret) for secret in (in_use, lost, new)] == [True, False, True]
    world.wait(timedelta(minutes=10))
    assert [works(world, secret) for secret in (in_use, new)] == [False, True]


def test_rotated_again_without_overlap_the_one_in_use_stops_at_once(world: World):
    in_use = manager(world)
    lost = rotated(world, in_use)
    new = rotated(world, in_use, overlap_minutes=0)
    assert [works(world, secret) for secret in (in_use, lost, new)] == [False, False, True]


def test_after_the_overlap_a_secret_that_was_never_used_overlaps_as_any(world: World):
    first = manager(world)
    second = rotated(world, first, overlap_minutes=1)
    world.wait(timedelta(minutes=1))
    third = rotated(world, first, overlap_minutes=1)
    assert [works(world, secret) for secret in (first, second, third)] == [False, True, True]


def test_a_program_that_rotated_itself_and_lost_the_answer_asks_again_with_what_it_has(world: World):
    old = manager(world, expiration_date="2098-01-01")
    lost = rotate(world, old, id_of(old)).body["access_token"]
    new = rotate(world, old, id_of(old)).body["access_token"]
    assert [works(world, secret) for secret in (lost, new, old)] == [False, True, True]
    assert rotate(world, old, id_of(old)).error == "exceeds_own_rights"  # somebody has the new one by now


def test_a_secret_that_is_shown_from_a_wrong_address_was_not_used(world: World):
    first = manager(world, ip_list=["198.51.100.0/24"])
    second = rotated(world, first)
    assert ask(world, second, "GET", "/tokens", address="203.0.113.9").error == "address_not_allowed"
    rotated(world, first)
    assert [works(world, secret) for secret in (first, second)] == [True, False]


def test_a_rotation_that_comes_between_a_first_use_and_its_record_wins_and_refuses_the_use(world: World):
    first = manager(world)
    by, second = signed_in(world), rotated(world, first)
    answers: list[Reply] = []

    def come_first(call: AwsCall, proceed: Proceed) -> Answer:
        if call.operation == "UpdateItem" and "tokens" in call.tables and not answers:
            answers.append(Reply(0, {}, ""))
            with a_request_of_its_own():
                answers.append(rotate(world, by, id_of(first)))
        return proceed()

    with intercepted(come_first):
        assert ask(world, second, "GET", "/tokens").status == 401
    assert [works(world, secret) for secret in (first, second)] == [True, False]
    assert works(world, answers[-1].body["access_token"])


def test_a_use_that_comes_before_a_rotation_is_written_wins_and_refuses_the_rotation(world: World):
    first = manager(world)
    by, second = signed_in(world), rotated(world, first)
    with while_it_is_written(lambda: ask(world, second, "GET", "/tokens")) as others:
        refused = rotate(world, by, id_of(first))
    assert (others[0].status, refused.status, refused.error) == (200, 409, "outrun")
    assert rotate(world, by, id_of(first)).status == 201
    assert [works(world, secret) for secret in (first, second)] == [False, True]


def test_what_is_told_of_the_token_is_that_of_its_new_secret(world: World):
    old = manager(world)
    by, new = signed_in(world), rotated(world, old)
    told = seen(world, by, id_of(old))
    assert told["last_four"] == new[-4:]
    assert told["overlap_until"] == f"{world.now + policy.ROTATION_OVERLAP:%Y-%m-%dT%H:%M:%SZ}"
    world.wait(policy.ROTATION_OVERLAP)
    assert seen(world, new, id_of(old))["overlap_until"] is None


def test_all_else_of_the_token_is_as_it_was(world: World):
    by = signed_in(world)
    before = made(
        world, by, scopes="sms tokens", rate_limit=9, ip_list=["198.51.100.0/24"], expiration_date="2098-01-01"
    )
    after = rotate(world, by, before["id"]).body
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"access_token", "last_four", "overlap_until"}


def test_a_client_gets_a_new_secret_under_its_id(world: World):
    by = signed_in(world)
    before = made(world, by, kind="client")
    after = rotate(world, by, before["id"]).body
    assert after["client_id"] == before["client_id"] == id_of(after["client_secret"])
    assert after["client_secret"] != before["client_secret"]


def test_rotation_switches_nothing_on_and_makes_nothing_live_longer(world: World):
    by = signed_in(world)
    off = made(world, by, scopes="tokens")
    ask(world, by, "PATCH", f"/tokens/{off['id']}", {"active": False})
    assert not works(world, rotate(world, by, off["id"]).body["access_token"])
    expired = made(world, by, scopes="tokens", expiration_date=f"{world.now + SECOND:%Y-%m-%dT%H:%M:%SZ}")
    world.wait(SECOND)
    assert not works(world, rotate(world, by, expired["id"]).body["access_token"])


def test_the_overlap_outlives_neither_the_token_nor_its_switch(world: World):
    by, until = signed_in(world), world.now + timedelta(minutes=5)
    old = made(world, by, scopes="tokens", expiration_date=f"{until:%Y-%m-%dT%H:%M:%SZ}")
    rotate(world, by, old["id"])
    assert works(world, old["access_token"])
    ask(world, by, "PATCH", f"/tokens/{old['id']}", {"active": False})
    assert not works(world, old["access_token"])
    ask(world, by, "PATCH", f"/tokens/{old['id']}", {"active": True})
    world.wait(timedelta(minutes=5))
    assert not works(world, old["access_token"])


def test_of_two_rotations_at_once_one_wins_and_no_third_secret_is_about(world: World):
    old = manager(world)
    by = signed_in(world)
    with while_it_is_written(lambda: rotate(world, by, id_of(old))) as others:
        answer = rotate(world, by, id_of(old))
    assert (answer.status, answer.error) == (409, "outrun")
    assert works(world, old)
    assert works(world, others[0].body["access_token"])


def test_a_program_may_rotate_itself(world: World):
    old = manager(world, expiration_date="2098-01-01")
    answer = rotate(world, old, id_of(old))
    assert answer.status == 201
    assert works(world, answer.body["access_token"])


def test_a_secret_that_was_rotated_away_makes_nothing_that_outlives_it(world: World):
    old = manager(world)
    new = rotated(world, old, overlap_minutes=60)
    within, beyond = world.now + timedelta(minutes=60), world.now + timedelta(minutes=61)
    assert rotate(world, old, id_of(old)).error == "exceeds_own_rights"
    assert post(world, old).error == "exceeds_own_rights"
    assert post(world, old, expiration_date=f"{beyond:%Y-%m-%dT%H:%M:%SZ}").error == "exceeds_own_rights"
    assert post(world, old, expiration_date=f"{within:%Y-%m-%dT%H:%M:%SZ}").status == 201
    assert post(world, new).status == 201

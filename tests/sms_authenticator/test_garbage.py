"""SMS Authenticator and what nobody meant to send: it is refused, and never a mistake of ours."""

from typing import Any

import pytest

from shared.domain import points
from tests.sms_authenticator.mfa import CODES, NUMBER, VERIFICATIONS, shop
from tests.support.sending import give_points
from tests.support.world import World

GARBAGE: dict[str, Any] = {
    "an object": {"a": 1},
    "an array": [NUMBER, NUMBER],
    "half a letter": "\ud800",
    "a zero byte": "\0",
    "a yes": True,
    "a broken number": 48600100200.5,
    "a large number": 10**40,
    "much": "9" * 10_000,
}


@pytest.mark.parametrize("value", GARBAGE.values(), ids=GARBAGE.keys())
@pytest.mark.parametrize("name", ["phone_number", "from", "content"])
def test_garbage_in_place_of_a_field_of_a_code_is_refused(world: World, name: str, value: object):
    ann = shop(world)
    give_points(ann.account_id, points.read("1"))
    answer = ann.post(CODES, {"phone_number": NUMBER, name: value})
    assert (answer.status in (400, 403), bool(answer.error)) == (True, True)
    assert ann.balance == points.read("1")


@pytest.mark.parametrize("value", ["perhaps", 2, [], {}, "10"], ids=repr)
def test_fast_is_yes_or_no_in_any_spelling_and_nothing_else(world: World, value: object):
    assert shop(world).post(CODES, {"phone_number": NUMBER, "fast": value}).status == 400


@pytest.mark.parametrize("value", GARBAGE.values(), ids=GARBAGE.keys())
@pytest.mark.parametrize("name", ["phone_number", "code", "id"])
def test_garbage_in_place_of_a_field_of_a_verification_is_refused(world: World, name: str, value: object):
    answer = shop(world).post(VERIFICATIONS, {"phone_number": NUMBER, "code": "123456", name: value})
    assert answer.status in (400, 404)


@pytest.mark.parametrize("path", [CODES, VERIFICATIONS])
def test_a_body_that_is_none_is_refused(world: World, path: str):
    ann = shop(world)
    for body in ("{", "[]", '"x"', "", "\x00"):
        answer = ann.post(path, body)
        assert answer.status == 400
        assert answer.body["errors"] is not None

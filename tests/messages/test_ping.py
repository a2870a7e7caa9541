"""A client asks whether its token would be taken: it gets an answer whatever it shows."""

import pytest

from shared import policy
from shared.domain import identifiers
from tests.messages.conftest import Shop, program
from tests.support import programs
from tests.support.calls import overheard
from tests.support.events import Reply
from tests.support.programs import ELSEWHERE
from tests.support.world import World


def _ping(world: World, shown: str | None = None, **more: str) -> Reply:
    headers = {"Authorization": shown} if shown else {}
    return world.call("GET", "/ping", headers=headers, **more)


def _is_authorized(answer: Reply) -> bool:
    assert (answer.status, answer.body.keys()) == (200, {"authorized", "unavailable"}), answer
    assert answer.body["unavailable"] == []
    return bool(answer.body["authorized"])


def test_a_token_that_would_be_taken_is(shop: Shop):
    assert _is_authorized(shop.rest("GET", "/ping"))


GARBAGE = {
    "nothing": None,
    "no token": "Bearer 0000000000000000000000000000000000000000",
    "no scheme": "token",
    "no pair": "Basic !!",
}


@pytest.mark.parametrize("shown", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_not_and_costs_no_read(world: World, shown: str | None):
    with overheard() as calls:
        assert not _is_authorized(_ping(world, shown))
    assert calls == []


def test_nor_is_one_that_nobody_holds_and_it_is_counted(world: World):
    secret, _ = programs.api_token(world, world.ann)
    body = secret[: -identifiers.CHECKSUM_CHARACTERS - 4] + "AAAA"
    forged = body + identifiers.checksum(body)
    assert not any(_is_authorized(_ping(world, f"Bearer {forged}")) for _ in range(policy.FREE_FORGERIES + 1))
    assert world.call("GET", "/profile", headers={"Authorization": f"Bearer {forged}"}).status == 429


def test_nor_one_that_is_off_or_expired_or_comes_from_elsewhere(shop: Shop):
    world = shop.world
    for facts in ({"enabled": False}, {"expires_at": world.now}, {"sources": ELSEWHERE}):
        assert not _is_authorized(program(world, shop.user_id, **facts).rest("GET", "/ping"))


def test_nor_a_session(shop: Shop):
    opened = shop.world.session()
    assert not _is_authorized(_ping(shop.world, f"Bearer {opened['session']['token']}"))


def test_a_login_and_password_are_taken_where_the_account_takes_them(world: World):
    shown = programs.with_api_password(world, world.ann)
    assert _is_authorized(_ping(world, shown))
    assert not _is_authorized(_ping(world, programs.basic("ann", "Wrong-Room-12")))
    assert not _is_authorized(_ping(world, shown, address=ELSEWHERE))


def test_whether_anybody_answers_is_told_without_a_body(world: World):
    answer = world.call("HEAD", "/ping")
    assert (answer.status, answer.text) == (204, "")


def test_every_other_method_is_refused(world: World):
    assert world.post("/ping").status == 405

"""Collisions, as AWS has them: they may cost time, but neither a promise nor an honest caller's request."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from pynamodb.connection import Connection

from shared import policy, settings
from shared.auth import attempt_limits
from shared.auth.session_opening import NewSession
from shared.crypto import randomness, seal
from shared.domain.challenges import Challenge
from shared.errors import ChallengeClosed, TooManyMessages, TooManyPasswords, WrongCode
from shared.storage import challenges, engine, users
from shared.storage.engine import Unreachable, commit
from tests.races.arena import (
    AT_ONCE,
    CODE,
    NOON,
    WRONG,
    Arena,
    answer,
    attempt_at,
    codes_to,
    log_in,
    messages_to,
    tally,
)
from tests.races.collisions import Collisions

SOME = 6


@pytest.fixture(scope="module")
def connection(dynamodb: Any) -> Iterator[Connection]:
    """The code's own: how AWS refuses is read by PynamoDB and botocore first."""
    connection = Connection(host=dynamodb.meta.endpoint_url, read_timeout_seconds=60, max_pool_connections=AT_ONCE)
    yield connection
    connection.client.close()


@pytest.fixture(autouse=True)
def collisions(arena: Arena, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collisions]:
    monkeypatch.setattr(engine, "_connection", connection)
    with Collisions().among(connection.client) as collisions:
        yield collisions


def test_two_sign_ins_at_the_same_instant_both_get_through(arena: Arena):
    ann = arena.person()
    assert tally(arena.race(*[partial(log_in, ann)] * 2)) == {Challenge: 2}


def test_answers_that_collide_are_judged_no_more_often(arena: Arena, collisions: Collisions):
    ann = arena.person()
    challenge = arena.challenge(ann)
    attempt = attempt_at(challenge)
    collisions.keep_busy(
        (settings.CHALLENGES_TABLE, challenges.code_row(challenge)), 1
    )  # they need not meet by themselves
    codes = [CODE, *[WRONG] * SOME]
    seen = tally(arena.race(*[partial(answer, lambda: attempt, code) for code in codes]))
    assert seen[NewSession] <= 1
    assert seen[NewSession] + seen[WrongCode] <= policy.ATTEMPTS_PER_CHALLENGE
    assert set(seen) <= {NewSession, WrongCode, ChallengeClosed, Unreachable}
    assert arena.rows(settings.SESSIONS_TABLE, ann.user_id) == seen[NewSession]
    assert collisions.count


def test_sign_ins_that_collide_send_no_more_codes_than_are_counted(arena: Arena, collisions: Collisions):
    ann = arena.person()
    strikes = f"password:{seal.fingerprint('login', ann.login)}:anywhere"
    collisions.keep_busy((settings.STRIKES_TABLE, strikes), 1)
    seen = tally(arena.race(*[partial(log_in, ann)] * SOME))
    assert set(seen) <= {Challenge, TooManyMessages, TooManyPasswords, Unreachable}
    assert len(codes_to(ann)) == messages_to(arena, ann) <= 1
    assert collisions.count


@pytest.mark.parametrize("alone", [True, False])
def test_a_write_gets_through_if_what_is_in_its_way_goes_in_time(
    arena: Arena, collisions: Collisions, monkeypatch: pytest.MonkeyPatch, alone: bool
):
    monkeypatch.setattr(randomness, "pause", lambda _: 0)
    ann = arena.person()
    end = users.ending_everything(ann.user_id, now=NOON)
    writes = [end] if alone else [end, attempt_limits.resetting_code_attempts(ann.user_id, now=NOON)]
    row = (settings.USERS_TABLE, ann.account_id, ann.user_id)
    collisions.keep_busy(row, policy.STORE_BUSY_ATTEMPTS - 1)
    commit(*writes)
    collisions.keep_busy(row, policy.STORE_BUSY_ATTEMPTS)
    with pytest.raises(Unreachable):
        commit(*writes)

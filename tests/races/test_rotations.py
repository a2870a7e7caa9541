"""Rotations of an API token against its use and each other: a secret that opened something stays good as promised."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from shared import policy
from shared.auth import api_clients
from shared.auth.api_clients import ApiClient
from shared.auth.sessions import Person
from shared.errors import Outrun, TokenRefused, TooManyForgeries, UnknownToken
from shared.storage import tokens
from shared.storage.engine import commit
from tests.races.arena import HOME, NOON, SOME_SEEDS, Arena, caller, of, tally
from tests.support.tokens import Held, make
from tokens import flow

FEW, SOME = 3, 6
OVERLAP = policy.ROTATION_OVERLAP
type Rotated = tuple[object, str]


@SOME_SEEDS
def test_a_new_secret_that_was_used_is_not_replaced_as_one_whose_answer_was_lost(arena: Arena):
    by, held = owner(arena)
    _, fresh = rotate(by, held)
    answers = arena.race(*[partial(use, fresh)] * SOME, *[partial(rotate, by, held)] * FEW)
    assert set(tally(answers)) <= {ApiClient, tuple, Outrun, TokenRefused, UnknownToken, TooManyForgeries}
    told = [secret for _, secret in of(tuple, answers)]
    assert len([secret for secret in told if works(secret)]) == min(1, len(told))
    assert works(fresh) or not (of(ApiClient, answers) or not told)
    # One of the two older ones still works: the fresh one if it was used, and else the one before it.
    assert [works(held.secret), works(fresh)] in ([True, False], [False, True]) if told else works(held.secret)


@SOME_SEEDS
def test_a_program_that_rotates_itself_several_times_at_once_keeps_what_it_has_until_its_promised_end(arena: Arena):
    _, held = owner(arena)

    def rotates_itself() -> Rotated:
        return rotate(use(held.secret), held)

    answers = arena.race(*[rotates_itself] * FEW, *[partial(use, held.secret)] * SOME)
    assert set(tally(answers)) <= {ApiClient, tuple, Outrun}
    assert len(of(ApiClient, answers)) == SOME
    told = [secret for _, secret in of(tuple, answers)]
    assert len([secret for secret in told if works(secret)]) == 1
    assert works(held.secret)
    assert not works(held.secret, after=OVERLAP)


@SOME_SEEDS
def test_after_a_rotation_without_overlap_was_told_nobody_gets_in_with_the_old_secret(arena: Arena):
    by, held = owner(arena)
    done: list[str] = []

    def rotates() -> Rotated:
        answer = rotate(by, held, timedelta(0))
        done.append(answer[1])
        return answer

    def is_let_in_afterwards() -> bool:
        return bool(done) and works(held.secret)

    callers: list[Callable[[], object]] = [rotates, rotates, *[is_let_in_afterwards] * SOME]
    answers = arena.race(*callers)
    assert not any(one is True for one in answers)
    assert not works(held.secret)
    assert [works(secret) for secret in done].count(True) == 1


@SOME_SEEDS
def test_a_use_at_the_moment_of_a_rotation_takes_nothing_of_it_back(arena: Arena):
    """A use is written down with the seals of the secrets; these must not overwrite newer ones."""
    by, held = owner(arena)
    commit(tokens.changing(held.token, replace(held.token, used_at=NOON - timedelta(days=2)), now=NOON))
    answers = arena.race(partial(rotate, by, held, timedelta(0)), *[partial(use, held.secret)] * SOME)
    assert set(tally(answers)) <= {ApiClient, tuple, Outrun, TokenRefused, UnknownToken, TooManyForgeries}
    told = [secret for _, secret in of(tuple, answers)]
    assert [works(secret) for secret in (held.secret, *told)] == ([False, True] if told else [True])


def owner(arena: Arena) -> tuple[Person, Held]:
    """Somebody who has just signed in, and a token of theirs, whose use was written down just now."""
    person = arena.person()
    (session,) = arena.sessions(person, 1, at=NOON)
    return caller(session), make(person.user_id, now=NOON, used_at=NOON)


def rotate(by: Person | ApiClient, held: Held, overlap: timedelta = OVERLAP) -> Rotated:
    return flow.rotate(by, held.id, overlap, origin=HOME, now=NOON)


def use(secret: str, after: timedelta = timedelta(0)) -> ApiClient:
    return api_clients.by_token(secret, origin=HOME, now=NOON + after)


def works(secret: str, after: timedelta = timedelta(0)) -> bool:
    try:
        use(secret, after)
    except (TokenRefused, TooManyForgeries):
        return False
    return True

"""API tokens in use, by however many at once: what is over is over, and what is counted is exact."""

from dataclasses import replace
from functools import partial

from shared.auth import api_clients
from shared.auth.api_clients import ApiClient
from shared.crypto import randomness
from shared.domain import identifiers
from shared.domain.logins import Login
from shared.domain.tokens import ApiToken
from shared.errors import NotFound, Refusal, TokenRefused, TooManyForgeries, TooManyRequests, UnknownToken
from shared.storage import tokens
from shared.storage.engine import commit
from tests.races.arena import HOME, LATER, NOON, SOME_SEEDS, Arena, of, tally
from tests.support.tokens import make

LIMIT = 100
CALLS = 500
SOME = 10
ONCE_A_DAY = {"used_at": NOON}
"""Nothing is to be written down about a use of such a token."""


def use(secret: str) -> ApiClient:
    return api_clients.by_token(secret, origin=HOME, now=LATER)


def rename(token: ApiToken) -> None:
    commit(tokens.changing(token, replace(token, name="Else"), now=NOON))


def delete(token: ApiToken) -> None:
    commit(tokens.removing(token))


def works(secret: str) -> bool:
    try:
        use(secret)
    except (TokenRefused, TooManyForgeries):
        return False
    return True


@SOME_SEEDS
def test_of_many_who_delete_a_token_one_did(arena: Arena):
    token = make(arena.person().user_id, now=NOON).token
    answers = arena.race(*[partial(delete, token)] * arena.crowd)
    assert tally(answers) == {type(None): 1, NotFound: arena.crowd - 1}


@SOME_SEEDS
def test_after_a_token_was_switched_off_nobody_gets_in_with_it(arena: Arena):
    held = make(arena.person().user_id, now=NOON)
    token, secret = held.token, held.secret
    done: list[bool] = []

    def disable() -> None:
        commit(tokens.changing(token, replace(token, enabled=False), now=NOON))
        done.append(True)

    def is_let_in_afterwards() -> bool:
        return bool(done) and works(secret)

    got = arena.race(disable, *[is_let_in_afterwards] * arena.crowd)
    assert not any(one is True for one in got)
    assert not works(secret)


@SOME_SEEDS
def test_a_change_and_a_use_at_once_lose_neither(arena: Arena):
    held = make(arena.person().user_id, now=NOON)
    token, secret = held.token, held.secret
    answers = arena.race(partial(rename, token), *[partial(use, secret)] * SOME)
    assert not of(Refusal, answers)
    kept = tokens.find(token.account_id, token.token_id)
    assert kept
    assert (kept.name, kept.used_from, kept.used_at) == ("Else", HOME.address, LATER)


@SOME_SEEDS
def test_of_five_hundred_requests_in_a_minute_exactly_as_many_pass_as_the_token_may_send(arena: Arena):
    secret = make(arena.person().user_id, now=NOON, rate_limit=LIMIT, **ONCE_A_DAY).secret
    answers = arena.race(*[partial(use, secret)] * CALLS)
    assert tally(answers) == {ApiClient: LIMIT, TooManyRequests: CALLS - LIMIT}


@SOME_SEEDS
def test_made_up_secrets_are_refused_unseen_after_twenty_and_a_right_one_is_still_taken(arena: Arena):
    ann = arena.person()
    origin = replace(HOME, address=f"10.{'.'.join(str(arena.chance.randrange(256)) for _ in range(3))}")
    secret = make(ann.user_id, now=NOON, **ONCE_A_DAY).secret
    answers = arena.race(*[lambda: api_clients.by_token(_made_up(ann), origin=origin, now=NOON)] * arena.crowd)
    assert tally(answers) == {UnknownToken: 20, TooManyForgeries: arena.crowd - 20}
    assert api_clients.by_token(secret, origin=origin, now=NOON)


def _made_up(person: Login) -> str:
    return identifiers.write(randomness.token("api", person.user_id))

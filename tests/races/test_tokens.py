"""API tokens on the real engine: the very next request sees every change, and of those that meet one wins whole."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest

from shared import policy
from shared.auth import api_clients, api_tokens
from shared.auth.api_clients import ApiClient
from shared.auth.sessions import Person
from shared.crypto import randomness, seal
from shared.domain import identifiers
from shared.domain.identifiers import user_of
from shared.domain.origins import Origin
from shared.domain.rights import Rights
from shared.domain.tokens import ApiToken
from shared.errors import BoundForLife, ExceedsRights, NotFound, Outrun, Refusal, TokenQuotaReached, TokenRefused
from shared.storage import tokens, users
from shared.storage.engine import Write, commit
from tests.races.arena import HOME, NOON, ONE_SEED, SOME_SEEDS, Arena, caller, of, tally
from tokens import flow

TIMES = 1000
A_HUNDRED_TIMES = 100  # where it is one row that changes, as before
FEW = 6
SECOND = timedelta(seconds=1)

create = partial(flow.create, origin=HOME, now=NOON)
rotate = partial(flow.rotate, origin=HOME, now=NOON)
change = partial(flow.change, origin=HOME, now=NOON)
delete = partial(api_tokens.delete, origin=HOME, now=NOON)
ORDER = flow.WantedToken("api", "robot", "", Rights(frozenset({"sms", "tokens"})))


def token_of(user_id: str) -> tuple[ApiToken, str]:
    """A token that may send SMS, as it lies in the table, and its secret. Its use was written down just now."""
    secret = randomness.token("api", user_id)
    written = identifiers.write(secret)
    token = ApiToken(
        account_id=secret.account_id,
        token_id=secret.id,
        kind="api",
        sealed_secret=seal.token(secret),
        name="robot",
        description="",
        scopes="sms tokens",
        enabled=True,
        created_at=NOON,
        created_by="ann",
        last_four=written[-4:],
        used_at=NOON,
    )
    commit(tokens.adding(token))
    return token, written


def found(token: ApiToken) -> ApiToken:
    now = tokens.find(token.account_id, token.token_id)
    assert now
    return now


def program(secret: str, origin: Origin = HOME) -> ApiClient:
    return api_clients.by_token(secret, origin=origin, now=NOON)


_places = count()


def scopes(secret: str) -> frozenset[str]:
    """What the next request with it may do: nothing, where it is refused.

    Each comes from an address of its own: of secrets that nobody holds only some are looked at from one.
    """
    place = next(_places)
    try:
        return program(secret, Origin(f"10.0.{place // 256}.{place % 256}", "Check/1.0")).rights.scopes
    except TokenRefused:
        return frozenset()


# --- The very next request --------------------------------------------------------------------------------

BOTH, NOTHING = frozenset({"sms", "tokens"}), frozenset[str]()


def changed(token: ApiToken, **facts: Any) -> ApiToken:
    after = replace(token, **facts)
    commit(tokens.changing(token, after, now=NOON))
    return replace(after, revision=token.revision + 1)


def switched(user_id: str, *, enabled: bool) -> Write:
    return users.switching(user_id, enabled=enabled, now=NOON)


@ONE_SEED
def test_what_is_switched_off_is_refused_with_the_very_next_request(arena: Arena):
    token, secret = token_of(arena.person().user_id)
    for _ in range(TIMES):
        token = changed(token, enabled=False)
        assert scopes(secret) == NOTHING
        token = changed(token, enabled=True)
    assert scopes(secret) == BOTH


@ONE_SEED
def test_what_is_narrowed_is_narrower_with_the_very_next_request(arena: Arena):
    token, secret = token_of(arena.person().user_id)
    for _ in range(TIMES):
        token = changed(token, scopes="sms")
        assert scopes(secret) == {"sms"}
        token = changed(token, scopes="sms tokens")
    assert scopes(secret) == BOTH


@ONE_SEED
def test_what_is_deleted_is_refused_with_the_very_next_request(arena: Arena):
    person = arena.person()
    for _ in range(TIMES):
        token, secret = token_of(person.user_id)
        commit(tokens.removing(token))
        assert scopes(secret) == NOTHING


@ONE_SEED
def test_what_is_rotated_without_overlap_is_refused_with_the_very_next_request(arena: Arena):
    token, secret = token_of(arena.person().user_id)
    for _ in range(A_HUNDRED_TIMES):
        new = replace(randomness.token("api", user_of(token.token_id)), id=token.token_id)
        rotated = token.rotated(seal.token(new), "xxxx", overlap=timedelta(0), now=NOON)
        token = changed(token, **{name: getattr(rotated, name) for name in ("sealed_secret", "sealed_before")})
        older, secret = secret, identifiers.write(new)
        assert scopes(older) == NOTHING
    assert scopes(secret) == BOTH


@ONE_SEED
def test_tokens_of_a_user_who_is_switched_off_are_refused_with_the_very_next_request(arena: Arena):
    person = arena.person()
    _, secret = token_of(person.user_id)
    for _ in range(A_HUNDRED_TIMES):
        commit(switched(person.user_id, enabled=False))
        assert scopes(secret) == NOTHING
        commit(switched(person.user_id, enabled=True))
    assert scopes(secret) == BOTH


# --- Several at once --------------------------------------------------------------------------------------


@SOME_SEEDS
def test_of_rotations_at_once_those_that_won_are_told_and_no_other_secret_opens_anything(arena: Arena):
    by, (token, before) = _owner(arena)
    answers = arena.race(*[lambda: rotate(by, token.token_id, policy.ROTATION_OVERLAP)] * FEW)
    assert set(tally(answers)) <= {tuple, Outrun}
    secrets = [before, *(secret for _, secret in of(tuple, answers))]
    working = [secret for secret in secrets if scopes(secret)]
    assert found(token).revision == len(secrets) - 1
    assert len(working) == 2


@SOME_SEEDS
def test_what_is_deleted_while_all_else_happens_to_it_stays_deleted(arena: Arena):
    by, (token, before) = _owner(arena)
    answers = arena.race(
        lambda: delete(by, token.token_id),
        lambda: rotate(by, token.token_id, policy.ROTATION_OVERLAP),
        lambda: change(by, token.token_id, {"enabled": False}),
        lambda: change(by, token.token_id, {"expires_at": NOON + SECOND}),
        lambda: scopes(before),
        lambda: scopes(before),
    )
    assert set(tally(answers)) <= {type(None), tuple, ApiToken, frozenset, Outrun, NotFound}
    assert tokens.find(token.account_id, token.token_id) is None
    assert not any(scopes(secret) for secret in [before, *(secret for _, secret in of(tuple, answers))])


@SOME_SEEDS
def test_a_manager_that_is_switched_off_meanwhile_leaves_nothing_that_came_later(arena: Arena):
    by, (token, secret) = _owner(arena)
    acting = program(secret)
    answers = arena.race(lambda: change(by, token.token_id, {"enabled": False}), *[lambda: create(acting, ORDER)] * FEW)
    assert set(tally(answers)) <= {tuple, ApiToken, Outrun}
    with pytest.raises(Outrun):
        create(acting, ORDER)
    others = [one for one, _ in of(tuple, answers)]
    assert len(tokens.of_user(by.user.user_id)[0]) == 1 + len(others)


@SOME_SEEDS
def test_a_target_that_grows_meanwhile_is_not_in_the_hands_of_a_weaker_program(arena: Arena):
    by, (weak, secret) = _owner(arena)
    target, _ = token_of(by.user.user_id)
    commit(tokens.changing(weak, replace(weak, expires_at=NOON + policy.ROTATION_OVERLAP), now=NOON))
    commit(tokens.changing(target, replace(target, expires_at=NOON + SECOND), now=NOON))
    acting = program(secret)
    answers = arena.race(
        lambda: change(by, target.token_id, {"expires_at": None}),
        *[lambda: rotate(acting, target.token_id, policy.ROTATION_OVERLAP)] * FEW,
    )
    assert set(tally(answers)) <= {tuple, ApiToken, Outrun, ExceedsRights, BoundForLife}
    after = found(target)
    if after.expires_at is None:
        with pytest.raises(ExceedsRights):
            rotate(acting, target.token_id, policy.ROTATION_OVERLAP)
    won = [token for token, _ in of(tuple, answers)]
    assert all(token.rights.is_within(acting.rights) for token in won)


@SOME_SEEDS
def test_a_user_has_no_more_tokens_than_they_may_have_however_many_they_ask_for_at_once(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(policy, "TOKENS_PER_USER", 3)
    by, _ = _owner(arena)
    asked: list[Callable[[], object]] = [lambda: create(by, ORDER)] * FEW
    answers: list[object | Refusal] = []
    for _ in range(3):
        answers += arena.race(*asked)
    assert set(tally(answers)) <= {tuple, Outrun, TokenQuotaReached}
    assert len(of(tuple, answers)) == 2
    assert len(tokens.of_user(by.user.user_id)[0]) == 3


def _owner(arena: Arena) -> tuple[Person, tuple[ApiToken, str]]:
    """Somebody who has just signed in, and a token of theirs."""
    person = arena.person()
    (session,) = arena.sessions(person, 1, at=NOON)
    return caller(session), token_of(person.user_id)

"""One-use passes as the sign-in sees them: which one counts, and that it is used up by one attempt."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared import policy
from shared.auth import passes
from shared.auth.mail_limits import Asker
from shared.crypto import randomness
from shared.domain import identifiers
from shared.domain.identifiers import Token
from shared.domain.links import Link
from shared.domain.origins import Origin
from shared.errors import TooManyPasswords
from shared.storage import engine, links, logins
from shared.storage.engine import commit
from tests.shared.storage.refusals import refusal
from tests.support.events import HOME
from tests.support.world import NOON, World

HERE = Origin(HOME, "Check/1.0")


@pytest.fixture
def token(world: World) -> Token:
    """A pass of ann."""
    writes, letter = passes.asking(logins.find("ann"), Asker("ann", HERE), now=NOON)
    commit(*writes)
    token = identifiers.read(letter.token, kind="pass")
    assert token
    return token


def found(token: Token | None, login: str = "ann", *, later: timedelta = timedelta(0)) -> Link | None:
    keys = passes.keys(token)
    return passes.found(token, engine.fetch(*keys) if keys else [], logins.find(login), now=NOON + later)


def test_a_pass_counts_for_its_own_login_until_its_time_is_over(world: World, token: Token):
    world.add("bob")
    last = policy.PASS_LIFETIME - timedelta(milliseconds=1)
    assert found(token, later=last) == links.find(token.id)
    assert found(token, later=policy.PASS_LIFETIME) is None
    assert found(token, "bob") is found(token, "nobody") is found(None) is None


def test_a_wrong_secret_or_an_unknown_pass_is_none(world: World, token: Token):
    other = randomness.token("pass", world.ann.user_id)
    assert found(replace(token, secret=other.secret)) is found(other) is None


def test_a_pass_is_used_up_by_one_attempt(token: Token):
    link = found(token)
    assert link
    commit(passes.using(link))
    assert refusal(passes.using(link)) is TooManyPasswords
    assert found(token) is None

"""The sessions table: what has ended is not touched, kept or ended again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.sessions import A_MOMENT, Session
from shared.errors import ChallengeClosed, NotFound, NotSignedIn, Outrun
from shared.storage import sessions
from shared.storage.engine import commit
from tests.shared.storage import test_users
from tests.shared.storage.refusals import refusal
from tests.support.world import NOON, World

SECOND = timedelta(seconds=1)


@pytest.fixture
def mine(world: World) -> Session:
    opened = test_users.session(test_users.found(world.ann.user_id))
    commit(sessions.adding(opened))
    return opened


def found(session: Session) -> Session | None:
    return sessions.find_with_holder(session.session_id)[0]


def test_a_session_is_read_as_it_was_written_with_its_user_and_their_account(world: World, mine: Session):
    session, user, account = sessions.find_with_holder(mine.session_id)
    assert session == mine
    assert (user and user.login, account and account.account_id) == ("ann", world.ann.user_id[:10])
    assert sessions.of_user(world.ann.user_id) == [mine]


def test_a_session_is_opened_once(mine: Session):
    assert refusal(sessions.adding(replace(mine, factors="password sms"))) is Outrun


def test_of_two_uses_at_once_one_is_written_down(mine: Session):
    commit(sessions.touching(mine, now=NOON + SECOND))
    assert refusal(sessions.touching(mine, now=NOON + 2 * SECOND)) is Outrun
    assert found(mine) == replace(mine, used_at=NOON + SECOND)


def test_what_has_ended_does_not_come_back(mine: Session):
    commit(sessions.insisting(mine))
    commit(sessions.ending(mine))
    assert found(mine) == replace(mine, ended=True)
    assert refusal(sessions.ending(mine)) is NotSignedIn
    assert refusal(sessions.insisting(mine)) is NotSignedIn
    assert refusal(sessions.touching(mine, now=NOON)) is Outrun
    assert refusal(sessions.keeping(mine, now=NOON)) is NotSignedIn
    assert refusal(sessions.choosing_idle(mine, SECOND, now=NOON)) is NotSignedIn
    assert refusal(sessions.ending_one(mine.session_id)) is NotFound
    assert refusal(sessions.ending_one(mine.session_id, refused=ChallengeClosed())) is ChallengeClosed


def test_a_session_that_is_kept_is_proved_a_moment_after_all_was_voided(mine: Session):
    commit(sessions.keeping(mine, now=NOON, factors="password sms"))
    assert found(mine) == replace(mine, proved_at=NOON + A_MOMENT, factors="password sms")


def test_a_chosen_length_counts_from_this_use_on(mine: Session):
    commit(sessions.choosing_idle(mine, SECOND, now=NOON + SECOND))
    assert found(mine) == replace(mine, idle=SECOND, used_at=NOON + SECOND)

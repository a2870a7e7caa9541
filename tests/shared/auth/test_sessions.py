"""Sessions: whose token is let in, until when, from where, and what a person may do who is signed in with it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared import policy
from shared.auth import attempt_limits
from shared.auth.principals import OwnRow
from shared.auth.session_opening import new_session
from shared.auth.sessions import Person as SignedIn
from shared.auth.sessions import SessionOver, by_session, living_sessions
from shared.crypto import randomness, seal
from shared.domain import identifiers
from shared.domain.identifiers import account_of
from shared.domain.ip_lists import IpList
from shared.domain.origins import Origin
from shared.domain.sessions import Session
from shared.errors import (
    AccountSuspended,
    AddressNotAllowed,
    NotSignedIn,
    Outrun,
    PasswordChangeNeeded,
    Refusal,
    SessionForged,
    StepUpNeeded,
    TooManyForgeries,
    UnknownSession,
)
from shared.storage import accounts, sessions, users
from shared.storage.engine import commit
from tests.proofs import tables
from tests.shared.storage.refusals import refusal
from tests.support import programs
from tests.support.calls import overheard, preceded
from tests.support.events import HOME
from tests.support.programs import ELSEWHERE
from tests.support.world import Person, World

SECOND, A_MONTH, A_MOMENT = timedelta(seconds=1), timedelta(days=30), timedelta(microseconds=1)
FEW = 3


def origin(address: str = HOME) -> Origin:
    return Origin(address, "Check/1.0", "request-1")


def opened(world: World, person: Person | None = None, **facts: Any) -> str:
    """Open a session, and return its token as its holder shows it."""
    person = person or world.ann
    told = {"factors": "password", "idle": policy.SESSION_IDLE, "transport": "token", "known": True}
    new = new_session(
        person.user_id, login=person.login, proved_at=world.now, origin=origin(), now=world.now, **told | facts
    )
    commit(*new.writes)
    return identifiers.write(new.token)


def person(world: World, secret: str, *, address: str = HOME, wait: timedelta = timedelta(0)) -> SignedIn:
    return by_session(secret, origin=origin(address), now=world.now + wait)


FORGED: dict[type[Refusal], type[Refusal]] = {SessionForged: NotSignedIn, UnknownSession: NotSignedIn}
"""How kinds that only we tell apart look to callers."""


def outcome(world: World, secret: str, **how: Any) -> type[Refusal] | None:
    """Return why it is refused; None if it is let in."""
    try:
        person(world, secret, **how)
    except Refusal as refused:
        return FORGED.get(type(refused), type(refused))
    return None


def stored(world: World) -> list[Session]:
    return sessions.of_user(world.ann.user_id)


def decide(world: World, **facts: Any) -> None:
    """Change the settings of ann's account."""
    commit(accounts.deciding(replace(programs.account_of_person(world.ann), **facts)))


@pytest.fixture(autouse=True)
def _keys(world: World) -> None:
    """The sealing keys are read before calls are counted."""
    seal.fingerprint("any", "any")


@pytest.fixture
def token(world: World) -> str:
    return opened(world)


def test_a_person_is_known_in_one_read_with_their_session_and_account(world: World, token: str):
    with overheard() as made:
        found = person(world, token)
    assert [str(call) for call in made] == ["BatchGetItem sessions users accounts"]
    assert (found.user.user_id, found.account.account_id) == (world.ann.user_id, world.ann.user_id[:10])
    assert found.session.session_id in token


def test_what_is_malformed_or_of_another_kind_is_refused_without_a_read(world: World, token: str):
    device = identifiers.write(randomness.token("device", world.ann.user_id))
    with overheard() as made:
        assert {outcome(world, text) for text in ("garbage", "", token + "x", device)} == {NotSignedIn}
    assert made == []


def test_a_wrong_secret_is_refused_then_told_to_wait_and_hinders_no_right_one(
    world: World, token: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(attempt_limits, "FORGERIES", replace(attempt_limits.FORGERIES, free=FEW))
    right = identifiers.read(token, kind="session")
    assert right
    wrong = identifiers.write(replace(right, secret=randomness.token("session", world.ann.user_id).secret))
    assert [outcome(world, wrong) for _ in range(FEW + 1)] == [NotSignedIn] * FEW + [TooManyForgeries]
    assert outcome(world, wrong, address=ELSEWHERE) is NotSignedIn
    assert outcome(world, token) is None


def counted() -> list[str]:
    return [row["about"]["S"] for row in tables.rows("strikes") if not row["about"]["S"].startswith("networks:")]


def test_a_session_that_there_never_was_is_refused_and_counted(world: World, token: str):
    tables.remove_all("sessions")
    assert outcome(world, token) is NotSignedIn
    assert counted() == [f"forged-from:{HOME}"]


@pytest.mark.parametrize("table", ["users", "accounts"])
def test_a_session_of_nobody_is_refused_and_not_counted(world: World, token: str, table: str):
    tables.remove_all(table)
    assert outcome(world, token) is NotSignedIn
    assert counted() == []


VOID: dict[str, Callable[[World], object]] = {
    "signed out": lambda world: commit(sessions.ending(stored(world)[0])),
    "user disabled": lambda world: commit(users.switching(world.ann.user_id, enabled=False, now=world.now - SECOND)),
    "everything ended": lambda world: commit(users.ending_everything(world.ann.user_id, now=world.now)),
    "credentials changed": lambda world: commit(
        users.ending_everything(world.ann.user_id, now=world.now - SECOND, credentials_at=world.now)
    ),
}


@pytest.mark.parametrize("what", VOID)
def test_each_thing_that_voids_a_session_refuses_it_alone_and_counts_no_forgery(world: World, token: str, what: str):
    VOID[what](world)
    assert issubclass(outcome(world, token), NotSignedIn)
    assert counted() == []


@pytest.mark.parametrize(("longest", "idle"), [(2, 1), (0.5, 0.5)])
def test_a_session_ends_after_the_idle_time_of_its_user_or_a_shorter_one_of_the_account(
    world: World, token: str, longest: float, idle: float
):
    decide(world, longest_idle=longest * policy.SESSION_IDLE)
    ends = idle * policy.SESSION_IDLE
    assert outcome(world, token, wait=ends) is SessionOver
    assert outcome(world, token, wait=ends - A_MOMENT) is None


def test_a_person_is_bound_by_the_panels_list_and_not_by_that_for_programs(world: World, token: str):
    ip_list = IpList(on=True, sources=ELSEWHERE)
    account = programs.account_of_person(world.ann)
    commit(accounts.setting_lists(account, api=ip_list))
    assert outcome(world, token) is None
    commit(accounts.setting_lists(replace(account, api=ip_list), panel=ip_list))
    with overheard() as made:
        assert outcome(world, token, wait=policy.SESSION_TOUCHED_EVERY) is AddressNotAllowed
    assert [call.operation for call in made] == ["BatchGetItem"]
    assert outcome(world, token, address=ELSEWHERE) is None


def test_a_use_is_noted_at_most_once_in_a_while(world: World, token: str):
    every = policy.SESSION_TOUCHED_EVERY
    for wait, noted in ((every - A_MOMENT, timedelta(0)), (every, every), (2 * every - A_MOMENT, every)):
        assert person(world, token, wait=wait).session.used_at == world.now + noted
        assert stored(world)[0].used_at == world.now + noted


def test_who_is_outrun_in_noting_a_use_is_let_in_all_the_same(world: World, token: str):
    (session,), later = stored(world), timedelta(hours=0.5)
    with preceded("UpdateItem", lambda: commit(sessions.touching(session, now=world.now + SECOND))):
        assert person(world, token, wait=later).session.used_at == world.now + later
    assert stored(world)[0].used_at == world.now + SECOND


def test_one_session_more_than_policy_allows_ends_the_oldest_and_no_other(world: World, token: str):
    others = [_opened_later(world) for _ in range(policy.SESSIONS_AT_ONCE - 1)]
    assert outcome(world, token) is None
    others.append(_opened_later(world))
    assert outcome(world, token) is NotSignedIn
    assert len([one for one in stored(world) if not one.ended]) == policy.SESSIONS_AT_ONCE
    assert {outcome(world, other) for other in others} == {None}


def _opened_later(world: World) -> str:
    world.wait(SECOND)
    return opened(world)


def test_those_that_live_are_listed_the_newest_first_and_no_more_than_policy_allows(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    _opened_later(world)  # void: everything is ended
    commit(users.ending_everything(world.ann.user_id, now=world.now))
    ids = [identifiers.read(_opened_later(world), kind="session") for _ in range(3)]
    opened(world, idle=SECOND)  # ended, for want of use
    world.wait(SECOND)
    newest = [token.id for token in reversed(ids) if token]
    assert [session.session_id for session in _living(world)] == newest
    monkeypatch.setattr(policy, "SESSIONS_AT_ONCE", 2)
    assert [session.session_id for session in _living(world)] == newest[:2]


def test_of_sessions_that_began_at_once_the_order_is_always_the_same_and_the_account_makes_them_shorter(world: World):
    ids = [token.id for _ in range(3) if (token := identifiers.read(opened(world), kind="session"))]
    assert [session.session_id for session in _living(world)] == sorted(ids, reverse=True)
    decide(world, longest_idle=SECOND)
    assert {session.idle for session in _living(world)} == {SECOND}


def _living(world: World) -> list[Session]:
    user, account = users.find(world.ann.user_id)
    assert user
    assert account
    return living_sessions(user, account, now=world.now)


@pytest.mark.parametrize(("change", "age"), [("off", A_MONTH), ("remind", A_MONTH), ("force", A_MONTH - A_MOMENT)])
def test_who_must_change_the_password_may_do_nothing_else(world: World, token: str, change: str, age: timedelta):
    """A password that its owner gave, and one that is overdue where the account forces a change; no other."""
    found = person(world, token)
    account = replace(found.account, change=change, change_every=A_MONTH)
    free = replace(found, account=account, user=replace(found.user, password_set_at=world.now - age))
    free.must_be_free()
    given = replace(free, user=replace(free.user, given_until=world.now))
    overdue = SignedIn(
        replace(free.user, password_set_at=world.now - A_MONTH), replace(account, change="force"), free.session
    )
    for bound in (given, overdue):
        with pytest.raises(PasswordChangeNeeded):
            bound.must_be_free()


def test_a_person_is_fresh_for_a_while_after_all_proofs_were_given(world: World, token: str):
    found = person(world, token)
    found.must_be_fresh(now=world.now + policy.CONFIRMED_FOR - A_MOMENT)
    with pytest.raises(StepUpNeeded):
        found.must_be_fresh(now=world.now + policy.CONFIRMED_FOR)


CHANGES: dict[str, tuple[Callable[[World], object], type[Refusal]]] = {
    **{what: (change, NotSignedIn) for what, change in VOID.items()},
    "session ended": (lambda _: tables.remove_all("sessions"), NotSignedIn),
    "user narrowed": (
        lambda world: commit(users.ending_everything(world.ann.user_id, now=world.now - SECOND, permissions="sms")),
        Outrun,
    ),
    "account suspended": (
        lambda world: commit(accounts.suspending(account_of(world.ann.user_id), on=True)),
        AccountSuspended,
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_person_is_still_allowed_until_their_session_ends_or_their_rights_change(world: World, token: str, what: str):
    found, (change, refused) = person(world, token), CHANGES[what]
    commit(*found.still_allowed())
    change(world)
    assert refusal(*found.still_allowed()) is refused


@pytest.mark.parametrize(
    ("writing", "guarded"),
    [
        ((), ["users", "sessions", "accounts"]),
        ((OwnRow.USER,), ["sessions", "accounts"]),
        ((OwnRow.SESSION,), ["users", "accounts"]),
        ((OwnRow.ACCOUNT,), ["users", "sessions"]),
    ],
)
def test_only_the_row_that_is_written_anyway_is_not_guarded(
    world: World, token: str, writing: tuple[OwnRow, ...], guarded: list[str]
):
    asserted = [write.arguments["TableName"] for write in person(world, token).still_allowed(writing=writing)]
    assert asserted == [f"test-{table}" for table in guarded]

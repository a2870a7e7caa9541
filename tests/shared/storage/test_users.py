"""The users table: what somebody proved counts only as long as nothing has voided it, to the moment of the write."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from shared import policy
from shared.crypto import randomness
from shared.domain.instants import NEVER
from shared.domain.links import Link
from shared.domain.sessions import Session
from shared.domain.users import User
from shared.errors import (
    ChallengeClosed,
    LinkClosed,
    NotSignedIn,
    Outrun,
    TokenRefused,
    UnknownLogin,
    UnknownSubuser,
)
from shared.storage import users
from shared.storage.engine import Write, commit
from tests.shared.storage.refusals import refusal
from tests.support.world import NOON, World

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
NOBODY = randomness.user_id(randomness.account_id())


@pytest.fixture
def ann(world: World) -> User:
    return found(world.ann.user_id)


@pytest.fixture
def clerk(world: World) -> User:
    """A sub-user, who has a mailbox of their own."""
    return found(world.add("clerk", owner=False).user_id)


def _owner_of(user: User) -> User:
    """Store the owner of the account, with the address that they changed to at noon."""
    owner = replace(
        user, user_id=randomness.user_id(user.account_id), owner=True, email="owner@example.com", email_at=NOON
    )
    commit(users.adding(owner))
    return owner


def found(user_id: str) -> User:
    user, _ = users.find(user_id)
    assert user
    return user


def session(user: User, **facts: Any) -> Session:
    """One that was opened, and proved, at noon."""
    opened = Session(
        user_id=user.user_id,
        session_id=randomness.record_id(user.user_id),
        sealed_secret="sealed",
        created_at=NOON,
        proved_at=NOON,
        confirmed_at=NOON,
        used_at=NOON,
        ends_at=NOON + timedelta(days=1),
        idle=timedelta(hours=1),
        transport="token",
        factors="password",
        address="192.0.2.1",
        user_agent="Check/1.0",
        credentials_at=user.credentials_at,
    )
    return replace(opened, **facts)


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    user: User
    session: Session


def person(user: User, **facts: Any) -> Person:
    return Person(user, session(user, **facts))


def link(user: User, **facts: Any) -> Link:
    """One that was made at noon."""
    made = Link(
        "link", user.login, "sealed", NOON, NOON + HOUR, credentials_at=user.credentials_at, email_at=user.email_at
    )
    return replace(made, **{"kind": "reset", **facts})


def opening(opened: Session, *, again: bool = False, by: Person | None = None, now: Any = NOON) -> Write:
    return users.opening(opened, again=again, by=by, refused=ChallengeClosed(), now=now)


# --- What was proved --------------------------------------------------------------------------------------

VOIDING: dict[str, Callable[[User], Write]] = {
    "switched off": lambda user: users.switching(user.user_id, enabled=False, now=NOON - SECOND),
    "everything ended at that moment": lambda user: users.ending_everything(user.user_id, now=NOON),
    "everything ended later": lambda user: users.ending_everything(user.user_id, now=NOON + SECOND),
    "with other credentials by now": lambda user: users.ending_everything(
        user.user_id, now=NOON - SECOND, credentials_at=NOON
    ),
}


@pytest.mark.parametrize("what", sorted(VOIDING))
def test_what_is_void_opens_no_session_and_warrants_no_write(ann: User, what: str):
    commit(VOIDING[what](ann))
    assert refusal(opening(session(ann))) is ChallengeClosed
    by = {"proved_at": NOON, "credentials_at": ann.credentials_at}
    assert refusal(users.honouring(ann.user_id, **by)) is Outrun
    assert refusal(users.ending_everything(ann.user_id, now=NOON + SECOND, by=person(ann))) is NotSignedIn
    assert refusal(users.changing(ann.user_id, by=person(ann), email_order="x")) is NotSignedIn
    assert refusal(users.starting_over(ann.user_id, now=NOON + SECOND, by=person(ann))) is NotSignedIn
    assert refusal(users.allowing_session(person(ann))) is NotSignedIn


LINK_VOIDING: dict[str, Callable[[User], Write]] = {
    "switched off": VOIDING["switched off"],
    "with other credentials by now": VOIDING["with other credentials by now"],
    "with another address by now": lambda user: users.changing(user.user_id, by=None, email_at=NOON - SECOND),
}


@pytest.mark.parametrize("kind", ["reset", "invitation", "email"])
@pytest.mark.parametrize("what", sorted(LINK_VOIDING))
def test_a_link_sent_to_another_address_or_with_other_credentials_is_void(ann: User, what: str, kind: str):
    by = link(ann, kind=kind)
    commit(users.changing(ann.user_id, by=None, email_order="link", invitation="link"))
    commit(LINK_VOIDING[what](ann))
    assert refusal(users.changing(ann.user_id, by=by, email="new@example.com")) is LinkClosed
    assert refusal(users.ending_everything(ann.user_id, now=NOON + SECOND, by=by)) is LinkClosed
    assert not found(ann.user_id).honours_link(by)


@pytest.mark.parametrize(("kind", "newest"), [("email", "email_order"), ("invitation", "invitation")])
def test_the_newest_order_and_the_newest_invitation_void_older_ones(ann: User, kind: str, newest: str):
    by = link(ann, kind=kind)
    commit(users.changing(ann.user_id, by=None, **{newest: "link"}))
    commit(users.changing(ann.user_id, by=by, description="x"))
    assert found(ann.user_id).honours_link(by)
    commit(users.changing(ann.user_id, by=None, **{newest: "newer"}))
    assert refusal(users.changing(ann.user_id, by=by, description="x")) is LinkClosed
    assert not found(ann.user_id).honours_link(by)


def test_an_order_of_an_address_needs_its_mark_and_an_invitation_of_before_the_marks_does_not(ann: User):
    assert refusal(users.changing(ann.user_id, by=link(ann, kind="email"), email="x@example.com")) is LinkClosed
    commit(users.changing(ann.user_id, by=link(ann, kind="invitation"), description="x"))


@pytest.mark.parametrize(("kind", "survives"), [("reset", True), ("invitation", True), ("email", False)])
def test_a_session_that_ends_all_others_voids_an_order_of_an_address_and_no_way_back(
    ann: User, kind: str, survives: bool
):
    by = link(ann, kind=kind)
    commit(users.changing(ann.user_id, by=None, email_order="link"))
    commit(users.ending_everything(ann.user_id, now=NOON))
    assert found(ann.user_id).honours_link(by) is survives
    if survives:
        commit(users.changing(ann.user_id, by=by, description="x"))
    else:
        assert refusal(users.changing(ann.user_id, by=by, description="x")) is LinkClosed


def test_what_was_proved_since_counts(ann: User):
    commit(users.ending_everything(ann.user_id, now=NOON - SECOND))
    commit(users.honouring(ann.user_id, proved_at=NOON, credentials_at=ann.credentials_at))
    commit(users.allowing_session(person(ann)))
    commit(users.changing(ann.user_id, by=link(ann), email="new@example.com"))
    commit(opening(session(ann)))
    commit(users.ending_everything(ann.user_id, now=NOON, by=person(ann)))
    assert (found(ann.user_id).email, found(ann.user_id).epoch) == ("new@example.com", NOON)


def test_of_two_requests_of_one_session_the_earlier_does_not_undo_the_later(ann: User):
    kept = person(ann, proved_at=NOON + 2 * SECOND)
    commit(users.ending_everything(ann.user_id, now=NOON + SECOND, by=kept))
    assert refusal(users.ending_everything(ann.user_id, now=NOON, by=kept)) is Outrun
    commit(users.ending_everything(ann.user_id, now=NOON + SECOND, by=kept))


def test_nobody_is_let_in_who_is_not_there(ann: User):
    gone = replace(ann, account_id=NOBODY[:10], user_id=NOBODY)
    assert refusal(opening(session(gone))) is ChallengeClosed
    assert refusal(users.ending_everything(NOBODY, now=NOON)) is Outrun
    assert refusal(users.ending_everything(NOBODY, now=NOON, by=person(gone))) is NotSignedIn
    assert refusal(users.switching(NOBODY, enabled=True, now=NOON)) is UnknownLogin
    assert refusal(users.welcoming(NOBODY)) is TokenRefused
    assert refusal(users.allowing_client(gone)) is TokenRefused
    assert refusal(users.allowing_session(person(gone))) is NotSignedIn


def test_a_user_is_added_once(ann: User):
    assert refusal(users.adding(replace(ann, login="other"))) is Outrun


def test_whoever_is_switched_off_is_welcome_no_more(ann: User, clerk: User):
    commit(users.welcoming(ann.user_id))
    commit(users.allowing_client(ann))
    commit(users.switching(ann.user_id, enabled=False, now=NOON))
    assert refusal(users.welcoming(ann.user_id)) is TokenRefused
    assert refusal(users.allowing_client(ann)) is TokenRefused


def test_switching_on_again_brings_nothing_back(ann: User):
    for enabled in (False, True):
        commit(users.switching(ann.user_id, enabled=enabled, now=NOON))
    assert refusal(opening(session(ann))) is ChallengeClosed


# --- A password that was given ----------------------------------------------------------------------------


def given(clerk: User) -> Session:
    """The owner gives a password, good for an hour; the session is one that it opens."""
    commit(users.deciding(clerk, given_until=NOON + timedelta(hours=1)))
    return session(clerk)


def test_a_given_password_opens_one_session_and_the_one_that_takes_its_place(clerk: User):
    first = given(clerk)
    unused = users.being_unused(clerk.user_id, refused=LinkClosed(), now=NOON)
    commit(unused)
    commit(opening(first))
    assert refusal(opening(session(clerk))) is ChallengeClosed
    assert refusal(unused) is LinkClosed
    commit(opening(session(clerk), again=True))


@pytest.mark.parametrize("again", [False, True])
def test_a_given_password_opens_nothing_once_its_time_is_up(clerk: User, *, again: bool):
    late = NOON + timedelta(hours=1)
    first = given(clerk)
    assert refusal(opening(first, again=again, now=late)) is ChallengeClosed
    commit(opening(first, again=again, now=late - SECOND))


def test_a_password_that_is_given_anew_opens_a_session_again(clerk: User):
    commit(opening(given(clerk)))
    commit(opening(given(clerk)))


# --- Sub-users --------------------------------------------------------------------------------------------


def test_what_is_decided_about_subusers_is_never_done_to_an_owner(ann: User):
    assert refusal(users.deciding(ann, description="mine")) is Outrun
    assert refusal(users.deciding(ann)) is Outrun
    assert refusal(users.removing(ann)) is UnknownSubuser


@pytest.mark.parametrize("facts", [{}, {"description": "Shop"}])
def test_a_decision_rests_on_the_permissions_that_were_seen(clerk: User, facts: dict[str, Any]):
    commit(users.deciding(clerk, permissions="sms"))
    assert refusal(users.deciding(clerk, **facts)) is Outrun
    commit(users.deciding(found(clerk.user_id), **facts))
    assert refusal(users.deciding(replace(clerk, permissions="contacts"), **facts)) is Outrun


def test_whoever_has_other_permissions_by_now_is_not_allowed_what_they_were(clerk: User):
    commit(users.deciding(clerk, permissions="sms"))
    assert refusal(users.allowing_session(person(clerk))) is Outrun
    assert refusal(users.allowing_client(clerk)) is Outrun
    commit(users.allowing_session(person(found(clerk.user_id))))
    commit(users.allowing_client(found(clerk.user_id)))


def test_a_session_is_confirmed_with_the_rights_that_its_user_had(clerk: User):
    commit(users.deciding(clerk, permissions="sms"))
    confirmed = session(clerk, proved_at=NOON + SECOND)
    assert refusal(opening(confirmed, again=True, by=person(clerk))) is Outrun
    commit(opening(confirmed, again=True, by=person(found(clerk.user_id))))
    commit(users.ending_everything(clerk.user_id, now=NOON))
    assert refusal(opening(confirmed, again=True, by=person(found(clerk.user_id)))) is NotSignedIn


def test_about_one_who_is_gone_nothing_is_decided(clerk: User):
    commit(users.removing(clerk))
    assert refusal(users.deciding(clerk, description="Shop")) is UnknownSubuser
    assert refusal(users.deciding(clerk)) is UnknownSubuser
    assert refusal(users.removing(clerk)) is UnknownSubuser


def test_one_who_has_set_an_address_of_their_own_does_not_get_the_owners(clerk: User):
    assert refusal(*users.readdressing(_owner_of(clerk), clerk)) is Outrun
    commit(users.deciding(clerk, own_email=False))
    commit(*users.readdressing(_owner_of(clerk), clerk))
    now = found(clerk.user_id)
    assert (now.email, now.email_at) == ("owner@example.com", NOON)


def test_an_address_that_the_owner_has_left_is_given_to_nobody(clerk: User):
    commit(users.deciding(clerk, own_email=False))
    owner = _owner_of(clerk)
    commit(users.changing(owner.user_id, by=None, email_at=NOON + SECOND))
    assert refusal(*users.readdressing(owner, clerk)) is Outrun


def test_the_address_of_one_who_is_gone_is_written_nowhere(clerk: User):
    commit(users.removing(clerk))
    assert refusal(*users.readdressing(_owner_of(clerk), clerk)) is Outrun


# --- How many sessions ------------------------------------------------------------------------------------


def test_the_openings_of_the_last_sessions_are_kept_and_no_more(ann: User):
    openings = [NOON + place * SECOND for place in range(policy.SESSIONS_AT_ONCE + 1)]
    for place, now in enumerate(openings, start=1):
        commit(opening(session(ann), now=now))
        crowded_since = found(ann.user_id).crowded_since or NEVER
        assert crowded_since == (
            openings[place - policy.SESSIONS_AT_ONCE] if place >= policy.SESSIONS_AT_ONCE else NEVER
        )

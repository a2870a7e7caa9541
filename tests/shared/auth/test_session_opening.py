"""Opening a session: what is written with it, which proof opens none, and whose other sessions it ends."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared import policy
from shared.auth.session_opening import NewSession, new_session
from shared.auth.sessions import Person as SignedIn
from shared.auth.sessions import by_session
from shared.crypto import seal
from shared.domain import identifiers
from shared.domain.activity import Event
from shared.domain.activity_search import Search
from shared.domain.instants import NEVER
from shared.domain.origins import Origin
from shared.domain.sessions import A_MOMENT
from shared.errors import ChallengeClosed, NotSignedIn, Outrun, WrongCode
from shared.storage import activity, devices, sessions, users
from shared.storage.engine import commit
from tests.proofs import tables
from tests.shared.storage.refusals import refusal
from tests.support.calls import overheard
from tests.support.world import World

A_MINUTE = timedelta(minutes=1)
ORIGIN = Origin("198.51.100.7", "Check/1.0", "request-1")


def new(world: World, **facts: Any) -> NewSession:
    """Return a session of ann's from a known device, not opened yet. *facts* are arguments of `new_session`."""
    told = {"login": "ann", "factors": "password", "idle": A_MINUTE, "transport": "token", "known": True}
    return new_session(world.ann.user_id, origin=ORIGIN, now=world.now, **told | {"proved_at": world.now} | facts)


def opened(world: World) -> SignedIn:
    """Open a session, and return whoever is signed in with it."""
    one = new(world)
    commit(*one.writes)
    return by_session(identifiers.write(one.token), origin=ORIGIN, now=world.now)


def change(world: World, **facts: Any) -> None:
    """Change fields of ann's row. Proofs of now are void only if *facts* say so."""
    commit(users.ending_everything(world.ann.user_id, now=world.now - A_MINUTE, **facts))


def ids(world: World) -> set[str]:
    return {session.session_id for session in sessions.of_user(world.ann.user_id) if not session.ended}


def test_nothing_is_written_before_the_writes_are_committed(world: World):
    seal.fingerprint("any", "any")
    with overheard() as made:
        one = new(world)
    assert made == []
    assert ids(world) == set()
    commit(*one.writes)
    assert sessions.of_user(world.ann.user_id) == [one.session]


def test_a_session_is_what_its_sign_in_was_and_has_an_end(world: World):
    change(world, credentials_at=world.now - A_MINUTE)
    facts = {"factors": "password sms", "transport": "cookie", "credentials_at": world.now - A_MINUTE}
    session = new(world, proved_at=world.now - A_MINUTE, **facts).session
    assert {name: getattr(session, name) for name in facts} == facts
    assert (session.created_at, session.used_at, session.idle) == (world.now, world.now, A_MINUTE)
    assert (session.proved_at, session.confirmed_at) == (world.now - A_MINUTE, world.now - A_MINUTE)
    assert session.ends_at == world.now + policy.SESSION_LIFETIME
    assert (session.address, session.user_agent) == (ORIGIN.address, ORIGIN.user_agent)


def test_when_all_proofs_were_given_together_may_be_earlier_than_the_first_of_these(world: World):
    assert new(world).session.credentials_at == NEVER
    assert new(world, confirmed_at=world.now - A_MINUTE).session.confirmed_at == world.now - A_MINUTE


@pytest.mark.parametrize("event", [Event.LOGIN, Event.CONFIRMED])
def test_it_is_in_the_log_under_its_users_login_with_the_proofs_that_opened_it(world: World, event: Event):
    commit(*new(world, factors="password sms", **({} if event is Event.LOGIN else {"event": event})).writes)
    ((entry,), _) = activity.page_of_user(world.ann.user_id, Search(), now=world.now)
    assert (entry.event, entry.actor, entry.detail, entry.at) == (event, "ann", "password sms", world.now)


def test_a_new_device_gets_a_token_by_which_it_is_known_and_a_known_one_none(world: World):
    assert new(world, known=True).device is None
    one = new(world, known=False)
    commit(*one.writes, *one.remembering)
    ((device,), token) = devices.of_user(world.ann.user_id)[0], one.device
    assert token
    assert (device.device_id, device.name, device.first_seen_at) == (token.id, "Check/1.0", world.now)
    assert seal.is_token(device.sealed_secret, token)


VOID: dict[str, Callable[[World], None]] = {
    "ended at the very moment": lambda world: commit(users.ending_everything(world.ann.user_id, now=world.now)),
    "other credentials": lambda world: change(world, credentials_at=world.now),
    "disabled": lambda world: change(world, enabled=False),
}


@pytest.mark.parametrize("what", VOID)
def test_a_proof_that_was_voided_meanwhile_opens_nothing(world: World, what: str):
    one, other = new(world, known=False), new(world, refused=WrongCode())
    VOID[what](world)
    assert (refusal(*one.writes), refusal(*other.writes)) == (ChallengeClosed, WrongCode)


def test_a_proof_of_a_moment_later_opens_one(world: World):
    commit(users.ending_everything(world.ann.user_id, now=world.now - A_MOMENT))
    commit(*new(world).writes)
    assert len(ids(world)) == 1


def test_a_session_ends_the_one_that_it_replaces_and_only_while_that_one_is_open(world: World):
    first, other = opened(world).session, opened(world).session
    one, late = (new(world, replaces=first.session_id) for _ in range(2))
    commit(*one.writes)
    assert ids(world) == {other.session_id, one.session.session_id}
    assert refusal(*late.writes) is ChallengeClosed


def test_a_session_that_is_replaced_by_its_person_must_be_open(world: World):
    ann = opened(world)
    one = new(world, replaces=ann.session.session_id, by=ann)
    commit(sessions.ending(ann.session))
    assert refusal(*one.writes) is NotSignedIn


def test_a_person_who_is_signed_in_opens_another_while_their_session_and_permissions_stand(world: World):
    ann = opened(world)
    one, narrowed, void = (new(world, by=ann, refused=WrongCode(), proved_at=world.now + A_MINUTE) for _ in range(3))
    commit(*one.writes)
    change(world, permissions="sms")
    assert refusal(*narrowed.writes) is Outrun
    commit(users.ending_everything(world.ann.user_id, now=world.now, permissions=None))
    assert refusal(*void.writes) is NotSignedIn


def test_a_password_that_was_given_opens_one_session_which_may_be_replaced(world: World):
    change(world, given_until=world.now + A_MOMENT)
    first, second = new(world), new(world)
    commit(*first.writes)
    assert refusal(*second.writes) is ChallengeClosed
    again = new(world, replaces=first.session.session_id)
    commit(*again.writes)
    assert ids(world) == {again.session.session_id}


def test_a_password_that_was_given_opens_and_replaces_nothing_once_its_time_is_over(world: World):
    ann = opened(world)
    change(world, given_until=world.now)
    for replaces in (None, ann.session.session_id):
        assert refusal(*new(world, replaces=replaces).writes) is ChallengeClosed


def test_a_renewal_voids_all_sessions_before_it_and_changes_what_it_says(world: World):
    ann = opened(world)
    renewal = {"by": ann, "credentials_at": world.now}
    facts = {"proved_at": world.now + A_MOMENT, "credentials_at": world.now, "renewal": renewal}
    one, late = (new(world, **facts) for _ in range(2))
    commit(*one.writes)
    for token, is_open in ((one.token, True), (None, False)):
        found = sessions.find_with_holder(token.id if token else ann.session.session_id)
        session, user = found[0], found[1]
        assert session
        assert user
        assert user.honours(proved_at=session.proved_at, credentials_at=session.credentials_at) is is_open
    assert refusal(*late.writes) is NotSignedIn


def test_a_renewal_is_counted_among_the_sessions_of_its_user(world: World):
    commit(*new(world, renewal={"by": None}, proved_at=world.now + A_MOMENT).writes)
    (row,) = tables.rows("users")
    assert row["opened_0"]["S"].startswith(f"{world.now:%Y-%m-%dT%H:%M:%S}")

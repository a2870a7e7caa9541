"""After the right password: a challenge or a session, from an address that is admitted, all of it or nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared import policy
from shared.auth import devices, email_links
from shared.auth.session_opening import NewSession
from shared.auth.sessions import Person as SignedIn
from shared.auth.sessions import by_session
from shared.auth.sign_in import SignInContext, enter
from shared.crypto import seal
from shared.delivery import account_mail
from shared.domain.activity import ActivityEntry, Event
from shared.domain.activity_search import Search
from shared.domain.challenges import CONFIRMATION, LOGIN, Challenge
from shared.domain.devices import Device
from shared.domain.identifiers import account_of
from shared.domain.ip_lists import IpList
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.domain.sessions import A_MOMENT
from shared.errors import AddressNotAllowed, GivenPasswordOver, LoginTaken, NotSignedIn, Outrun, Refusal
from shared.storage import accounts, activity, challenges, logins, sessions, users
from shared.storage import devices as device_rows
from shared.storage.engine import commit
from tests.proofs import tables
from tests.shared.storage.refusals import everything
from tests.support.calls import overheard, preceded
from tests.support.events import HOME
from tests.support.programs import ELSEWHERE
from tests.support.sessions import open_session
from tests.support.world import Person, World

A_MINUTE = timedelta(minutes=1)
ORIGIN = Origin(HOME, "Check/1.0", "request-1")


@pytest.fixture(autouse=True)
def _keys(world: World) -> None:
    """The sealing keys are read before calls are counted."""
    seal.fingerprint("any", "any")


@pytest.fixture(params=["challenge", "session"])
def owner(request: pytest.FixtureRequest, world: World) -> Login:
    """A user with a phone, and one without a second factor."""
    return login_of(world.ann if request.param == "challenge" else world.add("bob", phone=None))


@pytest.fixture
def ann(world: World) -> Login:
    return login_of(world.ann)


@pytest.fixture
def bob(world: World) -> Login:
    """A user without a second factor."""
    return login_of(world.add("bob", phone=None))


def login_of(person: Person) -> Login:
    found = logins.find(person.login)
    assert found
    return found


def go_on(world: World, owner: Login, *writes: Any, **how: Any) -> Challenge | NewSession:
    """Go on from the owner's right password. *how* are fields of the context, and what `enter` takes by name."""
    named = {name: how.pop(name) for name in ("notices", "renewal", "proved_at") if name in how}
    context = SignInContext(ORIGIN, "token", **how)
    return enter(owner, context, *writes, now=world.now, **{"proved_at": world.now} | named)


def refused(world: World, owner: Login, *writes: Any, **how: Any) -> type[Refusal]:
    """Return why it goes no further; fail if anything is written or sent."""
    before = everything()
    with pytest.raises(Refusal) as refusal:
        go_on(world, owner, *writes, **how)
    assert everything() == before
    assert (world.sms, world.mails) == ([], [])
    return type(refusal.value)


def signed_in(world: World, owner: Login) -> SignedIn:
    return by_session(
        open_session(owner.user_id, login=owner.login, idle=owner.idle, origin=ORIGIN, now=world.now),
        origin=ORIGIN,
        now=world.now,
    )


def known_device(world: World, owner: Login) -> Device:
    _, adding = devices.remembering(owner.user_id, ORIGIN, now=world.now - A_MINUTE)
    commit(*adding)
    ((device,), _) = device_rows.of_user(owner.user_id)
    return device


def change(owner: Login, world: World, **facts: Any) -> None:
    """Change fields of the user's row. Proofs of now are void only if *facts* say so."""
    commit(users.ending_everything(owner.user_id, now=world.now - A_MINUTE, **facts))


def newest(world: World, owner: Login) -> ActivityEntry:
    return activity.page_of_user(owner.user_id, Search(), now=world.now)[0][0]


# --- What follows -----------------------------------------------------------------------------------------


def test_a_second_factor_is_asked_for_where_there_is_one(world: World, ann: Login):
    challenge = go_on(world, ann)
    assert isinstance(challenge, Challenge)
    assert (challenge.purpose, challenge.channel, challenge.transport) == (LOGIN, "sms", "token")
    assert challenges.find_with(challenge.challenge_id)[0] == challenge
    assert seal.is_code(challenge.sealed_code, challenges.code_row(challenge), world.code())
    assert sessions.of_user(ann.user_id) == []
    entry = newest(world, ann)
    assert (entry.event, entry.actor, entry.outcome, entry.detail) == (Event.LOGIN_CHALLENGED, "ann", "started", "sms")


def test_the_one_that_the_user_prefers_is_asked_for(world: World, ann: Login):
    both = replace(ann, has_totp=True)
    asked = [go_on(world, both, factor=factor) for factor in (None, "sms")]
    assert [challenge.channel for challenge in asked if isinstance(challenge, Challenge)] == ["totp", "sms"]


def test_the_password_alone_opens_a_session_where_there_is_none(world: World, bob: Login):
    new = go_on(world, replace(bob, longest_idle=A_MINUTE))
    assert isinstance(new, NewSession)
    assert (new.session.factors, new.session.transport, new.session.idle) == ("password", "token", A_MINUTE)
    assert sessions.of_user(bob.user_id) == [new.session]
    assert (newest(world, bob).event, newest(world, bob).actor) == (Event.LOGIN, "bob")


def test_what_else_is_written_with_it_is_done_with_it_or_not_at_all(world: World, owner: Login):
    letter = account_mail.change_made("password_changed", owner, origin=ORIGIN, now=world.now)
    write, taken = logins.changing(owner.login, language="pl"), logins.adding(login_of(world.add("eve")))
    assert refused(world, owner, write, taken, notices=letter) is LoginTaken
    with overheard() as made:
        go_on(world, owner, write, notices=letter)
    assert [call.operation for call in made] == ["TransactWriteItems", "SendMessageBatch"]
    assert logins.find(owner.login) == replace(owner, language="pl")
    world.wait(policy.CHALLENGE_LIFETIME)
    assert len(world.mails) == 2


# --- From where -------------------------------------------------------------------------------------------


def allow(owner: Login, *addresses: str) -> None:
    """Switch on the panel's list."""
    account = accounts.find(account_of(owner.user_id))
    assert account
    commit(accounts.setting_lists(account, panel=IpList(on=True, sources=" ".join(addresses))))


@pytest.mark.parametrize(("is_read", "transactions"), [(False, 1), (True, 0)])
def test_an_address_that_is_not_on_the_list_gets_no_further(
    world: World, owner: Login, is_read: bool, transactions: int
):
    allow(owner, ELSEWHERE)
    account = accounts.find(owner.account_id) if is_read else None
    with overheard() as made:
        assert refused(world, owner, account=account) is AddressNotAllowed
    assert [call.operation for call in made if call.service == "dynamodb"] == ["TransactWriteItems"] * transactions


@pytest.mark.parametrize(("is_read", "transactions"), [(False, 2), (True, 1)])
def test_one_that_is_on_the_list_costs_a_second_transaction_unless_the_account_was_read(
    world: World, owner: Login, is_read: bool, transactions: int
):
    allow(owner, HOME)
    account = accounts.find(owner.account_id) if is_read else None
    with overheard() as made:
        go_on(world, owner, account=account)
    assert [call.operation for call in made if call.service == "dynamodb"] == ["TransactWriteItems"] * transactions


def test_a_list_that_changes_meanwhile_lets_nobody_in(world: World, owner: Login):
    account = accounts.find(owner.account_id)
    lists = [(HOME, ELSEWHERE), (HOME,), (ELSEWHERE,)]
    with preceded("TransactWriteItems", lambda: allow(owner, *lists.pop())), pytest.raises(Outrun):
        go_on(world, owner, account=account)
    with preceded("TransactWriteItems", lambda: allow(owner, *lists.pop()), times=2), pytest.raises(Outrun):
        go_on(world, owner)
    assert (sessions.of_user(owner.user_id), tables.rows("challenges"), world.sms) == ([], [], [])


# --- By which device --------------------------------------------------------------------------------------


def test_a_new_device_is_told_of_with_a_link_that_says_it_was_not_me(world: World, owner: Login):
    outcome = go_on(world, owner)
    world.wait(policy.CHALLENGE_LIFETIME)
    ((address, _, text),) = world.mails
    assert address == owner.email
    assert HOME in text
    assert email_links.open_link(world.link("notme"), kind="notme", now=world.now).login == owner.login
    assert outcome.device if isinstance(outcome, NewSession) else not outcome.device_known


UNTOLD: dict[str, tuple[Callable[[World, Login], dict[str, Any]], bool]] = {
    "known": (lambda world, owner: {"known": known_device(world, owner)}, True),
    "confirming": (lambda world, owner: {"confirming": signed_in(world, owner)}, True),
    "told of by another e-mail": (lambda *_: {"expected": True}, False),
}


@pytest.mark.parametrize("what", UNTOLD)
def test_a_device_is_not_told_of_if_it_is_known_or_another_mail_tells(world: World, owner: Login, what: str):
    facts, is_known = UNTOLD[what]
    outcome = go_on(world, owner, **facts(world, owner))
    assert (world.mails, tables.rows("links")) == ([], [])
    assert (outcome.device is None if isinstance(outcome, NewSession) else outcome.device_known) is is_known


def test_a_known_device_is_seen(world: World, owner: Login):
    device = known_device(world, owner)
    go_on(world, owner, known=device)
    assert device_rows.of_user(owner.user_id) == ([replace(device, seen_at=world.now)], False)


# --- What was voided meanwhile ----------------------------------------------------------------------------


def test_a_sign_in_that_meets_the_end_of_all_sessions_is_told_to_try_again(world: World, bob: Login):
    commit(users.ending_everything(bob.user_id, now=world.now))
    assert refused(world, bob) is Outrun


def test_a_given_password_opens_one_session_and_no_challenge_after_it(world: World, owner: Login):
    given = replace(owner, given_until=world.now + A_MINUTE)
    change(owner, world, given_until=given.given_until)
    go_on(world, given, known=known_device(world, owner))
    assert len(world.sms) == (owner.phone is not None)
    if owner.phone:
        signed_in(world, owner)
    before = everything()
    with pytest.raises(GivenPasswordOver):
        go_on(world, given)
    assert everything() == before


def test_a_given_password_confirms_the_session_that_it_opened(world: World, owner: Login):
    given = replace(owner, given_until=world.now + A_MINUTE)
    change(owner, world, given_until=given.given_until)
    go_on(world, given, confirming=signed_in(world, owner))


def test_a_renewal_voids_what_was_proved_before_whatever_follows(world: World, owner: Login):
    before = signed_in(world, owner).session
    outcome = go_on(
        world,
        replace(owner, credentials_at=world.now),
        renewal={"by": None, "credentials_at": world.now},
        proved_at=world.now + A_MOMENT,
    )
    user, _ = users.find(owner.user_id)
    assert user
    assert not user.honours(proved_at=before.proved_at, credentials_at=before.credentials_at)
    opened = isinstance(outcome, NewSession)
    proved_at = outcome.session.proved_at if opened else outcome.created_at
    credentials_at = (outcome.session if opened else outcome).credentials_at
    assert user.honours(proved_at=proved_at, credentials_at=credentials_at)


# --- Step-up ----------------------------------------------------------------------------------------------


def test_a_person_confirms_with_a_challenge_of_its_own_purpose(world: World, ann: Login):
    person = signed_in(world, ann)
    challenge = go_on(world, ann, confirming=person)
    assert isinstance(challenge, Challenge)
    assert (challenge.purpose, challenge.replaces) == (CONFIRMATION, person.session.session_id)
    assert sessions.of_user(ann.user_id) == [person.session]


def test_a_session_that_is_confirmed_without_a_factor_is_replaced(world: World, bob: Login):
    new = go_on(world, bob, confirming=signed_in(world, bob))
    assert isinstance(new, NewSession)
    assert [one for one in sessions.of_user(bob.user_id) if not one.ended] == [new.session]
    assert Event.CONFIRMED in {entry.event for entry in activity.page_of_user(bob.user_id, Search(), now=world.now)[0]}


MEANWHILE: dict[str, tuple[Callable[[World, Login], object], type[Refusal]]] = {
    "their session ended": (lambda *_: tables.remove_all("sessions"), NotSignedIn),
    "all sessions ended": (
        lambda world, owner: commit(users.ending_everything(owner.user_id, now=world.now)),
        NotSignedIn,
    ),
    "they may do less": (lambda world, owner: change(owner, world, permissions="sms"), Outrun),
}


@pytest.mark.parametrize("what", MEANWHILE)
def test_whoever_is_not_signed_in_any_more_confirms_nothing(world: World, owner: Login, what: str):
    person, (happen, told) = signed_in(world, owner), MEANWHILE[what]
    happen(world, owner)
    assert refused(world, owner, confirming=person) is told

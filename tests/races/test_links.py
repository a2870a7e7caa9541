"""Links from e-mails, however many use one at once: each is good once, and what it ends stays ended."""

from datetime import datetime, timedelta
from functools import partial
from ipaddress import IPv6Address
from typing import Any

import pytest

from account.change_email_flow import ask, prove
from factors.flow import drop
from passwords.flow import accept_invitation, ask_for_reset, reset_password
from passwords.rescue_flow import it_was_not_me
from passwords.undo_flow import Proofs, undo
from shared import policy, settings
from shared.auth import attempt_limits
from shared.auth.session_opening import NewSession
from shared.crypto import randomness, seal
from shared.delivery.letters import ChangeMade, EmailChangeAsked, PasswordResetAsked
from shared.domain import identifiers
from shared.domain.challenges import Challenge
from shared.domain.instants import NEVER
from shared.domain.links import Link
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.domain.provenance import of as of_device
from shared.errors import (
    ChallengeClosed,
    LinkClosed,
    NotSignedIn,
    Outrun,
    TooManyNewPasswords,
    TooManyPasswords,
    TooManyResets,
    WrongPassword,
)
from shared.storage import links, logins, users
from shared.storage.engine import commit
from tests.races.arena import (
    BEFORE,
    CODE,
    HOME,
    LATER,
    NOON,
    PASSWORD,
    SOME_SEEDS,
    Arena,
    answer,
    caller,
    code_for,
    let_in,
    letters_to,
    log_in,
    of,
    tally,
)

SOME = 10
SECOND = timedelta(seconds=1)
ABROAD = Origin("203.0.113.9", "Check/1.0")


def test_of_many_who_use_an_invitation_one_sets_the_password(arena: Arena):
    ann = arena.person(password_hash=None)
    link = send(ann, "invitation")

    def accept(password: str) -> str:
        accept_invitation(link, password, origin=HOME, now=NOON)
        return password

    answers = arena.race(*[partial(accept, password) for password in passwords(arena)])
    assert is_one_and_no_more(answers)
    assert opens(ann, of(str, answers)[0])


@SOME_SEEDS
def test_of_many_who_use_a_reset_link_one_sets_the_password_and_the_old_one_is_remembered_once(arena: Arena):
    ann = arena.person(phone=arena.chance.choice([None, arena.nobody().phone]))
    link = send(ann, "reset")

    def reset(password: str) -> str:
        reset_password(link, password, transport="bearer", factor=None, origin=HOME, now=NOON)
        return password

    answers = arena.race(*[partial(reset, password) for password in passwords(arena)])
    assert is_one_and_no_more(answers)
    assert arena.rows(settings.SESSIONS_TABLE, ann.user_id) == (ann.phone is None)
    assert opens(ann, of(str, answers)[0])
    assert not opens(ann, PASSWORD)
    assert arena.row(settings.PASSWORDS_TABLE, ann.user_id)["before"] == {"L": [{"S": ann.password_hash}]}


@SOME_SEEDS
def test_of_many_who_say_it_was_not_me_one_is_sent_a_link(arena: Arena):
    ann = arena.person()
    link = send(ann, "notme")
    answers = arena.race(*[partial(it_was_not_me, link, origin=HOME, now=NOON)] * arena.crowd)
    assert tally(answers) == {type(None): 1, LinkClosed: arena.crowd - 1}
    [letter] = letters_to(PasswordResetAsked, ann)
    assert [letter.change for letter in letters_to(ChangeMade, ann)] == ["not_me"]
    reset_password(letter.token, "Rzeka-000-Most", transport="bearer", factor=None, origin=HOME, now=LATER)
    assert opens(ann, "Rzeka-000-Most")


def test_after_it_was_not_me_nothing_that_the_password_opened_is_honoured(arena: Arena):
    ann = arena.person(phone=arena.chance.choice([None, arena.nobody().phone]))
    link, before = send(ann, "notme"), arena.sessions(ann, SOME)
    early, late = (arena.challenges(ann, SOME if ann.phone else 0) for _ in range(2))
    answers = arena.race(
        partial(it_was_not_me, link, origin=HOME, now=arena.instant()),
        *[partial(log_in, ann, now=arena.instant()) for _ in range(SOME)],
        *[partial(answer, arena.looks(challenge), CODE, now=arena.instant()) for challenge in early],
    )
    assert of(type(None), answers) == [None]
    assert let_in([*before, *[admitted.token for admitted in of(NewSession, answers)]]) == []
    for challenge in [*late, *of(Challenge, answers)]:
        commit(attempt_limits.resetting_code_attempts(ann.user_id, now=NOON))
        with pytest.raises(ChallengeClosed):
            answer(arena.looks(challenge), CODE if challenge in late else code_for(challenge), now=LATER)
    assert not opens(ann, PASSWORD)


def test_after_it_was_not_me_no_change_of_address_is_made_that_was_under_way(arena: Arena):
    ann = arena.person()
    link, [token] = send(ann, "notme"), arena.sessions(ann, 1)
    thief = caller(token)
    answers = arena.race(
        partial(it_was_not_me, link, origin=HOME, now=arena.instant()),
        partial(ask, thief, "thief@example.net", origin=HOME, now=arena.instant()),
    )
    letters = letters_to(EmailChangeAsked, ann)
    assert len(letters) + len(of(NotSignedIn, answers)) == 1
    for letter in letters:
        with pytest.raises(LinkClosed):
            prove(letter.token, origin=HOME, now=LATER)


@SOME_SEEDS
@pytest.mark.parametrize("links_used", [1, 2])
def test_of_many_who_prove_a_new_address_one_with_the_newest_link_moves_it_everywhere(arena: Arena, links_used: int):
    ann = arena.person()
    sent = [send(ann, "email", detail=f"{place}@example.net") for place in range(links_used)]
    crowd = sent * (arena.crowd // links_used)
    answers = arena.race(*[partial(prove, link, origin=HOME, now=NOON) for link in crowd])
    assert tally(answers) == {type(None): 1, LinkClosed: len(crowd) - 1}
    login, (user, _) = logins.find(ann.login), users.find(ann.user_id)
    assert login
    assert user
    reminded = arena.row(settings.REMINDERS_TABLE, ann.user_id)["email"]["S"]
    assert login.email == user.email == reminded == f"{links_used - 1}@example.net"


@SOME_SEEDS
def test_an_order_and_the_proof_of_an_older_one_leave_one_address_and_no_older_link(arena: Arena):
    ann = arena.person()
    older, [token] = send(ann, "email", detail="older@example.net"), arena.sessions(ann, 1)
    person = caller(token)
    arena.race(
        partial(prove, older, origin=HOME, now=NOON),
        partial(ask, person, "newer@example.net", origin=HOME, now=NOON),
    )
    with pytest.raises(LinkClosed):
        prove(older, origin=HOME, now=LATER)
    user, _ = users.find(ann.user_id)
    assert user
    assert user.email in (ann.email, "older@example.net")


@SOME_SEEDS
def test_a_rescue_puts_back_what_a_thief_changes_at_the_same_moment(arena: Arena):
    ann = arena.person()
    link, [one, other] = send(ann, "notme", detail=ann.email), arena.sessions(ann, 2)
    proof = send(ann, "email", detail="thief@example.net")
    arena.race(
        partial(it_was_not_me, link, origin=HOME, now=NOON),
        partial(prove, proof, origin=HOME, now=NOON),
        partial(drop, caller(one), "sms", origin=HOME, now=NOON),
        partial(drop, caller(other), "sms", origin=HOME, now=NOON),
    )
    login, (user, _) = logins.find(ann.login), users.find(ann.user_id)
    assert login
    assert user
    if not login.password_hash:  # else it was outrun by each of the changes, and the owner presses again
        assert (login.email, login.phone) == (user.email, user.phone) == (ann.email, ann.phone)
    else:
        it_was_not_me(link, origin=HOME, now=LATER)
        user, _ = users.find(ann.user_id)
        assert user
        assert (user.email, user.phone) == (ann.email, ann.phone)


@SOME_SEEDS
def test_of_two_rescues_the_one_to_the_older_address_is_what_counts(arena: Arena):
    ann = arena.person()
    owners = send(ann, "notme", detail=ann.email)
    prove(send(ann, "email", detail="thief@example.net"), origin=HOME, now=BEFORE + SECOND)
    user, _ = users.find(ann.user_id)
    assert user
    thiefs = send(ann, "notme", detail="thief@example.net", email_at=user.email_at, at=BEFORE + SECOND)
    answers = arena.race(*[partial(it_was_not_me, link, origin=HOME, now=NOON) for link in (owners, thiefs)])
    if Outrun in tally(answers):
        it_was_not_me(owners, origin=HOME, now=LATER)
    user, _ = users.find(ann.user_id)
    assert user
    assert user.email == ann.email


@SOME_SEEDS
def test_of_many_who_undo_a_change_one_does_and_an_address_is_moved_back_once(arena: Arena):
    ann = arena.person()
    prove(send(ann, "email", detail="thief@example.net"), origin=HOME, now=BEFORE + SECOND)
    link = send(ann, "undo", at=BEFORE + SECOND)
    undoing = partial(undo, link, Proofs(PASSWORD, None), origin=HOME, now=NOON)
    answers = arena.race(*[undoing] * SOME)
    assert of(type(None), answers) == [None]
    assert set(tally(answers)) <= {type(None), LinkClosed, Outrun, TooManyPasswords}
    user, _ = users.find(ann.user_id)
    assert user
    assert user.email == ann.email


@SOME_SEEDS
def test_many_who_ask_for_a_reset_from_one_place_send_no_more_links_than_the_first_few(arena: Arena):
    ann, origin = arena.chance.choice([arena.person(), arena.nobody()]), somewhere(arena)
    for now, allowed in ((NOON, policy.FREE_RESETS), (NOON + policy.FIRST_RESET_WAIT, 1)):
        asks = [partial(ask_for_reset, ann.login, origin=origin, now=now) for _ in range(arena.crowd)]
        assert tally(arena.race(*asks)) == {type(None): allowed, TooManyResets: arena.crowd - allowed}
    assert len(letters_to(PasswordResetAsked, ann)) == policy.FREE_RESETS + 1


@SOME_SEEDS
def test_many_who_ask_for_a_reset_from_everywhere_send_no_more_links_than_a_mailbox_gets(arena: Arena):
    ann, allowed = arena.chance.choice([arena.person(), arena.nobody()]), policy.MAILS_FROM_STRANGERS_AN_HOUR
    asks = [partial(ask_for_reset, ann.login, origin=somewhere(arena), now=NOON) for _ in range(2 * allowed)]
    assert tally(arena.race(*asks)) == {type(None): allowed, TooManyResets: allowed}
    assert len(letters_to(PasswordResetAsked, ann)) == allowed


@SOME_SEEDS
def test_many_who_ask_for_resets_of_others_from_one_address_get_no_more_than_it_may_ask_for(arena: Arena):
    origin, people = somewhere(arena), [arena.nobody() for _ in range(arena.crowd)]
    answers = arena.race(*[partial(ask_for_reset, one.login, origin=origin, now=NOON) for one in people])
    allowed = policy.RESETS_FROM_ADDRESS_AND_HOUR
    assert tally(answers) == {type(None): allowed, TooManyResets: arena.crowd - allowed}


def is_one_and_no_more(answers: list[Any]) -> bool:
    """Whether one sets a password; the others come too late, or are too many to have theirs checked at all."""
    seen = tally(answers)
    return seen[str] == 1 and set(seen) <= {str, LinkClosed, TooManyNewPasswords}


def send(person: Login, kind: str, *, detail: str = "", email_at: datetime = NEVER, at: datetime = BEFORE) -> str:
    """What stands in the e-mail, which is the newest of its kind."""
    token = randomness.token(kind, person.user_id)
    until = NOON + policy.RESET_LIFETIME
    provenance = of_device(person.user_id, BEFORE)  # of a thief who came in just then
    link = Link(
        token.id,
        person.login,
        seal.token(token),
        at,
        until,
        detail,
        email_at=email_at,
        kind=kind,
        provenance=provenance,
    )
    newest = {"email": "email_order", "invitation": "invitation"}
    marked = [users.changing(person.user_id, by=None, **{newest[kind]: token.id})] if kind in newest else []
    commit(links.adding(link), *marked)
    return identifiers.write(token)


def passwords(arena: Arena) -> list[str]:
    """One for each of the crowd."""
    return [f"Rzeka-{place:03}-Most" for place in range(arena.crowd)]


def opens(person: Login, password: str) -> bool:
    """Whether they get on with it, from where nobody has tried yet."""
    try:
        log_in(person, password, origin=ABROAD, now=LATER)
    except WrongPassword:
        return False
    return True


def somewhere(arena: Arena) -> Origin:
    """An address that has asked for nothing yet: the engine outlives a test."""
    return Origin(str(IPv6Address(arena.chance.getrandbits(128))), "Check/1.0")

"""Changes of one account that meet: each that is told done is there, and a rescue takes back what a thief adds."""

from collections import Counter
from functools import partial
from typing import Any

import pytest

from account import set_api_password_flow, set_notify_url_flow, switch_sending_flow
from passwords.rescue_flow import it_was_not_me
from shared import policy
from shared.auth.sessions import Person
from shared.crypto import randomness, seal
from shared.domain import identifiers
from shared.domain.accounts import Account
from shared.domain.kept_values import LEGACY_API, NOTIFY_URL
from shared.domain.links import Link
from shared.domain.logins import Login
from shared.errors import NotSignedIn, Outrun
from shared.storage import accounts, kept_values, links
from shared.storage.engine import commit
from tests.races.arena import BEFORE, HOME, LATER, NOON, SOME_SEEDS, Arena, caller, of, tally

FEW = 6
SHOP, THIEF = "https://shop.example/reports", "https://thief.example/"

switch_sending = partial(switch_sending_flow.switch, origin=HOME, now=NOON)
switch_legacy = partial(set_api_password_flow.switch, origin=HOME, now=NOON)
set_url = partial(set_notify_url_flow.set_url, origin=HOME, now=NOON)


@SOME_SEEDS
def test_different_changes_at_once_are_all_there(arena: Arena):
    ann = arena.person()
    people = sessions(arena, ann, 3)
    arena.race(
        partial(switch_sending, people[0], on=False),
        partial(switch_legacy, people[1], changes_by_get=True),
        partial(set_url, people[2], SHOP),
        partial(commit, accounts.allowing_abroad(ann.account_id, "DE")),
        partial(commit, accounts.setting_codes(ann.account_id, digits=8, lifetime=policy.CODE_LIFETIME)),
    )
    now = account(ann)
    assert (now.sending_off, now.changes_by_get, now.notify_url) == (True, True, SHOP)
    assert (now.abroad, now.code_digits) == ("DE", 8)


@SOME_SEEDS
def test_of_many_who_switch_sending_off_at_once_one_did(arena: Arena):
    ann = arena.person()
    answers = arena.race(*[partial(switch_sending, one, on=False) for one in sessions(arena, ann, FEW)])
    assert tally(answers) == {type(None): 1, Outrun: FEW - 1}
    assert account(ann).sending_off


@SOME_SEEDS
def test_of_a_switch_and_a_suspension_the_suspension_stands(arena: Arena):
    ann = arena.person()
    [person] = sessions(arena, ann, 1)
    arena.race(partial(switch_sending, person, on=False), partial(commit, accounts.suspending(ann.account_id, on=True)))
    assert account(ann).suspended


@SOME_SEEDS
@pytest.mark.parametrize("kind", [LEGACY_API, NOTIFY_URL])
def test_what_a_change_keeps_to_be_put_back_is_what_it_replaced(arena: Arena, kind: str):
    ann = arena.person()
    changes: dict[str, list[Any]] = {
        LEGACY_API: [partial(switch_legacy, one, changes_by_get=True) for one in sessions(arena, ann, FEW)],
        NOTIFY_URL: [partial(set_url, one, f"{SHOP}/{place}") for place, one in enumerate(sessions(arena, ann, FEW))],
    }
    answers = arena.race(*changes[kind])
    assert len(of(Outrun, answers)) == FEW - 1
    kept = [one.kind for one in kept_values.of_user(ann.user_id, now=NOON)]
    assert Counter(kept)[kind] == 1


@SOME_SEEDS
def test_a_rescue_puts_back_what_a_thief_lets_old_programs_do_at_the_same_moment(arena: Arena):
    ann = arena.person()
    link, thieves = not_me(ann), sessions(arena, ann, 3)
    answers = arena.race(
        partial(it_was_not_me, link, origin=HOME, now=NOON),
        partial(switch_legacy, thieves[0], changes_by_get=True),
        partial(set_url, thieves[1], THIEF),
        partial(set_url, thieves[2], THIEF + "2"),
    )
    assert set(tally(answers)) <= {type(None), str, set_api_password_flow.Mode, NotSignedIn, Outrun}
    if not account(ann).rescues:  # it was outrun by each of the changes, and the owner presses again
        it_was_not_me(link, origin=HOME, now=LATER)
    now = account(ann)
    assert (now.changes_by_get, now.notify_url) == (False, "")


def sessions(arena: Arena, ann: Login, number: int) -> list[Person]:
    """Sessions of the owner, each of which has read the account already."""
    return [caller(token) for token in arena.sessions(ann, number)]


def account(ann: Login) -> Account:
    found = accounts.find(ann.account_id)
    assert found
    return found


def not_me(ann: Login) -> str:
    """The link of an e-mail about the sign-in from which all sessions came."""
    token = randomness.token("notme", ann.user_id)
    until = NOON + policy.RESET_LIFETIME
    commit(links.adding(Link(token.id, ann.login, seal.token(token), BEFORE, until, ann.email, kind="notme")))
    return identifiers.write(token)

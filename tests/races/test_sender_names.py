"""Sender names on the real engine: of changes that meet each is whole, and the default is always one that is active."""

from functools import partial

import pytest

from messages import manage_sender_names_flow
from shared import policy
from shared.auth.principals import Principal
from shared.domain.logins import Login
from shared.domain.sender_names import SenderName
from shared.errors import Outrun, SenderExists, SenderInactive, SenderQuotaReached, SenderUnknown
from shared.storage import sender_names
from shared.storage.engine import commit
from tests.races.arena import HOME, NOON, SOME_SEEDS, Arena, caller, of, tally

A_FEW = 6

add = partial(manage_sender_names_flow.add, origin=HOME, now=NOON)
remove = partial(manage_sender_names_flow.remove, origin=HOME, now=NOON)
make_default = partial(manage_sender_names_flow.make_default, origin=HOME, now=NOON)


def _owner(arena: Arena) -> tuple[Principal, Login]:
    person = arena.person()
    return caller(arena.sessions(person, 1)[0]), person


def _switch(person: Login, sender: str, *, active: bool) -> None:
    """As an operator does it."""
    _, default = sender_names.find(person.account_id, sender)
    commit(*sender_names.switching(person.account_id, sender, active=active, default=default))


def _add_approved(by: Principal, person: Login, *senders: str) -> None:
    for sender in senders:
        add(by, sender)
        _switch(person, sender, active=True)


@SOME_SEEDS
def test_a_name_that_is_asked_for_by_many_at_once_is_made_once(arena: Arena):
    by, person = _owner(arena)
    answers = arena.race(*[lambda: add(by, "SHOP")] * A_FEW)
    assert tally(answers) == {SenderName: 1, SenderExists: A_FEW - 1}
    assert len(sender_names.of_account(person.account_id)[0]) == 1


@SOME_SEEDS
def test_an_account_has_as_many_as_it_may_have_whatever_is_asked_for_at_once(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(policy, "SENDER_NAMES", 3)
    by, person = _owner(arena)
    answers = arena.race(*[partial(add, by, f"NAME{place}") for place in range(A_FEW)])
    assert len(of(SenderName, answers)) == 3
    assert len(of(SenderQuotaReached, answers)) == A_FEW - 3
    assert len(sender_names.of_account(person.account_id)[0]) == 3


@SOME_SEEDS
def test_what_is_the_default_is_there_and_active_whatever_happens_to_it_at_once(arena: Arena):
    by, person = _owner(arena)
    _add_approved(by, person, "ONE", "TWO")
    answers = arena.race(
        *[lambda: make_default(by, "ONE")] * 2,
        *[lambda: make_default(by, "TWO")] * 2,
        lambda: remove(by, "ONE"),
        partial(_switch, person, "TWO", active=False),
    )
    assert set(tally(answers)) <= {type(None), Outrun, SenderUnknown, SenderInactive}
    names, default = sender_names.of_account(person.account_id)
    assert default is None or default in [name.sender for name in names if name.active]


@SOME_SEEDS
def test_the_count_of_names_is_right_whatever_is_deleted_at_once(arena: Arena, monkeypatch: pytest.MonkeyPatch):
    by, person = _owner(arena)
    monkeypatch.setattr(policy, "SENDER_NAMES", 2)
    _add_approved(by, person, "ONE", "TWO")
    make_default(by, "ONE")
    answers = arena.race(*[lambda: remove(by, "ONE")] * A_FEW, *[lambda: remove(by, "TWO")] * A_FEW)
    gone = answers.count(None)
    left, _ = sender_names.of_account(person.account_id)
    assert gone == 2 - len(left)
    for place in range(gone):
        add(by, f"NEW{place}")
    with pytest.raises(SenderQuotaReached):
        add(by, "MORE")

"""The contacts table: each number once, no more than fit, and nobody changes what they have not seen."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared import policy
from shared.crypto import randomness
from shared.domain.contacts import Contact, generation_of
from shared.errors import ContactQuotaReached, ContactUnknown, Outrun
from shared.storage import contacts
from shared.storage.contacts import ContactState
from shared.storage.engine import Write, commit
from tests.proofs import tables
from tests.shared.storage.refusals import refusal
from tests.support.world import NOON, World

ACCOUNT, OTHER_ACCOUNT = "A" * 10, "B" * 10
LATER = NOON + timedelta(minutes=1)
PHONE, OTHER_PHONE = "+48600100201", "+48600100202"


@pytest.fixture(autouse=True)
def _world(world: World) -> None:
    """Every test has tables."""


def contact(number: str | None = PHONE, account_id: str = ACCOUNT) -> Contact:
    facts = {"phone_number": number} if number else {"email": "ola@example.com"}
    contact_id = randomness.contact_id(account_id, state(account_id).generation, now=NOON)
    return Contact(account_id, contact_id, NOON, NOON, facts)


def state(account_id: str = ACCOUNT) -> ContactState:
    return contacts.state_of(account_id)


def changed(before: Contact, after: Contact) -> list[Write]:
    return contacts.changing(before, after, frozenset())


def removed(*some: Contact) -> list[Write]:
    return contacts.removing(some, frozenset())


def added(number: str | None = PHONE, account_id: str = ACCOUNT) -> Contact:
    new = contact(number, account_id)
    commit(*contacts.adding(new))
    return new


def found(contact: Contact) -> Contact | None:
    return next(iter(contacts.with_ids(contact.account_id, [contact.contact_id])), None)


def called(before: Contact, name: str) -> Contact:
    return before.told({"first_name": name}, now=LATER)


def with_number(before: Contact, number: str) -> Contact:
    return before.told({"phone_number": number}, now=LATER)


def test_a_contact_is_found_in_its_own_account_alone():
    ola = added()
    assert found(ola) == ola
    assert contacts.with_ids(OTHER_ACCOUNT, [ola.contact_id]) == []
    assert list(contacts.pages(state())) == [[ola]]
    assert list(contacts.pages(state(OTHER_ACCOUNT))) == [[]]


def test_a_number_is_there_once_in_each_account():
    added()
    assert refusal(*contacts.adding(contact())) is Outrun
    assert list(contacts.slots(state(), PHONE)) == [0]
    added(account_id=OTHER_ACCOUNT)
    for _ in range(2):
        added(None)


def test_of_two_changes_at_once_one_is_made():
    ola = added()
    commit(*changed(ola, called(ola, "Ola")))
    assert refusal(*changed(ola, called(ola, "Ala"))) is Outrun
    assert found(ola) == replace(called(ola, "Ola"), revision=2)


def test_what_is_gone_is_not_changed_and_not_removed_again():
    ola = added()
    commit(*removed(ola))
    assert refusal(*changed(ola, called(ola, "Ola"))) is ContactUnknown
    assert refusal(*changed(ola, with_number(ola, OTHER_PHONE))) is ContactUnknown
    assert refusal(*removed(ola)) is Outrun


def test_what_was_changed_meanwhile_is_not_removed_nor_anything_with_it():
    ola, ala = added(), added(OTHER_PHONE)
    commit(*changed(ola, called(ola, "Ola")))
    assert refusal(*removed(ala, ola)) is Outrun


def test_another_number_is_taken_and_the_old_one_is_free():
    ola, ala = added(), added(OTHER_PHONE)
    assert refusal(*changed(ola, with_number(ola, OTHER_PHONE))) is Outrun
    commit(*changed(ala, with_number(ala, "+48600100203")))
    commit(*changed(ola, with_number(ola, OTHER_PHONE)))
    added()


def test_no_more_are_added_than_fit_and_those_that_are_removed_make_room(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "CONTACTS_PER_ACCOUNT", 2)
    ola, ala = added(), added(OTHER_PHONE)
    assert refusal(*contacts.adding(contact(None))) is ContactQuotaReached
    commit(*removed(ola, ala))
    for _ in range(2):
        added(None)
    assert refusal(*contacts.adding(contact(None))) is ContactQuotaReached


def test_no_number_is_left_of_what_is_removed():
    commit(*removed(added()))
    assert [row["contact_id"]["S"] for row in tables.rows("contacts")] == [contacts.STATE]


def test_what_was_made_before_all_were_deleted_is_neither_found_nor_counted_and_its_number_is_free():
    ola = added()
    commit(contacts.beginning_anew(state()))
    assert list(contacts.pages(state())) == [[]]
    assert contacts.slots(state(), PHONE) == {}
    assert state().held == 0
    assert refusal(*contacts.adding(replace(contact(), contact_id=ola.contact_id[:-1] + "~"))) is Outrun
    assert refusal(*removed(ola)) is Outrun
    added()


def test_ids_sort_by_generation_and_then_by_time():
    ids = [randomness.contact_id(ACCOUNT, generation, now=at) for generation in (0, 1, 62) for at in (NOON, LATER)]
    assert ids == sorted(ids)
    assert [generation_of(one) for one in ids] == [0, 0, 1, 1, 62, 62]

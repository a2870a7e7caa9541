"""The contacts table: each number once, no more than fit, and nobody changes what they have not seen."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared import policy
from shared.crypto import randomness
from shared.domain.contacts import Contact
from shared.errors import ContactExists, ContactQuotaReached, ContactUnknown, Outrun
from shared.storage import contacts
from shared.storage.engine import commit
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
    return Contact(account_id, randomness.record_id(account_id), NOON, NOON, facts, frozenset({"group"}))


def added(number: str | None = PHONE, account_id: str = ACCOUNT) -> Contact:
    new = contact(number, account_id)
    commit(*contacts.adding(new))
    return new


def found(contact: Contact) -> Contact | None:
    return contacts.find(contact.account_id, contact.contact_id)[0]


def called(before: Contact, name: str) -> Contact:
    return before.told({"first_name": name}, now=LATER)


def with_number(before: Contact, number: str) -> Contact:
    return before.told({"phone_number": number}, now=LATER)


def test_a_contact_is_found_in_its_own_account_alone():
    ola = added()
    assert found(ola) == ola
    assert contacts.find(OTHER_ACCOUNT, ola.contact_id)[0] is None
    assert list(contacts.pages(ACCOUNT)) == [[ola]]
    assert list(contacts.pages(OTHER_ACCOUNT)) == [[]]


def test_a_number_is_there_once_in_each_account():
    added()
    assert refusal(*contacts.adding(contact())) is ContactExists
    added(account_id=OTHER_ACCOUNT)
    for _ in range(2):
        added(None)


def test_of_two_changes_at_once_one_is_made():
    ola = added()
    commit(*contacts.changing(ola, called(ola, "Ola")))
    assert refusal(*contacts.changing(ola, called(ola, "Ala"))) is Outrun
    assert found(ola) == replace(called(ola, "Ola"), revision=2)


def test_what_is_gone_is_not_changed_and_not_removed_again():
    ola = added()
    commit(*contacts.removing(ola))
    assert refusal(*contacts.changing(ola, called(ola, "Ola"))) is ContactUnknown
    assert refusal(*contacts.changing(ola, with_number(ola, OTHER_PHONE))) is ContactUnknown
    assert refusal(*contacts.removing(ola)) is Outrun


def test_what_was_changed_meanwhile_is_not_removed_nor_anything_with_it():
    ola, ala = added(), added(OTHER_PHONE)
    commit(*contacts.changing(ola, called(ola, "Ola")))
    assert refusal(*contacts.removing(ala, ola)) is Outrun


def test_another_number_is_taken_and_the_old_one_is_free():
    ola, ala = added(), added(OTHER_PHONE)
    assert refusal(*contacts.changing(ola, with_number(ola, OTHER_PHONE))) is ContactExists
    commit(*contacts.changing(ala, with_number(ala, "+48600100203")))
    commit(*contacts.changing(ola, with_number(ola, OTHER_PHONE)))
    added()


def test_no_more_are_added_than_fit_and_those_that_are_removed_make_room(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "CONTACTS_PER_ACCOUNT", 2)
    ola, ala = added(), added(OTHER_PHONE)
    assert refusal(*contacts.adding(contact(None))) is ContactQuotaReached
    commit(*contacts.removing(ola, ala))
    for _ in range(2):
        added(None)
    assert refusal(*contacts.adding(contact(None))) is ContactQuotaReached


def test_no_number_is_left_of_what_is_removed():
    commit(*contacts.removing(added()))
    assert [row["contact_id"]["S"] for row in tables.rows("contacts")] == ["ledger"]

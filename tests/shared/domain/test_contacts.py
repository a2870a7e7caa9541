"""Contacts: reachable by phone or mail, changed only by what is new, filtered and ordered without regard to case."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared import policy
from shared.domain import contacts
from shared.domain.contacts import Contact, Filter, ordered
from shared.errors import ContactTooLarge, UnreachableContact

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
OLA = Contact(
    "A" * 10,
    "ola",
    NOON,
    NOON,
    {"first_name": "Ola", "last_name": "Nowak", "phone_number": "+48600100201", "city": "Łódź", "idx": "secret"},
    frozenset({"vip"}),
)


def test_only_what_is_new_is_a_change():
    assert OLA.told({"first_name": "Ola", "email": ""}, now=LATER) is OLA
    assert OLA.moved(frozenset({"vip"}), now=LATER) is OLA
    told = OLA.told({"first_name": "Ela", "city": ""}, now=LATER)
    assert (told.facts.get("first_name"), told.facts.get("city"), told.updated_at) == ("Ela", None, LATER)
    moved = OLA.moved(frozenset(), now=LATER)
    assert (moved.groups, moved.updated_at, moved.created_at) == (frozenset(), LATER, NOON)


def test_a_phone_or_an_address_stays():
    assert OLA.number == "+48600100201"
    with pytest.raises(UnreachableContact):
        OLA.told({"phone_number": ""}, now=LATER)
    assert OLA.told({"phone_number": "", "email": "ola@example.com"}, now=LATER).number is None


def test_the_facts_of_a_contact_have_so_many_bytes_and_no_more():
    facts = {"email": "ola@example.com", "x": ""}
    room = policy.CONTACT_BYTES - len(contacts.written(facts))
    assert contacts.reachable(facts | {"x": "ą" * (room // 2)})
    with pytest.raises(ContactTooLarge):
        contacts.reachable(facts | {"x": "ą" * (room // 2 + 1)})


def test_hints_leave_out_only_who_cannot_be_meant():
    hints = contacts.hints(OLA.facts)
    assert Filter(facts={"first_name": frozenset({"ala", "ola"}), "idx": frozenset()}).may_take(hints)
    assert not Filter(facts={"first_name": frozenset({"ola"}), "email": frozenset({"x"})}).may_take(hints)
    assert len(hints) == len(contacts.HINTED) * contacts.HINT_CHARACTERS


def test_a_number_has_one_mark_in_each_account():
    marks = {contacts.mark(account, number) for account in "AB" for number in ("+48600100201", "+48600100202")}
    assert len(marks) == 4
    assert contacts.mark("A", "+48600100201") in marks
    assert not any("600100" in one for one in marks)


TAKEN = {
    "nothing asked": (Filter(), True),
    "a part of the name": (Filter("OL"), True),
    "a part of the number": (Filter("600100"), True),
    "a part of the city": (Filter("łód"), True),
    "what is not searched": (Filter("secret"), False),
    "what is not there": (Filter("ela"), False),
    "its group": (Filter(groups=frozenset({"vip", "press"})), True),
    "another group": (Filter(groups=frozenset({"press"})), False),
    "one of several names": (Filter(facts={"first_name": frozenset({"ola", "ela"})}), True),
    "another name": (Filter(facts={"first_name": frozenset({"ela"})}), False),
    "both facts": (Filter(facts={"first_name": frozenset({"ola"}), "last_name": frozenset({"nowak"})}), True),
    "one of two facts": (Filter(facts={"first_name": frozenset({"ola"}), "last_name": frozenset({"kos"})}), False),
    "no gender that is known": (Filter(facts={"gender": frozenset({"undefined"})}), True),
    "a gender": (Filter(facts={"gender": frozenset({"female"})}), False),
    "a text in another group": (Filter("ola", groups=frozenset({"press"})), False),
}


@pytest.mark.parametrize("what", sorted(TAKEN))
def test_a_filter_takes_what_meets_all_of_it(what: str):
    wanted, taken = TAKEN[what]
    assert wanted.takes(OLA) == taken


@pytest.mark.parametrize("wanted", [Filter("x"), Filter(facts={"idx": frozenset()}), Filter(groups=frozenset("x"))])
def test_a_filter_is_empty_only_without_anything_in_it(wanted: Filter):
    assert Filter().is_empty
    assert not wanted.is_empty


def test_a_gender_is_told_where_it_is_known():
    assert contacts.gender_of(OLA) == "undefined"
    assert contacts.gender_of(OLA.told({"gender": "female"}, now=LATER)) == "female"


def test_contacts_come_in_the_order_that_was_asked_for_and_the_older_one_first():
    old = replace(OLA, contact_id="b", updated_at=LATER)
    young = replace(OLA, contact_id="a", created_at=LATER, facts=OLA.facts | {"last_name": "kos"})
    twin = replace(OLA, contact_id="c", facts=OLA.facts | {"first_name": "ALA"})
    everybody = [young, twin, old]
    assert ordered(everybody, "date_created") == [old, twin, young]
    assert ordered(everybody, "date_updated") == [twin, young, old]
    assert ordered(everybody, "first_name") == [twin, old, young]
    assert ordered(everybody, "last_name") == [young, old, twin]

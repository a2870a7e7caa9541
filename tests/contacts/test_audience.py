"""Whom a message to a group reaches, and whether its sender may be told their numbers."""

import pytest

from shared.domain.users import User
from shared.errors import GroupEmpty, GroupUnknown
from shared.storage import contacts, engine, groups, users
from tests.contacts.company import Asker
from tests.support.calls import overheard


def user_of(asker: Asker) -> User:
    user, _ = users.find(asker.person.user_id)
    assert user
    return user


def numbers(asker: Asker, name: str = "VIP", most: int = 40) -> list[str]:
    return sorted(contacts.numbers_of_group(user_of(asker), name, most=most).numbers)


@pytest.fixture
def vip(ann: Asker) -> str:
    """A group of three, one of whom has no phone; a fourth is in none."""
    ann.contact("600100203")
    by_mail = str(ann.post("/contacts", email="a@example.com").body["id"])
    return ann.group("VIP", ann.contact("600100201"), ann.contact("600100202"), by_mail)


def test_a_group_is_everybody_in_it_who_has_a_phone(ann: Asker, vip: str):
    assert numbers(ann) == ["+48600100201", "+48600100202"]


def test_whoever_may_send_reaches_them_and_need_not_be_told_who_they_are(ann: Asker, bob: Asker, vip: str):
    ann.share(vip, bob, "send")
    audience = contacts.numbers_of_group(user_of(bob), "VIP", most=40)
    assert (len(audience.numbers), audience.readable) == (2, False)
    assert "600100201" not in repr(audience)
    ann.share(vip, bob, "send", "read")
    assert contacts.numbers_of_group(user_of(bob), "VIP", most=40).readable


def test_whoever_may_only_read_and_write_reaches_nobody(ann: Asker, bob: Asker, vip: str):
    ann.share(vip, bob, "read", "write")
    with pytest.raises(GroupUnknown):
        numbers(bob)


def test_the_phonebook_may_be_sent_to(ann: Asker, bob: Asker, vip: str):
    engine.commit(groups.sharing_all(bob.person.user_id, on=True))
    assert len(numbers(bob)) == 2


def test_a_name_that_is_none_is_unknown_and_so_is_another_accounts(ann: Asker, vip: str):
    for asker, name in ((ann, "vip"), (ann, ""), (ann, vip), (Asker(ann.world, ann.world.add("mallory"), ""), "VIP")):
        with pytest.raises(GroupUnknown):
            numbers(asker, name)


def test_a_group_without_a_phone_is_empty(ann: Asker):
    ann.group("VIP", str(ann.post("/contacts", email="a@example.com").body["id"]))
    with pytest.raises(GroupEmpty):
        numbers(ann)


def test_no_more_are_looked_for_than_tell_that_they_are_too_many(ann: Asker, vip: str):
    assert len(numbers(ann, most=0)) == 1
    assert len(numbers(ann, most=1)) == 2


def test_only_small_rows_of_the_group_are_read_and_no_more_than_needed(ann: Asker, vip: str):
    ann.group("Others", *(ann.contact(f"6001003{place:02}") for place in range(30)))
    with overheard() as calls:
        assert len(numbers(ann, "Others", most=1)) == 2
    assert [call.operation for call in calls][-2:] == ["BatchGetItem", "Query"]
    assert calls[-1].arguments["Limit"] < 30


def test_landlines_do_not_count_towards_those_that_are_reached(ann: Asker):
    landlines = [ann.contact(f"4832720120{place}") for place in range(4)]
    ann.group("VIP", *landlines, ann.contact("600100201"), ann.contact("600100202"))
    assert numbers(ann, most=1) == ["+48600100201", "+48600100202"]

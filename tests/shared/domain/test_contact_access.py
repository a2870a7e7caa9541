"""Who may do what with contacts: an owner everything, a sub-user what was shared, and the rest is not there."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared import policy
from shared.domain.contact_access import ALL, NOTHING, PHONEBOOK, Directory, Group, Permission, Reach
from shared.domain.contacts import Contact
from shared.domain.users import User
from shared.errors import ContactUnknown, GroupExists, GroupNeeded, GroupNotYours, GroupQuotaReached, NoSuchGroup

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ACCOUNT = "A" * 10
ANN = User(ACCOUNT, "ann", "ann", enabled=True, created_at=NOON)
BOB = replace(ANN, user_id="bob", login="bob", owner=False)
READ, WRITE, SEND = Permission(read=True), Permission(write=True), Permission(send=True)


def group(name: str, **shared: Permission) -> Group:
    return Group(f"id-{name}", name, NOON, NOON, "ann", shared=shared)


def contact(*groups: Group) -> Contact:
    ids = frozenset(one.group_id for one in groups)
    return Contact(ACCOUNT, "contact", NOON, NOON, {"email": "ola@example.com"}, ids)


BARE, SEEN, EDITED, REACHED = (
    group("bare"),
    group("seen", bob=READ),
    group("edited", bob=WRITE),
    group("sent", bob=SEND),
)
WHOLE = group("whole", bob=READ | WRITE)
DIRECTORY = Directory(ACCOUNT, (BARE, SEEN, EDITED, REACHED, WHOLE))
OWNER, CLERK = Reach(ANN, DIRECTORY), Reach(BOB, DIRECTORY)


# --- Permissions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", [NOTHING, READ, WRITE, SEND, ALL])
@pytest.mark.parametrize("other", [NOTHING, READ, WRITE, SEND])
def test_two_permissions_together_are_what_either_gives(one: Permission, other: Permission):
    both = one | other
    for right in ("read", "write", "send"):
        assert getattr(both, right) == (getattr(one, right) or getattr(other, right))


def test_a_permission_says_what_it_gives():
    assert [bool(one) for one in (NOTHING, READ, WRITE, SEND)] == [False, True, True, True]
    assert [one.words for one in (NOTHING, READ, PHONEBOOK, ALL)] == ["", "read", "read send", "read write send"]


# --- Groups -----------------------------------------------------------------------------------------------


def test_a_group_is_found_by_its_id():
    assert DIRECTORY.find("id-seen") == SEEN
    with pytest.raises(NoSuchGroup):
        DIRECTORY.find("seen")


def test_a_name_is_there_once_and_a_group_keeps_its_own():
    with pytest.raises(GroupExists):
        DIRECTORY.having(replace(group("seen"), group_id="other"))
    with pytest.raises(GroupExists):
        DIRECTORY.changed(replace(SEEN, name="bare"))
    after = DIRECTORY.changed(replace(SEEN, description="x"))
    assert after.groups == (BARE, replace(SEEN, description="x"), EDITED, REACHED, WHOLE)


def test_no_more_groups_are_added_than_there_may_be(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "GROUPS_PER_ACCOUNT", 6)
    full = DIRECTORY.having(group("sixth"))
    assert full.groups == (*DIRECTORY.groups, group("sixth"))
    with pytest.raises(GroupQuotaReached):
        full.having(group("seventh"))


def test_a_group_is_removed_and_no_other():
    assert DIRECTORY.without(SEEN).groups == (BARE, EDITED, REACHED, WHOLE)


def test_the_phonebook_is_every_group_besides_what_was_shared():
    book = replace(DIRECTORY, everywhere=frozenset({"bob"}))
    assert [book.permission(one, "bob") for one in (BARE, EDITED)] == [PHONEBOOK, ALL]
    assert [DIRECTORY.permission(one, "bob") for one in (BARE, EDITED)] == [NOTHING, WRITE]
    assert book.permission(EDITED, "carol") == NOTHING
    assert (book.holders(BARE), DIRECTORY.holders(BARE)) == (["bob"], [])
    assert replace(DIRECTORY, everywhere=frozenset({"al"})).holders(SEEN) == ["al", "bob"]


# --- Reach ------------------------------------------------------------------------------------------------


def test_an_owner_may_do_everything():
    assert OWNER.groups == list(DIRECTORY.groups)
    assert OWNER.writable("id-bare") == BARE
    lonely = contact()
    assert OWNER.seen(lonely) == OWNER.changeable(lonely) == lonely
    assert OWNER.may_change(contact(BARE))
    assert OWNER.into([]) == frozenset()
    assert OWNER.into(["id-bare"]) == {"id-bare"}


def test_a_subuser_knows_of_groups_that_they_have_any_right_to():
    assert CLERK.groups == [SEEN, EDITED, REACHED, WHOLE]
    assert CLERK.group("id-sent") == REACHED
    for group_id in ("id-bare", "made up"):
        with pytest.raises(NoSuchGroup):
            CLERK.group(group_id)
    assert [sorted(CLERK.ids(right)) for right in ("read", "write", "send")] == [
        ["id-seen", "id-whole"],
        ["id-edited", "id-whole"],
        ["id-sent"],
    ]


def test_only_a_group_that_may_be_written_is_writable():
    assert CLERK.writable("id-edited") == EDITED
    with pytest.raises(GroupNotYours):
        CLERK.writable("id-seen")
    with pytest.raises(NoSuchGroup):
        CLERK.writable("id-bare")


@pytest.mark.parametrize("hidden", [contact(), contact(BARE), contact(EDITED), contact(REACHED), None])
def test_a_contact_is_seen_by_whoever_may_read_one_of_its_groups(hidden: Contact | None):
    for seen in (contact(SEEN), contact(SEEN, BARE)):
        assert CLERK.seen(seen) == seen
    for look in (CLERK.seen, CLERK.changeable):
        with pytest.raises(ContactUnknown):
            look(hidden)


@pytest.mark.parametrize("kept", [contact(SEEN), contact(WHOLE, SEEN), contact(WHOLE, BARE)])
def test_a_contact_is_changed_by_whoever_may_write_to_each_of_its_groups(kept: Contact):
    for own in (contact(WHOLE), contact(WHOLE, EDITED), contact(WHOLE, group("deleted"))):
        assert CLERK.changeable(own) == own
    with pytest.raises(GroupNotYours):
        CLERK.changeable(kept)
    assert not CLERK.may_change(contact(EDITED))


def test_of_a_contacts_groups_a_subuser_is_told_of_their_own():
    assert CLERK.groups_of(contact(BARE, SEEN)) == [SEEN]
    assert OWNER.groups_of(contact(BARE, SEEN)) == [BARE, SEEN]
    assert CLERK.living(contact(BARE, group("deleted"))) == {"id-bare"}


def test_a_new_contact_goes_where_its_maker_may_write():
    assert CLERK.into(["id-edited", "id-whole"]) == {"id-edited", "id-whole"}
    with pytest.raises(GroupNotYours):
        CLERK.into(["id-edited", "id-seen"])
    with pytest.raises(GroupNeeded):
        CLERK.into([])
    alone = Reach(BOB, Directory(ACCOUNT, (BARE, SEEN, EDITED)))
    assert alone.into([]) == {"id-edited"}
    with pytest.raises(GroupNeeded):
        Reach(BOB, Directory(ACCOUNT, (BARE, SEEN))).into([])

"""Who may do what with contacts: an owner everything, a sub-user what was shared, and the rest is not there."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared import policy
from shared.domain.contact_access import ALL, NOTHING, PHONEBOOK, Directory, Group, Permission, Reach, Shares
from shared.domain.contacts import Contact
from shared.domain.users import User
from shared.errors import ContactInTooManyGroups, ContactUnknown, GroupNeeded, GroupNotYours, NoSuchGroup

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ACCOUNT = "A" * 10
ANN = User(ACCOUNT, "ann", "ann", enabled=True, created_at=NOON)
BOB = replace(ANN, user_id="bob", login="bob", owner=False)
READ, WRITE, SEND = Permission(read=True), Permission(write=True), Permission(send=True)


def group(name: str) -> Group:
    return Group(ACCOUNT, f"id-{name}", name, NOON, NOON, "ann", size=7)


def contact(*groups: Group, generation: int = 0, **facts: str) -> Contact:
    ids = frozenset(one.group_id for one in groups)
    contact_id = f"{ACCOUNT}000{generation}"
    return Contact(ACCOUNT, contact_id, NOON, NOON, {"email": "ola@example.com"}, ids, **facts)


BARE, SEEN, EDITED, REACHED, WHOLE = map(group, ("bare", "seen", "edited", "sent", "whole"))
GROUPS = {one.group_id: one for one in (BARE, SEEN, EDITED, REACHED, WHOLE)}
SHARES = Shares("bob", {"id-seen": READ, "id-edited": WRITE, "id-sent": SEND, "id-whole": READ | WRITE})
OWNER, CLERK = Reach(ANN, Shares("ann"), GROUPS), Reach(BOB, SHARES, GROUPS)


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


# --- Shares -----------------------------------------------------------------------------------------------


def test_the_phonebook_is_every_group_besides_what_was_shared():
    book = replace(SHARES, everywhere=True)
    assert [book.permission(one) for one in ("id-bare", "id-edited")] == [PHONEBOOK, ALL]
    assert [SHARES.permission(one) for one in ("id-bare", "id-edited")] == [NOTHING, WRITE]
    both = Directory(shares={"bob": SHARES, "al": Shares("al", everywhere=True), "eve": Shares("eve")})
    assert both.permissions("id-seen") == {"al": PHONEBOOK, "bob": READ}
    assert both.permissions("id-bare") == {"al": PHONEBOOK}


def test_a_permission_is_changed_and_no_other():
    assert SHARES.changed("id-seen", ALL).given == SHARES.given | {"id-seen": ALL}
    assert set(SHARES.changed("id-seen", None).given) == {"id-edited", "id-sent", "id-whole"}
    assert SHARES.changed("id-bare", None) == SHARES


# --- Reach ------------------------------------------------------------------------------------------------


def test_an_owner_may_do_everything():
    assert OWNER.writable("id-bare") == BARE
    lonely = contact()
    assert OWNER.seen(lonely) == OWNER.changeable(lonely) == lonely
    assert OWNER.may_change(contact(BARE))
    assert OWNER.into([]) == frozenset()
    assert OWNER.into(["id-bare"]) == {"id-bare"}


def test_a_subuser_knows_of_groups_that_they_have_any_right_to():
    assert CLERK.group("id-sent") == REACHED
    for group_id in ("id-bare", "made up"):
        with pytest.raises(NoSuchGroup):
            CLERK.group(group_id)
    assert [sorted(CLERK.can(right)) for right in ("read", "write", "send")] == [
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
    assert replace(CLERK, groups={"id-edited": EDITED, "id-seen": SEEN}).into([]) == {"id-edited"}
    with pytest.raises(GroupNeeded):
        replace(CLERK, groups={"id-seen": SEEN}).into([])


def test_a_contact_is_in_no_more_groups_than_it_may_be(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "GROUPS_PER_CONTACT", 1)
    assert OWNER.into(["id-bare"]) == {"id-bare"}
    with pytest.raises(ContactInTooManyGroups):
        OWNER.into(["id-bare", "id-seen"])


def test_a_contact_of_another_generation_or_of_a_doomed_group_is_not_there():
    for gone in (contact(SEEN, generation=1), contact(SEEN, group("doomed"))):
        for reach in (OWNER, CLERK):
            assert not replace(reach, doomed=frozenset({"id-doomed"})).sees(gone)
    assert replace(OWNER, generation=1).sees(contact(generation=1))


def test_a_size_is_told_to_whoever_may_read_the_group_and_is_of_the_present_generation():
    assert [CLERK.size_of(one) for one in (SEEN, EDITED, REACHED)] == [7, 0, 0]
    assert (OWNER.size_of(BARE), replace(OWNER, generation=1).size_of(BARE)) == (7, 0)
    assert OWNER.grown({"id-bare": -3}).groups["id-bare"].size == 4
    assert OWNER.grown({"id-bare": 1}).groups["id-bare"].size == 8


def test_whoever_made_a_contact_knows_of_it_while_they_have_any_right_on_its_groups():
    assert CLERK.made(contact(REACHED, created_by="bob"))
    assert not any(CLERK.made(one) for one in (contact(REACHED), contact(BARE, created_by="bob")))

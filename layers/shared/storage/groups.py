"""The groups table: an account's groups of contacts, and what was shared with each sub-user.

A group is a row, and so is its name, which makes it unique. What was shared with a sub-user is one row of theirs: a
request reads it with one key, and it goes when they are deleted. A request reads only the groups that it is about.
"""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256

from pynamodb.attributes import Attribute, BooleanAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.constants import STRING
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.contact_access import RIGHTS, Directory, Group, Permission, Shares
from shared.domain.identifiers import account_of, is_record_id
from shared.domain.logins import Login
from shared.errors import ContactQuotaReached, GroupExists, GroupQuotaReached, Outrun
from shared.storage import bulk, engine, logins, users
from shared.storage.mapping import CountAttribute, facts_set, record, row

COUNT = "count"
"""The sort key of the row that counts an account's groups. No group has it: their ids begin with the account's."""

OF_USER, OF_NAME = "user:", "name:"
"""Beginnings of the sort keys of rows that are no group."""


class PermissionsAttribute(Attribute[Mapping[str, Permission]]):
    """Permissions by the ids of groups, as one JSON text. Each is written as the first letters of its RIGHTS."""

    attr_type = STRING

    def serialize(self, value: Mapping[str, Permission]) -> str:
        letters = {group_id: "".join(word[0] for word in given.words.split()) for group_id, given in value.items()}
        return json.dumps(letters, separators=(",", ":"))

    def deserialize(self, value: str) -> Mapping[str, Permission]:
        return {group_id: _permission_from(letters) for group_id, letters in json.loads(value).items()}


class GroupItem(Model):
    class Meta:
        table_name = settings.GROUPS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    group_id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()
    created_by = UnicodeAttribute()
    description = UnicodeAttribute(default="")
    idx = UnicodeAttribute(null=True)
    expire_after = CountAttribute(null=True)
    revision = CountAttribute()
    size = CountAttribute()
    generation = CountAttribute()


class GroupNameItem(Model):
    """The name of a group, under its digest. The row makes the name unique, and finds the group by it."""

    class Meta:
        table_name = settings.GROUPS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    group_id = UnicodeAttribute(range_key=True)
    held_by = UnicodeAttribute()


class GroupCountItem(Model):
    class Meta:
        table_name = settings.GROUPS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    group_id = UnicodeAttribute(range_key=True)
    held = NumberAttribute()


class SharesItem(Model):
    class Meta:
        table_name = settings.GROUPS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    group_id = UnicodeAttribute(range_key=True)
    given = PermissionsAttribute(default=dict)
    everywhere = BooleanAttribute(default=False)
    made = CountAttribute(default=0)
    generation = CountAttribute(default=0)
    revision = CountAttribute(default=0)


def key(account_id: str, group_id: str) -> engine.Key:
    return engine.Key(GroupItem, account_id, group_id)


def name_key(account_id: str, name: str) -> engine.Key:
    return engine.Key(GroupNameItem, account_id, _name_range(account_id, name))


def shares_key(user_id: str) -> engine.Key:
    return engine.Key(SharesItem, account_of(user_id), OF_USER + user_id)


def read_shares(user_id: str, item: Model | None) -> Shares:
    """Return what is in *item*, a row that was fetched under `shares_key`; None stands for nothing."""
    if not isinstance(item, SharesItem):
        return Shares(user_id)
    return Shares(user_id, item.given, bool(item.everywhere), item.made, item.generation, item.revision)


def known(account_id: str, group_ids: Iterable[str]) -> dict[str, Group]:
    """Return those of the groups that exist, by id, in a round trip for each hundred."""
    # An id begins with its account's, so another account's group is not even read (ASVS V8.2.2).
    own = sorted({one for one in group_ids if is_record_id(one) and account_of(one) == account_id})
    found = bulk.fetch(key(account_id, one) for one in own)
    return {group.group_id: group for item in found if (group := record(Group, item))}


def every(account_id: str) -> dict[str, Group]:
    """Return all groups of the account by id, in one round trip for each megabyte."""
    place = (GroupItem.account_id == account_id) & GroupItem.group_id.startswith(account_id)
    rows = (raw for page in engine.pages(GroupItem, place) for raw in page)
    found = (record(Group, GroupItem.from_raw_data(raw)) for raw in rows)
    return {group.group_id: group for group in found if group}


def find(account_id: str) -> Directory:
    """Return all groups of the account and all that is shared, in two round trips and one for each megabyte more."""
    return Directory(tuple(every(account_id).values()), shared(account_id))


def shared(account_id: str) -> dict[str, Shares]:
    """Return what was shared with each sub-user of the account, by their id, in one round trip for each megabyte."""
    place = (SharesItem.account_id == account_id) & SharesItem.group_id.startswith(OF_USER)
    rows = [SharesItem.from_raw_data(raw) for page in engine.pages(SharesItem, place) for raw in page]
    found = [read_shares(item.group_id.removeprefix(OF_USER), item) for item in rows]
    return {shares.user_id: shares for shares in found}


def find_with_login(account_id: str, group_id: str, login: str) -> tuple[Group | None, Login | None]:
    """Return a group, and the account's user with that canonical *login*, None for none, in one round trip."""
    keys = [engine.Key(logins.LoginItem, login)]
    if is_record_id(group_id) and account_of(group_id) == account_id:
        keys.append(key(account_id, group_id))
    row, *items = engine.fetch(*keys)
    found = record(Login, row)
    group = record(Group, items[0]) if items else None
    return group, found if found and found.account_id == account_id else None


def shares_of(user_id: str) -> Shares:
    return read_shares(user_id, engine.fetch_one(shares_key(user_id)))


def adding(group: Group) -> list[engine.Write]:
    """Add a group. Refused as GroupExists if another has its name, or as GroupQuotaReached."""
    room = GroupCountItem.held < policy.GROUPS_PER_ACCOUNT
    count = engine.change(
        GroupCountItem(group.account_id, COUNT),
        [GroupCountItem.held.add(1)],
        guard=GroupCountItem.held.does_not_exist() | room,
        refused=lambda _: GroupQuotaReached(),
    )
    return [count, _claiming_name(group), engine.add(row(GroupItem, group))]


def changing(before: Group, after: Group) -> list[engine.Write]:
    """Write a changed group. Refused as Outrun if it changed or is gone, as GroupExists if another has its new name."""
    names = ("name", "updated_at", "description", "idx", "expire_after")
    facts = {name: getattr(after, name) for name in names}
    change = engine.change(
        GroupItem(before.account_id, before.group_id),
        [*facts_set(GroupItem, facts), GroupItem.revision.set(before.revision + 1)],
        guard=GroupItem.revision == before.revision,
    )
    if after.name == before.name:
        return [change]
    return [change, _releasing_name(before), _claiming_name(after)]


def removing(group: Group) -> list[engine.Write]:
    """Remove a group. Refused as Outrun if it changed since it was read, or is gone."""
    count = engine.change(GroupCountItem(group.account_id, COUNT), [GroupCountItem.held.add(-1)])
    gone = engine.remove(GroupItem(group.account_id, group.group_id), guard=GroupItem.revision == group.revision)
    return [count, gone, _releasing_name(group)]


def being(group_id: str) -> engine.Write:
    """Require that the group exists. Refused as Outrun if it does not."""
    there = GroupItem.group_id.exists()
    return engine.check(key(account_of(group_id), group_id), guard=there, refused=lambda _: Outrun())


def counting(account_id: str, group_id: str, more: int, *, generation: int) -> engine.Write:
    """Count *more* contacts of *generation* in the group, negative for fewer. Refused as Outrun if it is gone."""
    item = GroupItem(account_id, group_id)
    anew = [GroupItem.size.set(max(more, 0)), GroupItem.generation.set(generation)]

    def instead(found: engine.Raw) -> engine.Write | None:
        """All contacts were deleted since the group was counted last: it begins at nothing."""
        if not found or GroupItem.from_raw_data(found).generation >= generation:
            return None
        return engine.change(item, anew, guard=GroupItem.generation < generation)

    return engine.change(item, [GroupItem.size.add(more)], guard=GroupItem.generation == generation, instead=instead)


def storing_shares(before: Shares, after: Shares) -> engine.Write:
    """Write what is shared with a sub-user. Refused as Outrun if it changed since *before* was read."""
    actions = [SharesItem.given.set(after.given), SharesItem.revision.set(before.revision + 1)]
    return engine.change(_shares_item(before.user_id), actions, guard=_is_unchanged(before))


def being_user(user_id: str) -> engine.Write:
    """Require that the sub-user with whom something is shared is not deleted. Refused as Outrun if they are."""
    there = users.UserItem.user_id.exists()
    return engine.check(users.key(user_id), guard=there, refused=lambda _: Outrun())


def insisting(shares: Shares) -> engine.Write:
    """Require that what is shared with the sub-user has not changed. Refused as Outrun if it has."""
    return engine.check(shares_key(shares.user_id), guard=_is_unchanged(shares), refused=lambda _: Outrun())


def sharing_all(user_id: str, on: bool) -> engine.Write:
    """Give a sub-user `contact_access.PHONEBOOK`, or take it. Needs nothing read before and is never refused.

    Permissions on single groups stay as they are.
    """
    return engine.change(_shares_item(user_id), [SharesItem.everywhere.set(on), SharesItem.revision.add(1)])


def forgetting_user(user_id: str) -> engine.Write:
    """Remove all that was shared with a sub-user who is deleted. Never refused."""
    return engine.remove(_shares_item(user_id))


def counting_made(user_id: str, more: int, *, generation: int, insisting: Shares | None = None) -> engine.Write:
    """Count *more* contacts that a sub-user made, negative for fewer, and if *insisting* do what that does, too.

    Refused as ContactQuotaReached at the limit, or as Outrun.
    """
    item, actions = _shares_item(user_id), [SharesItem.made.add(more)]
    unchanged = _is_unchanged(insisting) if insisting else None
    guard = SharesItem.generation == generation
    if not generation:
        guard |= SharesItem.generation.does_not_exist() & SharesItem.group_id.exists()
    if more > 0:
        guard &= SharesItem.made.does_not_exist() | (SharesItem.made <= policy.CONTACTS_PER_SUBUSER - more)
    anew = [SharesItem.made.set(max(more, 0)), SharesItem.generation.set(generation)]

    def refused(found: engine.Raw) -> ContactQuotaReached | Outrun:
        full = found and SharesItem.from_raw_data(found).made + more > policy.CONTACTS_PER_SUBUSER
        is_current = found and SharesItem.from_raw_data(found).generation == generation
        return ContactQuotaReached() if full and is_current and more > 0 else Outrun()

    def instead(found: engine.Raw) -> engine.Write | None:
        if found and SharesItem.from_raw_data(found).generation < generation:
            older = SharesItem.generation.does_not_exist() | (SharesItem.generation < generation)
            return engine.change(item, anew, guard=older & unchanged if unchanged is not None else older)
        if not found and more < 0:  # they are deleted, and their count with them
            gone = SharesItem.group_id.does_not_exist()
            return engine.check(shares_key(user_id), guard=gone, refused=lambda _: Outrun())
        return None

    return engine.change(
        item, actions, guard=guard & unchanged if unchanged is not None else guard, refused=refused, instead=instead
    )


def _is_unchanged(shares: Shares) -> Condition:
    if shares.revision:
        return SharesItem.revision == shares.revision
    return SharesItem.revision.does_not_exist()


def _shares_item(user_id: str) -> SharesItem:
    return SharesItem(account_of(user_id), OF_USER + user_id)


def _claiming_name(group: Group) -> engine.Write:
    held = GroupNameItem(group.account_id, _name_range(group.account_id, group.name), held_by=group.group_id)
    return engine.add(held, refused=GroupExists())


def _releasing_name(group: Group) -> engine.Write:
    return engine.remove(GroupNameItem(group.account_id, _name_range(group.account_id, group.name)))


def _name_range(account_id: str, name: str) -> str:
    return OF_NAME + sha256(f"{account_id}:{name}".encode()).hexdigest()


def _permission_from(letters: Iterable[str]) -> Permission:
    return Permission(**{right: right[0] in letters for right in RIGHTS})

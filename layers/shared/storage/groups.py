"""The groups table: an account's groups of contacts, and the permissions of sub-users on them.

All groups of an account are in one row, for three reasons. Every request for a contact needs all of them, to know what
the user may see, and one round trip fetches them with it. Their names must be unique. And a single revision is enough
to notice simultaneous changes. The row's size is limited by `policy.GROUPS_BYTES`.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pynamodb.attributes import Attribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.constants import STRING
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.contact_access import RIGHTS, Directory, Group, Permission
from shared.domain.identifiers import account_of
from shared.domain.logins import Login
from shared.errors import GroupQuotaReached, Outrun
from shared.storage import engine, logins
from shared.storage.mapping import record

EVERY = "groups"
"""The sort key of the one row of an account."""


class GroupsAttribute(Attribute[tuple[Group, ...]]):
    """Groups as one JSON text, in their order. A permission is written as the first letters of its RIGHTS."""

    attr_type = STRING

    def serialize(self, value: tuple[Group, ...]) -> str:
        facts = [vars(group) | {"shared": _shared_as_letters(group)} for group in value]
        return json.dumps(facts, separators=(",", ":"), ensure_ascii=False, default=datetime.isoformat)

    def deserialize(self, value: str) -> tuple[Group, ...]:
        return tuple(_group_from(facts) for facts in json.loads(value))


class GroupsItem(Model):
    class Meta:
        table_name = settings.GROUPS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    group_id = UnicodeAttribute(range_key=True)
    groups = GroupsAttribute(default=())
    everywhere = UnicodeSetAttribute(null=True)
    revision = NumberAttribute(default=0)


def key(account_id: str) -> engine.Key:
    return engine.Key(GroupsItem, account_id, EVERY)


def read(account_id: str, item: Model | None) -> Directory:
    """Return the groups in *item*, a row that was fetched under `key`; None stands for no groups."""
    if not isinstance(item, GroupsItem):
        return Directory(account_id)
    return Directory(account_id, item.groups, frozenset(item.everywhere or ()), int(item.revision))


def find(account_id: str) -> Directory:
    return read(account_id, engine.fetch_one(key(account_id)))


def find_with_login(account_id: str, login: str) -> tuple[Directory, Login | None]:
    """Return an account's groups, and its user with that canonical *login* or None, in one round trip."""
    item, row = engine.fetch(key(account_id), engine.Key(logins.LoginItem, login))
    found = record(Login, row)
    return read(account_id, item), found if found and found.account_id == account_id else None


def swapping(before: Directory, after: Directory) -> engine.Write:
    """Write all groups. Refused as Outrun if one changed since *before* was read. Raises GroupQuotaReached."""
    groups = GroupsItem.groups.set(after.groups)
    if len(GroupsAttribute().serialize(after.groups).encode()) > policy.GROUPS_BYTES:
        raise GroupQuotaReached
    actions = [groups, GroupsItem.revision.set(before.revision + 1)]
    return engine.change(GroupsItem(before.account_id, EVERY), actions, guard=_is_unchanged(before))


def insisting(directory: Directory) -> engine.Write:
    """Require that no group and no permission changed. Refused as Outrun if one did."""
    return engine.check(key(directory.account_id), guard=_is_unchanged(directory), refused=lambda _: Outrun())


def sharing_all(user_id: str, on: bool) -> engine.Write:
    """Give a sub-user `contact_access.PHONEBOOK`, or take it. Needs nothing read before and is never refused.

    Permissions on single groups stay as they are.
    """
    users = GroupsItem.everywhere.add({user_id}) if on else GroupsItem.everywhere.delete({user_id})
    return engine.change(GroupsItem(account_of(user_id), EVERY), [users, GroupsItem.revision.add(1)])


def _is_unchanged(directory: Directory) -> Condition:
    seen: Condition = GroupsItem.revision == directory.revision
    return seen if directory.revision else GroupsItem.account_id.does_not_exist()


def _shared_as_letters(group: Group) -> dict[str, str]:
    return {user_id: _permission_as_letters(permission) for user_id, permission in group.shared.items()}


def _permission_as_letters(permission: Permission) -> str:
    return "".join(word[0] for word in permission.words.split())


def _group_from(facts: dict[str, Any]) -> Group:
    moments = {name: datetime.fromisoformat(facts[name]) for name in ("created_at", "updated_at")}
    shared = {user_id: _permission_from(letters) for user_id, letters in facts["shared"].items()}
    return Group(**facts | moments | {"shared": shared})


def _permission_from(letters: Iterable[str]) -> Permission:
    return Permission(**{right: right[0] in letters for right in RIGHTS})

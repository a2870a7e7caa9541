"""The groups table: an account's groups of contacts, and which sub-user may do what with them.

All groups of an account are one row. Who asks for a contact needs them all, to know what he may see, and so they come
with it in one round trip; names are one another's; and of two changes at once one swaps the row and the other looks
again. `policy.GROUPS_BYTES` is where it ends.
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
"""The one row's name in its account."""


class GroupsAttribute(Attribute[tuple[Group, ...]]):
    """Groups as one text, in their order. A permission is as many letters as it gives RIGHTS."""

    attr_type = STRING

    def serialize(self, value: tuple[Group, ...]) -> str:
        facts = [vars(group) | {"shared": _letters(group)} for group in value]
        return json.dumps(facts, separators=(",", ":"), ensure_ascii=False, default=datetime.isoformat)

    def deserialize(self, value: str) -> tuple[Group, ...]:
        return tuple(_group(facts) for facts in json.loads(value))


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
    """What lies in a row that was fetched together with others; an account without one has no groups."""
    if not isinstance(item, GroupsItem):
        return Directory(account_id)
    return Directory(account_id, item.groups, frozenset(item.everywhere or ()), int(item.revision))


def find(account_id: str) -> Directory:
    return read(account_id, engine.fetch_one(key(account_id)))


def find_with_login(account_id: str, login: str) -> tuple[Directory, Login | None]:
    """Both in one round trip; None where nobody in this account has that login, in canonical form."""
    item, row = engine.fetch(key(account_id), engine.Key(logins.LoginItem, login))
    found = record(Login, row)
    return read(account_id, item), found if found and found.account_id == account_id else None


def swapping(before: Directory, after: Directory) -> engine.Write:
    """Refused as Outrun where anything of it was changed meanwhile. Raises TooManyGroups where the row has no room."""
    groups = GroupsItem.groups.set(after.groups)
    if len(GroupsAttribute().serialize(after.groups).encode()) > policy.GROUPS_BYTES:
        raise GroupQuotaReached
    actions = [groups, GroupsItem.revision.set(before.revision + 1)]
    return engine.change(GroupsItem(before.account_id, EVERY), actions, guard=_is(before))


def insisting(directory: Directory) -> engine.Write:
    """Changes nothing, but insists that everybody may do what he could. Refused as Outrun."""
    return engine.check(key(directory.account_id), guard=_is(directory), refused=lambda _: Outrun())


def sharing_all(user_id: str, on: bool) -> engine.Write:
    """Whether a sub-user may use every group there is and will be, as `domain.contacts.PHONEBOOK` says.

    It needs nothing read before. What was shared with him by itself stays as it is.
    """
    users = GroupsItem.everywhere.add({user_id}) if on else GroupsItem.everywhere.delete({user_id})
    return engine.change(GroupsItem(account_of(user_id), EVERY), [users, GroupsItem.revision.add(1)])


def _is(directory: Directory) -> Condition:
    seen: Condition = GroupsItem.revision == directory.revision
    return seen if directory.revision else GroupsItem.account_id.does_not_exist()


def _letters(group: Group) -> dict[str, str]:
    return {user_id: _initials(permission) for user_id, permission in group.shared.items()}


def _initials(permission: Permission) -> str:
    return "".join(word[0] for word in permission.words.split())


def _group(facts: dict[str, Any]) -> Group:
    moments = {name: datetime.fromisoformat(facts[name]) for name in ("created_at", "updated_at")}
    shared = {user_id: _permission(letters) for user_id, letters in facts["shared"].items()}
    return Group(**facts | moments | {"shared": shared})


def _permission(letters: Iterable[str]) -> Permission:
    return Permission(**{right: right[0] in letters for right in RIGHTS})

"""Who of an account may read, change or send to which of its groups of contacts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from shared import policy
from shared.domain.contacts import Contact
from shared.domain.users import User
from shared.errors import (
    ContactUnknown,
    GroupExists,
    GroupNeeded,
    GroupNotYours,
    NoSuchGroup,
    TooManyGroups,
)

RIGHTS = ("read", "write", "send")
"""What a sub-user may be given of a group: to see its contacts, to change them, to send to them."""


@dataclass(frozen=True)
class Permission:
    """What one sub-user may do with one group."""

    read: bool = False
    write: bool = False
    send: bool = False

    def __or__(self, other: "Permission") -> "Permission":
        return Permission(self.read or other.read, self.write or other.write, self.send or other.send)

    def __bool__(self) -> bool:
        return self.read or self.write or self.send

    @property
    def words(self) -> str:
        """Those of RIGHTS that it gives, with blanks between."""
        return " ".join(right for right in RIGHTS if getattr(self, right))


NOTHING, ALL = Permission(), Permission(read=True, write=True, send=True)

PHONEBOOK = Permission(read=True, send=True)
"""Of each group there is and will be: what the flag `phonebook` of user.do gives. It changes nothing."""


@dataclass(frozen=True)
class Group:
    """Contacts with a name of their own. `shared` is what sub-users may do, by their ids: logins are taken anew."""

    group_id: str
    name: str
    created_at: datetime
    updated_at: datetime
    created_by: str
    description: str = ""
    idx: str | None = None
    expire_after: int | None = None
    shared: Mapping[str, Permission] = field(default_factory=dict)


@dataclass(frozen=True)
class Directory:
    """Every group of an account, and the users who may use each of them as PHONEBOOK says."""

    account_id: str
    groups: tuple[Group, ...] = ()
    everywhere: frozenset[str] = frozenset()
    revision: int = 0

    def find(self, group_id: str) -> Group:
        """Raises NoSuchGroup."""
        for group in self.groups:
            if group.group_id == group_id:
                return group
        raise NoSuchGroup

    def permission(self, group: Group, user_id: str) -> Permission:
        """What a sub-user may do with it, whatever gives it to him."""
        own = group.shared.get(user_id, NOTHING)
        return own | PHONEBOOK if user_id in self.everywhere else own

    def holders(self, group: Group) -> list[str]:
        """The ids of those who may do anything with it."""
        return sorted({*group.shared, *self.everywhere})

    def having(self, group: Group) -> "Directory":
        """With one more. Raises GroupExists, TooManyGroups."""
        if len(self.groups) >= policy.GROUPS_PER_ACCOUNT:
            raise TooManyGroups
        self._must_be_free(group)
        return replace(self, groups=(*self.groups, group))

    def changed(self, group: Group) -> "Directory":
        """With *group* in the place of the one that has its id. Raises GroupExists."""
        self._must_be_free(group)
        return replace(self, groups=tuple(group if one.group_id == group.group_id else one for one in self.groups))

    def without(self, group: Group) -> "Directory":
        return replace(self, groups=tuple(one for one in self.groups if one.group_id != group.group_id))

    def _must_be_free(self, group: Group) -> None:
        if any(one.name == group.name and one.group_id != group.group_id for one in self.groups):
            raise GroupExists


@dataclass(frozen=True)
class Reach:
    """What somebody may do with the contacts of his account: its owner all, a sub-user what was shared with him.

    What he has no right to does not exist for him: he is told no more than of an id that was made up.
    """

    user: User
    directory: Directory

    def permission(self, group: Group) -> Permission:
        return ALL if self.user.owner else self.directory.permission(group, self.user.user_id)

    @property
    def groups(self) -> list[Group]:
        """Those that he may do anything with."""
        return [group for group in self.directory.groups if self.permission(group)]

    def ids(self, right: str) -> frozenset[str]:
        """Of the groups that he has one of RIGHTS to."""
        return self._ids[right]

    def group(self, group_id: str) -> Group:
        """Raises NoSuchGroup."""
        group = self.directory.find(group_id)
        if not self.permission(group):
            raise NoSuchGroup
        return group

    def writable(self, group_id: str) -> Group:
        """Raises NoSuchGroup, or GroupNotYours where he may not change who is in it."""
        group = self.group(group_id)
        if not self.permission(group).write:
            raise GroupNotYours
        return group

    def sees(self, contact: Contact) -> bool:
        return self.user.owner or not contact.groups.isdisjoint(self.ids("read"))

    def seen(self, contact: Contact | None) -> Contact:
        """Raises ContactUnknown."""
        if contact is None or not self.sees(contact):
            raise ContactUnknown
        return contact

    def may_change(self, contact: Contact) -> bool:
        """A sub-user may where he has each of its groups: else messages to another group would go where he wants."""
        return self.user.owner or (self.sees(contact) and self.living(contact) <= self.ids("write"))

    def changeable(self, contact: Contact | None) -> Contact:
        """Raises ContactUnknown, GroupNotYours."""
        found = self.seen(contact)
        if not self.may_change(found):
            raise GroupNotYours
        return found

    def groups_of(self, contact: Contact) -> list[Group]:
        """Those of a contact's groups that he may be told of."""
        return [group for group in self.groups if group.group_id in contact.groups]

    def living(self, contact: Contact) -> frozenset[str]:
        """The contact's groups that were not deleted, whoever may use them."""
        return contact.groups & self._living

    def into(self, wanted: Iterable[str]) -> frozenset[str]:
        """The groups that a new contact of his goes to. Who may fill one group alone need not name it.

        Raises NoSuchGroup, GroupNotYours, or GroupNeeded: nobody but the owner has contacts without a group.
        """
        named = frozenset(self.writable(group_id).group_id for group_id in wanted)
        if named or self.user.owner:
            return named
        only = self.ids("write")
        if len(only) != 1:
            raise GroupNeeded
        return only

    @cached_property
    def _ids(self) -> dict[str, frozenset[str]]:
        """Worked out once: a list asks for each of its contacts."""
        allowed = {group.group_id: self.permission(group) for group in self.groups}
        return {right: frozenset(one for one, given in allowed.items() if getattr(given, right)) for right in RIGHTS}

    @cached_property
    def _living(self) -> frozenset[str]:
        return frozenset(group.group_id for group in self.directory.groups)

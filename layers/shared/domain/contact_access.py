"""Who in an account may read, change or send to which groups of contacts."""

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
    GroupQuotaReached,
    NoSuchGroup,
)

RIGHTS = ("read", "write", "send")
"""Rights on a group: to see its contacts, to change them, to send to them."""


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
        """The RIGHTS in it, with blanks between."""
        return " ".join(right for right in RIGHTS if getattr(self, right))


NOTHING, ALL = Permission(), Permission(read=True, write=True, send=True)

PHONEBOOK = Permission(read=True, send=True)
"""What the flag `phonebook` of user.do gives, on every group including ones added later: no right to change."""


@dataclass(frozen=True)
class Group:
    """A named group of contacts. `shared` has the permissions of sub-users by id, since logins can be reused."""

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
    """All groups of an account. `everywhere` are the ids of the users who have PHONEBOOK on each of them."""

    account_id: str
    groups: tuple[Group, ...] = ()
    everywhere: frozenset[str] = frozenset()
    revision: int = 0

    def find(self, group_id: str) -> Group:
        """Return a group by its id. Raises NoSuchGroup."""
        for group in self.groups:
            if group.group_id == group_id:
                return group
        raise NoSuchGroup

    def permission(self, group: Group, user_id: str) -> Permission:
        """Return what a sub-user may do with *group*, by a permission of its own or by PHONEBOOK."""
        own = group.shared.get(user_id, NOTHING)
        return own | PHONEBOOK if user_id in self.everywhere else own

    def holders(self, group: Group) -> list[str]:
        """Return the ids of the sub-users who have any right on *group*."""
        return sorted({*group.shared, *self.everywhere})

    def having(self, group: Group) -> "Directory":
        """Return the directory with *group* added. Raises GroupExists or GroupQuotaReached."""
        if len(self.groups) >= policy.GROUPS_PER_ACCOUNT:
            raise GroupQuotaReached
        self._must_be_free(group)
        return replace(self, groups=(*self.groups, group))

    def changed(self, group: Group) -> "Directory":
        """Return the directory with *group* in the place of the group with its id. Raises GroupExists."""
        self._must_be_free(group)
        return replace(self, groups=tuple(group if one.group_id == group.group_id else one for one in self.groups))

    def without(self, group: Group) -> "Directory":
        return replace(self, groups=tuple(one for one in self.groups if one.group_id != group.group_id))

    def _must_be_free(self, group: Group) -> None:
        if any(one.name == group.name and one.group_id != group.group_id for one in self.groups):
            raise GroupExists


@dataclass(frozen=True)
class Reach:
    """What one user may do with the contacts of their account: the owner everything, a sub-user what is shared.

    For what a sub-user may not see, they get the refusal of an unknown id.
    """

    user: User
    directory: Directory = field(repr=False)

    def permission(self, group: Group) -> Permission:
        return ALL if self.user.owner else self.directory.permission(group, self.user.user_id)

    @property
    def groups(self) -> list[Group]:
        """The groups that the user has any right on."""
        return [group for group in self.directory.groups if self.permission(group)]

    def ids(self, right: str) -> frozenset[str]:
        """Return the ids of the groups that the user has *right* on, one of RIGHTS."""
        return self._ids[right]

    def group(self, group_id: str) -> Group:
        """Return a group that the user has any right on. Raises NoSuchGroup."""
        group = self.directory.find(group_id)
        if not self.permission(group):
            raise NoSuchGroup
        return group

    def writable(self, group_id: str) -> Group:
        """Return a group whose contacts the user may change. Raises NoSuchGroup or GroupNotYours."""
        group = self.group(group_id)
        if not self.permission(group).write:
            raise GroupNotYours
        return group

    def sees(self, contact: Contact) -> bool:
        return self.user.owner or not contact.groups.isdisjoint(self.ids("read"))

    def seen(self, contact: Contact | None) -> Contact:
        """Return *contact*. Raises ContactUnknown if it is None or the user may not see it."""
        if contact is None or not self.sees(contact):
            raise ContactUnknown
        return contact

    def may_change(self, contact: Contact) -> bool:
        """Whether the user may change *contact*: a sub-user only if they can write to all its groups."""
        # Otherwise a sub-user could redirect the messages of a group that they do not control.
        return self.user.owner or (self.sees(contact) and self.living(contact) <= self.ids("write"))

    def changeable(self, contact: Contact | None) -> Contact:
        """Return *contact*, which the user may change. Raises ContactUnknown or GroupNotYours."""
        found = self.seen(contact)
        if not self.may_change(found):
            raise GroupNotYours
        return found

    def groups_of(self, contact: Contact) -> list[Group]:
        """Return the groups of *contact* that the user may see."""
        return [group for group in self.groups if group.group_id in contact.groups]

    def living(self, contact: Contact) -> frozenset[str]:
        """Return the ids of the contact's groups that still exist, whoever may use them."""
        return contact.groups & self._living

    def into(self, wanted: Iterable[str]) -> frozenset[str]:
        """Return the ids of the groups that a new contact joins: *wanted*, or the only one a sub-user may write to.

        Raises NoSuchGroup, GroupNotYours, or GroupNeeded: only the owner can have contacts without a group.
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
        """The ids for each right, computed once: a list asks for every contact."""
        allowed = {group.group_id: self.permission(group) for group in self.groups}
        return {right: frozenset(one for one, given in allowed.items() if getattr(given, right)) for right in RIGHTS}

    @cached_property
    def _living(self) -> frozenset[str]:
        return frozenset(group.group_id for group in self.directory.groups)

"""Who in an account may read, change or send to which groups of contacts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared import policy
from shared.domain.contacts import Contact
from shared.domain.users import User
from shared.errors import (
    ContactInTooManyGroups,
    ContactUnknown,
    GroupNeeded,
    GroupNotYours,
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
    """A named group of contacts. `size` is how many contacts of the generation `generation` are in it."""

    account_id: str
    group_id: str
    name: str
    created_at: datetime
    updated_at: datetime
    created_by: str
    description: str = ""
    idx: str | None = None
    expire_after: int | None = None
    revision: int = 1
    size: int = 0
    generation: int = 0

    def size_in(self, generation: int) -> int:
        """Return how many contacts are in the group, if *generation* is that of the account's living contacts."""
        return self.size if self.generation == generation else 0


@dataclass(frozen=True)
class Shares:
    """What was shared with one sub-user: permissions by the ids of groups, some of which may be deleted.

    `everywhere`: whether they have PHONEBOOK too. `made` counts contacts of `generation` that they made and that exist.
    """

    user_id: str
    given: Mapping[str, Permission] = field(default_factory=dict)
    everywhere: bool = False
    made: int = 0
    generation: int = 0
    revision: int = 0

    def permission(self, group_id: str) -> Permission:
        own = self.given.get(group_id, NOTHING)
        return own | PHONEBOOK if self.everywhere else own

    def changed(self, group_id: str, permission: Permission | None) -> "Shares":
        """Return the shares with that permission for the group, without any of its own for None."""
        others = {one: given for one, given in self.given.items() if one != group_id}
        return replace(self, given=others | ({group_id: permission} if permission is not None else {}))


@dataclass(frozen=True)
class Directory:
    """All groups of an account, and what was shared with whom, by the sub-user's id."""

    groups: tuple[Group, ...] = ()
    shares: Mapping[str, Shares] = field(default_factory=dict)

    def permissions(self, group_id: str) -> dict[str, Permission]:
        """Return the permissions for a group by the ids of the sub-users who have any entry for it."""
        return {
            user_id: shares.permission(group_id)
            for user_id, shares in sorted(self.shares.items())
            if shares.everywhere or group_id in shares.given
        }


@dataclass(frozen=True)
class Reach:
    """What one user may do with the contacts of their account: the owner everything, a sub-user what is shared.

    For what a sub-user may not see, they get the refusal of an unknown id. `groups` are those that were read, by id:
    all that the request named and all of its contact. `generation` is that of the account's living contacts, and
    `doomed` are ids of deleted groups whose contacts are deleted with them.
    """

    user: User
    shares: Shares = field(repr=False)
    groups: Mapping[str, Group] = field(repr=False)
    generation: int = 0
    doomed: frozenset[str] = frozenset()

    def permission(self, group_id: str) -> Permission:
        return ALL if self.user.owner else self.shares.permission(group_id)

    def can(self, right: str) -> frozenset[str]:
        """Return the ids of the groups that were read and that the user has *right* on, one of RIGHTS."""
        return frozenset(one for one in self.groups if getattr(self.permission(one), right))

    def group(self, group_id: str) -> Group:
        """Return a group that the user has any right on. Raises NoSuchGroup."""
        group = self.groups.get(group_id)
        if group is None or not self.permission(group_id):
            raise NoSuchGroup
        return group

    def shows(self, group_id: str) -> bool:
        """Whether the user may know who is in a group."""
        permission = self.permission(group_id)
        return permission.read or permission.write

    def writable(self, group_id: str) -> Group:
        """Return a group whose contacts the user may change. Raises NoSuchGroup or GroupNotYours."""
        group = self.group(group_id)
        if not self.permission(group_id).write:
            raise GroupNotYours
        return group

    def exists(self, contact: Contact) -> bool:
        """Whether the contact is neither deleted with all others nor with a group of its own."""
        return contact.generation == self.generation and self.doomed.isdisjoint(contact.groups)

    def sees(self, contact: Contact) -> bool:
        may_see = self.user.owner or not self.living(contact).isdisjoint(self.can("read"))
        return may_see and self.exists(contact)

    def made(self, contact: Contact) -> bool:
        """Whether the user made the contact, and it is in a group that they have any right on."""
        return contact.created_by == self.user.user_id and any(self.permission(one) for one in self.living(contact))

    def seen(self, contact: Contact | None) -> Contact:
        """Return *contact*. Raises ContactUnknown if it is None or the user may not see it."""
        if contact is None or not self.sees(contact):
            raise ContactUnknown
        return contact

    def may_change(self, contact: Contact) -> bool:
        """Whether the user may change *contact*: a sub-user only if they can write to all its groups."""
        # Otherwise a sub-user could redirect the messages of a group that they do not control.
        return self.sees(contact) and (self.user.owner or self.living(contact) <= self.can("write"))

    def changeable(self, contact: Contact | None) -> Contact:
        """Return *contact*, which the user may change. Raises ContactUnknown or GroupNotYours."""
        found = self.seen(contact)
        if not self.may_change(found):
            raise GroupNotYours
        return found

    def groups_of(self, contact: Contact) -> list[Group]:
        """Return the groups of *contact* whose contacts the user may see or change, by name.

        The right to send to a group does not tell who is in it.
        """
        shown = [self.groups[one] for one in self.living(contact) if self.shows(one)]
        return sorted(shown, key=lambda group: group.name)

    def size_of(self, group: Group) -> int:
        """Return how many contacts are in the group, 0 if the user may not read it."""
        return group.size_in(self.generation) if self.permission(group.group_id).read else 0

    def grown(self, more: Mapping[str, int]) -> "Reach":
        """Return the reach with the groups *more* large, by id, as far as they were read."""
        sizes = {one: max(0, self.groups[one].size_in(self.generation) + count) for one, count in more.items()}
        changed = {one: replace(self.groups[one], size=size, generation=self.generation) for one, size in sizes.items()}
        return replace(self, groups={**self.groups, **changed})

    def living(self, contact: Contact) -> frozenset[str]:
        """Return the ids of the contact's groups that still exist, whoever may use them. They must have been read."""
        return contact.groups & self.groups.keys()

    def into(self, wanted: Iterable[str]) -> frozenset[str]:
        """Return the ids of the groups that a new contact joins: *wanted*, or the only one a sub-user may write to.

        Raises NoSuchGroup, GroupNotYours, ContactInTooManyGroups, or GroupNeeded: only the owner can have contacts
        without a group.
        """
        named = frozenset(self.writable(group_id).group_id for group_id in wanted)
        if named or self.user.owner:
            return not_too_many(named)
        only = self.can("write")
        if len(only) != 1:
            raise GroupNeeded
        return only


def not_too_many(groups: frozenset[str]) -> frozenset[str]:
    """Return the ids of the groups that a contact is to be in. Raises ContactInTooManyGroups."""
    if len(groups) > policy.GROUPS_PER_CONTACT:
        raise ContactInTooManyGroups
    return groups

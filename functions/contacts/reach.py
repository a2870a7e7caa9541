"""Steps that the flows of contacts share: which contacts and groups the principal may reach, and who counts as one."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from shared import policy
from shared.auth.principals import Principal
from shared.domain.contact_access import Group, Reach
from shared.domain.contacts import Contact
from shared.errors import ContactExists, ContactQuotaReached
from shared.storage import contacts, groups
from shared.storage.contacts import ContactState
from shared.storage.engine import Write, commit


@dataclass(frozen=True)
class SizedGroup:
    """A group, and how many contacts are in it, as far as the principal may know."""

    group: Group
    size: int


@dataclass(frozen=True)
class VisibleContact:
    """A contact, with those of its groups that the principal may know of."""

    contact: Contact
    groups: list[SizedGroup]


def shown(reach: Reach, contact: Contact) -> VisibleContact:
    """Return the contact as the principal may see it."""
    return VisibleContact(contact, [SizedGroup(one, reach.size_of(one)) for one in reach.groups_of(contact)])


def reach_of_own_groups(principal: Principal) -> tuple[Reach, ContactState]:
    """Return what the principal may do with each group that they have any right on, in two round trips."""
    reach, state = contacts.reach_of(principal.user)
    if principal.user.owner or reach.shares.everywhere:
        known = groups.every(principal.user.account_id)
    else:
        known = groups.known(principal.user.account_id, reach.shares.given)
    return contacts.with_groups(reach, known), state


def still_allowed(principal: Principal, reach: Reach, made: Mapping[str, int] | None = None) -> list[Write]:
    """Return the guards of `Principal.still_allowed`, and for a sub-user one that what is shared has not changed.

    *made* counts, by sub-users, contacts of theirs that are added or, negative, removed. Refused as Outrun,
    NotSignedIn, TokenRefused, or ContactQuotaReached.
    """
    me, counted = principal.user.user_id, {user_id: more for user_id, more in (made or {}).items() if user_id}
    shares = None if principal.user.owner else reach.shares
    writes = [
        groups.counting_made(user_id, more, generation=reach.generation, insisting=shares if user_id == me else None)
        for user_id, more in sorted(counted.items())
    ]
    if shares is not None and me not in counted:
        writes.append(groups.insisting(shares))
    return [*writes, *principal.still_allowed()]


def free_slot(principal: Principal, reach: Reach, state: ContactState, contact: Contact) -> int:
    """Return the slot of its number that a contact takes, in one round trip if no other contact has the number.

    Raises ContactExists only for a contact that the principal sees or made. To refuse one that they do not see would
    tell them that it is there. Raises ContactQuotaReached if too many have the number.
    """
    if contact.number is None:
        return 0
    held = contacts.slots(state, contact.number)
    others = contacts.with_ids(contact.account_id, held.values()) if held else []
    reach = contacts.with_groups_of(reach, others)
    taken = set(held)
    for other in others:
        if other.contact_id == contact.contact_id:
            continue
        if not reach.exists(other):  # it is being deleted with its group: that ends here and now
            remove(principal, reach, [other])
            taken.discard(other.slot)
        elif reach.sees(other) or reach.made(other):
            raise ContactExists
    free = next(slot for slot in range(len(taken) + 1) if slot not in taken)
    if free >= policy.CONTACTS_WITH_ONE_NUMBER:
        raise ContactQuotaReached
    return free


def remove(principal: Principal, reach: Reach, some: Sequence[Contact]) -> None:
    """Remove contacts whose groups are all in *reach*, in one transaction."""
    living = frozenset(reach.groups)
    commit(*contacts.removing(some, living), *still_allowed(principal, reach, made_less(some)))


def made_less(some: Iterable[Contact]) -> dict[str, int]:
    """Return how many contacts fewer there are of each sub-user when *some* are removed."""
    return {user_id: -count for user_id, count in Counter(one.created_by for one in some if one.created_by).items()}


def in_transactions(changes: Iterable[tuple[Contact, Contact]]) -> Iterator[list[tuple[Contact, Contact]]]:
    """Yield as many changes of contacts at a time as one transaction writes; a removal changes a contact to itself."""
    some: list[tuple[Contact, Contact]] = []
    rows, counted = 0, set[str]()
    for before, after in changes:
        touched = before.groups | after.groups
        more, counts = 3 + len(touched), counted | touched | {before.created_by}
        if some and rows + more + len(counts) > policy.CONTACT_WRITES_AT_ONCE:
            yield some
            some, rows, counts = [], 0, set(touched | {before.created_by})
        some.append((before, after))
        rows, counted = rows + more, set(counts)
    if some:
        yield some

"""The flow that lists contacts: a page of all, of some groups, or of those that match a filter.

A page in the order of age reads the rows of that page and, for its offset, small rows that say who is in a group. A
filter by names or e-mail addresses reads small rows of all contacts first. Other filters and orders read all contacts
that the principal may see: policy.CONTACTS_PER_ACCOUNT of at most policy.CONTACT_BYTES.
"""

from collections.abc import Iterable, Sequence
from itertools import islice

from contacts.reach import VisibleContact, reach_of_own_groups, shown
from shared import policy
from shared.auth.principals import Principal
from shared.domain.contact_access import Reach
from shared.domain.contacts import HINTED, Contact, Filter, ordered
from shared.storage import contacts, memberships
from shared.storage.contacts import ContactState

BY_AGE = "date_created"


def listed(
    principal: Principal, wanted: Filter, *, order: str, offset: int, limit: int
) -> tuple[int, list[VisibleContact]]:
    """Return how many visible contacts match, and those of the page."""
    reach, state, sources = _sources(principal, wanted)
    if not sources:
        return 0, []
    if order == BY_AGE and not (wanted.text or wanted.facts or state.doomed):
        size, ids = _page_by_age(reach, state, sources, offset, limit)
        page = contacts.with_ids(state.account_id, ids)
    else:
        found = _matching(reach, state, wanted, sources)
        size, page = len(found), ordered(found, order)[offset : offset + limit]
    reach = contacts.with_groups_of(reach, page)
    return size, [shown(reach, contact) for contact in page if reach.sees(contact)]


def visible(principal: Principal, wanted: Filter, group_id: str) -> tuple[Reach, list[Contact]]:
    """Return all visible contacts that match, by age, and what the principal may do with their groups and this one."""
    reach, state, sources = _sources(principal, wanted, group_id)
    found = _matching(reach, state, wanted, sources) if sources else []
    return contacts.with_groups_of(reach, found), ordered(found, BY_AGE)


def _matching(reach: Reach, state: ContactState, wanted: Filter, sources: Sequence[str]) -> list[Contact]:
    """Return the contacts in any of *sources*, groups that the user may read, that match."""
    is_all = list(sources) == [memberships.ALL]
    numbers = wanted.facts.get("phone_number", frozenset())
    ids: set[str] | None = None
    if "phone_number" in wanted.facts and len(numbers) <= policy.NUMBERS_READ_SINGLY:
        ids = {one for number in numbers for one in contacts.slots(state, number).values()}
    elif is_all and not wanted.facts.keys().isdisjoint(HINTED):
        everybody = memberships.members(state.account_id, state.generation, memberships.ALL)
        ids = {member.contact_id for member in everybody if wanted.may_take(member.hints)}
    elif not is_all:
        ids = set(_ids_in(state, sources))
    found: Iterable[Contact]
    if ids is not None and len(ids) <= policy.CONTACTS_READ_BY_ID:
        found = contacts.with_ids(state.account_id, sorted(ids))
    else:
        every = (contact for page in contacts.pages(state) for contact in page)
        found = (contact for contact in every if ids is None or contact.contact_id in ids)
    inside = None if is_all else set(sources)
    return [
        contact
        for contact in found
        if wanted.takes(contact) and reach.exists(contact) and (inside is None or not inside.isdisjoint(contact.groups))
    ]


def _sources(principal: Principal, wanted: Filter, *others: str) -> tuple[Reach, ContactState, list[str]]:
    """Return the groups whose members are asked for and visible, memberships.ALL for every contact.

    The reach knows of *others* too, the ids of groups.

    A filter by a group that the principal may not read would tell who is in it.
    """
    if principal.user.owner and wanted.groups is None:
        reach, state = contacts.reach_of(principal.user, others)
        return reach, state, [memberships.ALL]
    if wanted.groups is None:
        reach, state = reach_of_own_groups(principal)
        return reach, state, sorted(reach.can("read"))
    reach, state = contacts.reach_of(principal.user, wanted.groups.union(others))
    return reach, state, sorted(reach.can("read") & wanted.groups)


def _page_by_age(
    reach: Reach, state: ContactState, sources: Sequence[str], offset: int, limit: int
) -> tuple[int, list[str]]:
    """Return how many contacts there are in *sources*, and the ids of a page of them."""
    if len(sources) > 1:
        ids = sorted(set(_ids_in(state, sources)))
        return len(ids), ids[offset : offset + limit]
    (source,) = sources
    size = state.held if source == memberships.ALL else reach.groups[source].size_in(state.generation)
    if offset >= size:
        return size, []
    members = memberships.members(state.account_id, state.generation, source, most=offset + limit)
    return size, [member.contact_id for member in islice(members, offset, offset + limit)]


def _ids_in(state: ContactState, sources: Iterable[str]) -> Iterable[str]:
    for source in sources:
        for member in memberships.members(state.account_id, state.generation, source):
            yield member.contact_id

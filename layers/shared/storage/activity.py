"""The activity table: the log of each user, and by an index that of each account."""

from dataclasses import replace
from datetime import datetime

from pynamodb.attributes import TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.activity import ActivityEntry
from shared.domain.activity_search import Search, first_id
from shared.storage import engine
from shared.storage.mapping import CountAttribute, record, row

BY_ACCOUNT = "by-account"


class ActivityItem(Model):
    class Meta:
        table_name = settings.ACTIVITY_TABLE

    user_id = UnicodeAttribute(hash_key=True)
    entry_id = UnicodeAttribute(range_key=True)
    account_id = UnicodeAttribute()
    at = UTCDateTimeAttribute()
    event = UnicodeAttribute()
    actor = UnicodeAttribute()
    address = UnicodeAttribute()
    device = UnicodeAttribute()
    outcome = UnicodeAttribute()
    request_id = UnicodeAttribute()
    detail = UnicodeAttribute()
    about = UnicodeAttribute(default="")  # missing in older rows
    times = CountAttribute(default=1)
    last_at = UTCDateTimeAttribute(null=True)
    proof = UnicodeAttribute(default="")  # missing in older rows
    forget_at = TTLAttribute()


def adding(entry: ActivityEntry) -> engine.Write:
    return engine.add(row(ActivityItem, entry, forget_at=entry.at + policy.ACTIVITY_KEPT_FOR))


def counting(entry: ActivityEntry) -> engine.Write:
    """Add the entry, or count one more if it is there: the first of them stays as it is. Never refused."""
    facts = {
        name: value for name, value in vars(entry).items() if name not in ("user_id", "entry_id", "times", "last_at")
    }
    facts["forget_at"] = entry.at + policy.ACTIVITY_KEPT_FOR
    first = [getattr(ActivityItem, name).set(getattr(ActivityItem, name) | value) for name, value in facts.items()]
    again = [ActivityItem.times.add(1), ActivityItem.last_at.set(entry.at)]
    return engine.change(ActivityItem(entry.user_id, entry.entry_id), [*first, *again])


def entry_in(row: engine.Raw) -> ActivityEntry:
    """Return the entry in a row as DynamoDB, or its stream, has it. Raises an exception if it is none."""
    found = record(ActivityEntry, ActivityItem.from_raw_data(row))
    if found is None:
        raise LookupError
    return found


def page_of_user(user_id: str, search: Search, *, now: datetime) -> tuple[list[ActivityEntry], str | None]:
    """Return a page of a user's entries, and the id to go on before; None if this is the last page.

    A page may be short or even empty without being the last: it is made of at most `policy.ACTIVITY_READS` reads.
    """
    return _page(ActivityItem.user_id == user_id, None, search, now=now)


def page_of_account(account_id: str, search: Search, *, now: datetime) -> tuple[list[ActivityEntry], str | None]:
    """Return a page for all users of an account. The latest entries may be missing: an index follows with a delay."""
    return _page(ActivityItem.account_id == account_id, BY_ACCOUNT, search, now=now)


def _page(
    owner: Condition, index: str | None, search: Search, *, now: datetime
) -> tuple[list[ActivityEntry], str | None]:
    """Return the page. One entry more than asked for is looked for, to know whether this page is the last."""
    found: list[ActivityEntry] = []
    for _ in range(policy.ACTIVITY_READS):
        read, before = _read_once(owner, index, search, now=now)
        found += read
        if len(found) > search.limit:
            return found[: search.limit], found[search.limit - 1].entry_id
        if before is None:
            return found, None
        search = replace(search, before=before)
    return found, search.before


def _read_once(
    owner: Condition, index: str | None, search: Search, *, now: datetime
) -> tuple[list[ActivityEntry], str | None]:
    """Return the matches of one read, and the last id it looked at; None if there are no more rows."""
    places = search.bounds(now=now)
    if not places:
        return [], None
    lowest, highest = places[0]
    is_rare = search.event or lowest < _since(search)
    items, last = engine.page(
        ActivityItem,
        owner & ActivityItem.entry_id.between(lowest, highest),
        index=index,
        only=ActivityItem.event == search.event if search.event else None,
        limit=policy.ACTIVITY_ROWS_A_READ if is_rare else search.limit + 1,
        newest_first=True,
    )
    read = [entry for item in items if (entry := record(ActivityEntry, item)) and search.finds(entry, now=now)]
    if last:
        return read, last["entry_id"]["S"]
    return read, lowest if len(places) > 1 else None


def _since(search: Search) -> str:
    return first_id(search.since) if search.since else ""

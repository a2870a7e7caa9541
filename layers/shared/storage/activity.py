"""The activity table: what happened to a user, and by an index to everybody in an account."""

from dataclasses import replace
from datetime import datetime

from pynamodb.attributes import TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.activity import ActivityEntry, Search
from shared.storage import engine
from shared.storage.mapping import record, row

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
    about = UnicodeAttribute(default="")  # rows of before there was one
    forget_at = TTLAttribute()


def adding(entry: ActivityEntry) -> engine.Write:
    return engine.add(row(ActivityItem, entry, forget_at=entry.at + policy.ACTIVITY_KEPT_FOR))


def page_of_user(user_id: str, search: Search, *, now: datetime) -> tuple[list[ActivityEntry], str | None]:
    """What was found, and the id before which to go on; None where nothing is left.

    A page may be short, or empty, and not the last: no more is read for it than `policy.ACTIVITY_READS` allows.
    """
    return _page(ActivityItem.user_id == user_id, None, search, now=now)


def page_of_account(account_id: str, search: Search, *, now: datetime) -> tuple[list[ActivityEntry], str | None]:
    """The same for everybody in the account. What happened just now may be missing: an index lags a little."""
    return _page(ActivityItem.account_id == account_id, BY_ACCOUNT, search, now=now)


def _page(
    owner: Condition, index: str | None, search: Search, *, now: datetime
) -> tuple[list[ActivityEntry], str | None]:
    """One more than asked for is looked for, which tells whether this page is the last."""
    found: list[ActivityEntry] = []
    for _ in range(policy.ACTIVITY_READS):
        read, before = _read(owner, index, search, now=now)
        found += read
        if len(found) > search.limit:
            return found[: search.limit], found[search.limit - 1].entry_id
        if before is None:
            return found, None
        search = replace(search, before=before)
    return found, search.before


def _read(
    owner: Condition, index: str | None, search: Search, *, now: datetime
) -> tuple[list[ActivityEntry], str | None]:
    """The matches in one round trip, and the last id that was looked at where there may be more."""
    lowest, highest = search.bounds(now=now)
    if lowest > highest:
        return [], None
    items, last = engine.page(
        ActivityItem,
        owner & ActivityItem.entry_id.between(lowest, highest),
        index=index,
        only=ActivityItem.event == search.event if search.event else None,
        limit=policy.ACTIVITY_ROWS_A_READ if search.event else search.limit + 1,
        newest_first=True,
    )
    read = [entry for item in items if (entry := record(ActivityEntry, item))]
    return read, last["entry_id"]["S"] if last else None

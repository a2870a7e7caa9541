"""The wallets table: the points of each account, and the purses of sub-users, which limit what they may spend."""

from dataclasses import replace
from datetime import datetime
from functools import reduce
from operator import and_

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from shared import settings
from shared.domain.instants import month_of
from shared.domain.points import Points
from shared.domain.purses import Purse
from shared.domain.users import User
from shared.errors import LimitReached, NoPoints, Outrun, Refusal
from shared.storage import engine
from shared.storage.mapping import CountAttribute, facts_set, record, row


class AccountWalletItem(Model):
    """The points of an account."""

    class Meta:
        table_name = settings.WALLETS_TABLE

    owner_id = UnicodeAttribute(hash_key=True)
    balance = CountAttribute()


class PurseItem(Model):
    """The purse of a sub-user. It also has, for each of the last twelve months, what was spent `beyond` its grant."""

    class Meta:
        table_name = settings.WALLETS_TABLE

    user_id = UnicodeAttribute(hash_key=True, attr_name="owner_id")
    month = UnicodeAttribute()
    left = CountAttribute()
    month_left = CountAttribute()
    per_month = CountAttribute()


BEYOND = {f"{month:02}": CountAttribute(attr_name=f"beyond_{month:02}") for month in range(1, 13)}
"""What was spent from the one-off grant, by calendar month: a refund for a past month returns no more than that.

A message waits for `policy.SCHEDULED_AHEAD` at most, so twelve attributes, reused every year, are enough.
"""

PURSE = ("month", "left", "month_left", "per_month")


class PurseChanged(Outrun):
    """The month has turned, or the limits were changed. `purse` is the purse as it is now."""

    def __init__(self, purse: Purse) -> None:
        super().__init__()
        self.purse = purse


class MonthOver(Outrun):
    """The month in which the points were paid is over. `beyond` is what that month took from the one-off grant.

    `purse` is the purse as it is now, None if the sub-user is gone.
    """

    def __init__(self, purse: Purse | None, beyond: Points) -> None:
        super().__init__()
        self.purse = purse
        self.beyond = beyond


def key(account_id: str) -> engine.Key:
    return engine.Key(AccountWalletItem, account_id)


def purse_key(user_id: str) -> engine.Key:
    return engine.Key(PurseItem, user_id)


def balance(account_id: str) -> Points:
    """Return the points of an account."""
    return read_balance(engine.fetch_one(key(account_id)))


def read_balance(item: Model | None) -> Points:
    """Return the points in *item*, a row that was fetched under `key`; 0 for no row."""
    return int(getattr(item, "balance", 0))


def purse(user_id: str) -> Purse | None:
    """Return a purse as it is stored, which may be about a past month: see `Purse.at`."""
    return read_purse(engine.fetch_one(purse_key(user_id)))


def read_purse(item: Model | None) -> Purse | None:
    """Return the purse in *item*, a row that was fetched under `purse_key`."""
    return record(Purse, item)


def available(user: User, *, now: datetime) -> Points:
    """Return how many points *user* may spend: those of the account, limited by the purse of a sub-user."""
    if user.owner:
        return balance(user.account_id)
    wallet, item = engine.fetch(key(user.account_id), purse_key(user.user_id))
    own = read_purse(item)
    return min(read_balance(wallet), own.at(now).left) if own else 0


# --- The account's points ---------------------------------------------------------------------------------


def adding(account_id: str, points: Points) -> engine.Write:
    """Add points to an account, bought or refunded. Never refused."""
    return engine.change(
        AccountWalletItem(account_id),
        [AccountWalletItem.balance.add(points)],
    )


def spending(account_id: str, points: Points) -> engine.Write:
    """Take points from an account. Refused as NoPoints if it has fewer."""
    return engine.change(
        AccountWalletItem(account_id),
        [AccountWalletItem.balance.add(-points)],
        guard=AccountWalletItem.balance >= points,
        refused=lambda _: NoPoints(),
    )


# --- What a sub-user may use of them ----------------------------------------------------------------------


def opening(user_id: str, *, from_account: Points, per_month: Points, now: datetime) -> engine.Write:
    """Add the purse of a new sub-user, with this month's grant."""
    empty = Purse(user_id, month_of(now), 0, 0, 0)
    return engine.add(row(PurseItem, empty.limited(from_account=from_account, per_month=per_month)))


def closing(user_id: str) -> engine.Write:
    """Remove the purse of a sub-user. Never refused."""
    return engine.remove(PurseItem(user_id))


def taking(user_id: str, points: Points, *, month: str) -> engine.Write:
    """Take points from a sub-user's purse in *month*.

    Refused as LimitReached if too few are left, as PurseChanged if the purse is about another month.
    """
    return engine.change(
        PurseItem(user_id),
        [PurseItem.left.add(-points), PurseItem.month_left.add(-points)],
        guard=(PurseItem.month == month) & (PurseItem.left >= points),
        refused=lambda raw: _taking_refusal(raw, month),
    )


def taking_first(before: Purse, points: Points, *, month: str) -> engine.Write:
    """Take the first points of *month*, which is later than that of *before*, the purse as it was read.

    Refused as PurseChanged if the purse changed since then. Raises LimitReached.
    """
    turned = before.in_month(month)
    if turned.left < points:
        raise LimitReached
    return _swapping(before, replace(turned, left=turned.left - points, month_left=turned.month_left - points))


def limiting(before: Purse, *, from_account: Points | None, per_month: Points | None, now: datetime) -> engine.Write:
    """Write other limits; None leaves one as it is. *before* is the purse as it was read.

    Refused as PurseChanged if the limits were changed or the month has turned since then. What the sub-user spends in
    the meantime counts, and refuses the write only in the cases of `_left_change`.
    """
    present = before.at(now)
    after = present.limited(from_account=from_account, per_month=per_month)
    if present.month != before.month:
        return _swapping(before, after)
    more = after.month_left - before.month_left
    as_read = (PurseItem.month == before.month) & (PurseItem.per_month == before.per_month)
    left, guard = _left_change(before, after, from_account)
    return engine.change(
        PurseItem(before.user_id),
        [left, PurseItem.month_left.add(more), PurseItem.per_month.set(after.per_month)],
        guard=as_read & guard,
        refused=_purse_refusal,
    )


def _left_change(before: Purse, after: Purse, from_account: Points | None) -> tuple[Action, Condition]:
    """Return how `left` changes, and the guard for which that is right.

    With a new one-off grant it is right whatever was spent since *before*, unless that changed the sign of the monthly
    rest. With a new monthly grant alone it is right only if nothing was spent.
    """
    more = after.month_left - before.month_left
    if from_account is None:
        return PurseItem.left.add(after.left - before.left), PurseItem.month_left == before.month_left
    if after.month_left < 0:
        return PurseItem.left.set(from_account), PurseItem.month_left < -more
    return PurseItem.left.set(PurseItem.month_left + (from_account + more)), PurseItem.month_left >= -more


def returning(user_id: str, points: Points, *, month: str) -> engine.Write:
    """Refund points that were taken in *month*. Refused as MonthOver if the purse is about a later month, or gone."""
    return engine.change(
        PurseItem(user_id),
        [PurseItem.left.add(points), PurseItem.month_left.add(points)],
        guard=PurseItem.month == month,
        refused=lambda raw: MonthOver(_purse_in(raw), _beyond_in(raw, month)),
    )


def returning_late(over: MonthOver, points: Points, *, month: str) -> list[engine.Write]:
    """Refund points of a past month, as far as they came from the one-off grant: that month's own grant is lost.

    Refused as MonthOver if another refund for that month was committed meanwhile.
    """
    back = min(points, over.beyond)
    if over.purse is None or not back:
        return []
    beyond = BEYOND[month[-2:]]
    # A refund cut to what is left must find exactly that left: another refund may have taken some of it meanwhile.
    write = engine.change(
        PurseItem(over.purse.user_id),
        [PurseItem.left.add(back), beyond.add(-back)],
        guard=beyond >= points if back == points else beyond == back,
        refused=lambda raw: MonthOver(_purse_in(raw), _beyond_in(raw, month)),
    )
    return [write]


def _swapping(before: Purse, after: Purse) -> engine.Write:
    """Replace the purse, and record what the month left behind took from the one-off grant, for late refunds."""
    facts = {name: getattr(after, name) for name in PURSE}
    return engine.change(
        PurseItem(before.user_id),
        [*facts_set(PurseItem, facts), BEYOND[before.month[-2:]].set(before.beyond)],
        guard=reduce(and_, (getattr(PurseItem, name) == getattr(before, name) for name in PURSE)),
        refused=_purse_refusal,
    )


def _purse_refusal(raw: engine.Raw) -> Refusal:
    found = _purse_in(raw)
    return PurseChanged(found) if found else Outrun()


def _taking_refusal(raw: engine.Raw, month: str) -> Refusal:
    found = _purse_in(raw)
    return LimitReached() if found is None or found.month == month else PurseChanged(found)


def _purse_in(raw: engine.Raw) -> Purse | None:
    return read_purse(PurseItem.from_raw_data(raw)) if raw else None


def _beyond_in(raw: engine.Raw, month: str) -> Points:
    written: engine.Raw = raw.get(BEYOND[month[-2:]].attr_name, {})
    return int(written.get("N", 0))

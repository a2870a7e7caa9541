"""The wallets table: the points of an account, and the purses in which its sub-users have what they may use of them."""

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
    """All that an account has."""

    class Meta:
        table_name = settings.WALLETS_TABLE

    owner_id = UnicodeAttribute(hash_key=True)
    balance = CountAttribute()


class PurseItem(Model):
    """What a sub-user may use. Of the last twelve months it is known how far he went `beyond` what was granted."""

    class Meta:
        table_name = settings.WALLETS_TABLE

    user_id = UnicodeAttribute(hash_key=True, attr_name="owner_id")
    month = UnicodeAttribute()
    left = CountAttribute()
    month_left = CountAttribute()
    per_month = CountAttribute()


BEYOND = {f"{month:02}": CountAttribute(attr_name=f"beyond_{month:02}") for month in range(1, 13)}
"""Points, besides those of the month, that were used in it. A message waits for three months at most."""

PURSE = ("month", "left", "month_left", "per_month")


class PurseChanged(Outrun):
    """The month has turned, or somebody set other limits: `purse` is as it is now."""

    def __init__(self, purse: Purse) -> None:
        super().__init__()
        self.purse = purse


class MonthOver(Outrun):
    """The month in which it was paid is over: `beyond` are the points, besides that month's, that were used in it.

    None where the sub-user is gone.
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
    return read_balance(engine.fetch_one(key(account_id)))


def read_balance(item: Model | None) -> Points:
    """What lies in a row that was fetched together with others."""
    return int(getattr(item, "balance", 0))


def purse(user_id: str) -> Purse | None:
    """As it lies there: see `Purse.at`."""
    return read_purse(engine.fetch_one(purse_key(user_id)))


def read_purse(item: Model | None) -> Purse | None:
    """What lies in a row that was fetched together with others."""
    return record(Purse, item)


def available(user: User, *, now: datetime) -> Points:
    """How many points *user* may use: the account's, and of those a sub-user no more than he was given."""
    if user.owner:
        return balance(user.account_id)
    wallet, item = engine.fetch(key(user.account_id), purse_key(user.user_id))
    his = read_purse(item)
    return min(read_balance(wallet), his.at(now).left) if his else 0


# --- The account's points ---------------------------------------------------------------------------------


def adding(account_id: str, points: Points) -> engine.Write:
    """More points for the account, bought or given back; never refused."""
    return engine.change(
        AccountWalletItem(account_id),
        [AccountWalletItem.balance.add(points)],
    )


def spending(account_id: str, points: Points) -> engine.Write:
    """Takes points of the account's. Refused as NoPoints where it has not so many."""
    return engine.change(
        AccountWalletItem(account_id),
        [AccountWalletItem.balance.add(-points)],
        guard=AccountWalletItem.balance >= points,
        refused=lambda _: NoPoints(),
    )


# --- What a sub-user may use of them ----------------------------------------------------------------------


def opening(user_id: str, *, from_account: Points, per_month: Points, now: datetime) -> engine.Write:
    """The purse of a new sub-user, with this month's points in it."""
    empty = Purse(user_id, month_of(now), 0, 0, 0)
    return engine.add(row(PurseItem, empty.limited(from_account=from_account, per_month=per_month)))


def closing(user_id: str) -> engine.Write:
    """From now on there is no such purse; never refused."""
    return engine.remove(PurseItem(user_id))


def taking(user_id: str, points: Points, *, month: str) -> engine.Write:
    """Takes points of a sub-user's, in that month.

    Refused as LimitReached where he may use no more, as PurseChanged where his purse is about another month.
    """
    return engine.change(
        PurseItem(user_id),
        [PurseItem.left.add(-points), PurseItem.month_left.add(-points)],
        guard=(PurseItem.month == month) & (PurseItem.left >= points),
        refused=lambda raw: _why_not_taken(raw, month),
    )


def taking_first(before: Purse, points: Points, *, month: str) -> engine.Write:
    """As `taking`, for the first points of a month that is later than that of *before*, the purse as it lies there.

    Refused as PurseChanged where it lies there otherwise. Raises LimitReached.
    """
    turned = before.in_month(month)
    if turned.left < points:
        raise LimitReached
    return _swapping(before, replace(turned, left=turned.left - points, month_left=turned.month_left - points))


def limiting(before: Purse, *, from_account: Points | None, per_month: Points | None, now: datetime) -> engine.Write:
    """Other limits; None leaves one as it is. *before* is the purse as it lies there.

    Refused as PurseChanged, which brings it along, where somebody else set limits or the month turned. What the
    sub-user sends meanwhile is counted, and holds the owner up only where just the month's points are set.
    """
    present = before.at(now)
    after = present.limited(from_account=from_account, per_month=per_month)
    if present.month != before.month:
        return _swapping(before, after)
    more = after.month_left - before.month_left
    as_read = (PurseItem.month == before.month) & (PurseItem.per_month == before.per_month)
    left, guard = _left_after(before, after, from_account)
    return engine.change(
        PurseItem(before.user_id),
        [left, PurseItem.month_left.add(more), PurseItem.per_month.set(after.per_month)],
        guard=as_read & guard,
        refused=_changed,
    )


def _left_after(before: Purse, after: Purse, from_account: Points | None) -> tuple[Action, Condition]:
    """How `left` changes, and where that is right: whatever was spent since *before*, unless just the month's points
    are set, or what is left of those changes its sign.
    """
    more = after.month_left - before.month_left
    if from_account is None:
        return PurseItem.left.add(after.left - before.left), PurseItem.month_left == before.month_left
    if after.month_left < 0:
        return PurseItem.left.set(from_account), PurseItem.month_left < -more
    return PurseItem.left.set(PurseItem.month_left + (from_account + more)), PurseItem.month_left >= -more


def returning(user_id: str, points: Points, *, month: str) -> engine.Write:
    """Gives points back that were taken in that month. Refused as MonthOver where his purse is about a later one."""
    return engine.change(
        PurseItem(user_id),
        [PurseItem.left.add(points), PurseItem.month_left.add(points)],
        guard=PurseItem.month == month,
        refused=lambda raw: MonthOver(_read(raw), _beyond(raw, month)),
    )


def returning_late(over: MonthOver, points: Points, *, month: str) -> list[engine.Write]:
    """Gives back what was taken in a month that is over: only so much as was not granted for that month.

    Refused as MonthOver where somebody else gave back at the same time.
    """
    back = min(points, over.beyond)
    if over.purse is None or not back:
        return []
    beyond = BEYOND[month[-2:]]
    write = engine.change(
        PurseItem(over.purse.user_id),
        [PurseItem.left.add(back), beyond.add(-back)],
        guard=beyond >= points if back == points else beyond == back,
        refused=lambda raw: MonthOver(_read(raw), _beyond(raw, month)),
    )
    return [write]


def _swapping(before: Purse, after: Purse) -> engine.Write:
    """Of the month that is left behind it stays written how far he went beyond what was granted for it."""
    facts = {name: getattr(after, name) for name in PURSE}
    return engine.change(
        PurseItem(before.user_id),
        [*facts_set(PurseItem, facts), BEYOND[before.month[-2:]].set(before.beyond)],
        guard=reduce(and_, (getattr(PurseItem, name) == getattr(before, name) for name in PURSE)),
        refused=_changed,
    )


def _changed(raw: engine.Raw) -> Refusal:
    found = _read(raw)
    return PurseChanged(found) if found else Outrun()


def _why_not_taken(raw: engine.Raw, month: str) -> Refusal:
    found = _read(raw)
    return LimitReached() if found is None or found.month == month else PurseChanged(found)


def _read(raw: engine.Raw) -> Purse | None:
    return read_purse(PurseItem.from_raw_data(raw)) if raw else None


def _beyond(raw: engine.Raw, month: str) -> Points:
    written: engine.Raw = raw.get(BEYOND[month[-2:]].attr_name, {})
    return int(written.get("N", 0))

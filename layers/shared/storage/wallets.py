"""The wallets table: the points of each account, and the purses of sub-users, which limit what they may spend."""

from dataclasses import replace
from datetime import datetime
from functools import reduce
from operator import and_
from typing import cast

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.holds import Hold
from shared.domain.instants import NEVER, month_of
from shared.domain.points import Points
from shared.domain.purses import Payment, Purse
from shared.domain.users import User
from shared.errors import LimitReached, NoPoints, Outrun, Refusal
from shared.storage import engine, holds
from shared.storage.holds import NotTaken
from shared.storage.mapping import CountAttribute, facts_set, record, row


class AccountWalletItem(Model):
    """The points of an account. The row also has what `holds` keeps there."""

    class Meta:
        table_name = settings.WALLETS_TABLE

    owner_id = UnicodeAttribute(hash_key=True)
    balance = CountAttribute()


class PurseItem(Model):
    """The purse of a sub-user. The row also has what `holds` keeps there."""

    class Meta:
        table_name = settings.WALLETS_TABLE

    user_id = UnicodeAttribute(hash_key=True, attr_name="owner_id")
    month = UnicodeAttribute()
    from_account = CountAttribute()
    month_left = CountAttribute()
    per_month = CountAttribute()
    granted_at = UTCDateTimeAttribute()
    grant = CountAttribute()


NO_GRANT = 0
PURSE = ("month", "from_account", "month_left", "per_month", "granted_at", "grant")


class PurseChanged(Outrun):
    """The month has turned, or the limits were changed. `purse` is the purse as it is now."""

    def __init__(self, purse: Purse) -> None:
        super().__init__()
        self.purse = purse


class PointsShort(NoPoints):
    """The account has fewer points. `row` is its wallet's, in which old holds may lie."""

    def __init__(self, row: engine.Raw) -> None:
        super().__init__()
        self.row = row


class PurseShort(LimitReached):
    """The sub-user has fewer points. `row` is their purse's, in which old holds may lie."""

    def __init__(self, row: engine.Raw) -> None:
        super().__init__()
        self.row = row


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


def rows(account_id: str, user_id: str | None) -> tuple[engine.Raw, engine.Raw]:
    """Return the rows of an account's wallet and of a sub-user's purse, in one round trip; empty if there is none."""
    keys = [key(account_id), *([purse_key(user_id)] if user_id else [])]
    wallet, own = [*engine.fetch_raw(*keys), None][:2]
    return wallet or {}, own or {}


def purse_in(raw: engine.Raw) -> Purse | None:
    """Return the purse in a row, None for an empty one."""
    return read_purse(PurseItem.from_raw_data(raw)) if raw else None


def balance_in(raw: engine.Raw) -> Points:
    """Return the points in a wallet's row, 0 for an empty one."""
    return read_balance(AccountWalletItem.from_raw_data(raw) if raw else None)


def available(user: User, *, now: datetime) -> Points:
    """Return how many points *user* may spend: those of the account, limited by the purse of a sub-user."""
    return available_in(user, *rows(user.account_id, None if user.owner else user.user_id), now=now)


def available_in(user: User, wallet: engine.Raw, share: engine.Raw, *, now: datetime) -> Points:
    """As `available`, from the rows that `rows` returned."""
    if user.owner:
        return balance_in(wallet)
    own = purse_in(share)
    return min(balance_in(wallet), own.at(now).left) if own else 0


# --- The account's points ---------------------------------------------------------------------------------


def adding(account_id: str, points: Points) -> engine.Write:
    """Add points to an account, bought or refunded. Never refused."""
    return engine.change(
        AccountWalletItem(account_id),
        [AccountWalletItem.balance.add(points)],
    )


def take(account_id: str, hold: Hold, *, most_abroad: int) -> engine.Raw:
    """Take the points of an order from its account, and return the wallet's row, in one round trip.

    The write is of one row alone, so any number of orders take at once without a collision. If its answer is lost, it
    takes once all the same. Raises PointsShort, or AbroadLimitReached if a day of *most_abroad* messages to each
    country has no room for them.
    """
    item = AccountWalletItem
    pays = [item.balance.add(-hold.points)]
    write = holds.taking(item(account_id), account_id, hold, pays, item.balance >= hold.points, most_abroad=most_abroad)
    try:
        return engine.spend(write)
    except NotTaken as refused:
        if holds.own(refused.row, hold.shipment_id):
            return refused.row
        if balance_in(refused.row) >= hold.points and (
            full := holds.abroad_refusal(refused.row, hold, most_abroad=most_abroad)
        ):
            raise full from refused
        raise PointsShort(refused.row) from refused


def releasing(account_id: str, hold: Hold, raw: engine.Raw) -> engine.Write:
    """Give back what *hold* took from the account, whose wallet's row is *raw*. Refused as NotTaken if it is gone."""
    return holds.releasing(AccountWalletItem(account_id), hold, raw, [AccountWalletItem.balance.add(hold.points)])


def refunding(account_id: str, hold: Hold) -> engine.Write:
    """Give points back, and what was counted of the day's messages abroad if that day is not over. Never refused.

    *hold* tells what is given back: the order's hold itself is gone, or of no use.
    """
    plain = adding(account_id, hold.points)
    if not hold.abroad:
        return plain
    actions, guards = holds.uncounting(hold)
    return engine.change(
        AccountWalletItem(account_id),
        [AccountWalletItem.balance.add(hold.points), *actions],
        guard=reduce(and_, guards),
        instead=lambda _: plain,
    )


# --- What a sub-user may use of them ----------------------------------------------------------------------


def opening(user_id: str, *, from_account: Points, per_month: Points, now: datetime) -> engine.Write:
    """Add the purse of a new sub-user, with this month's grant."""
    return engine.add(row(PurseItem, Purse(user_id, month_of(now), from_account, per_month, per_month, now)))


def closing(user_id: str) -> engine.Write:
    """Remove the purse of a sub-user. Never refused."""
    return engine.remove(PurseItem(user_id))


_seen: dict[str, Purse] = {}
"""Purses as this process saw them last: a guess, which is right nearly always, of which grant pays for the next order.
"""


def take_share(user_id: str, hold: Hold, *, most_abroad: int, now: datetime) -> tuple[engine.Raw, Payment]:
    """Take the points of an order from a sub-user's purse, and return its row, and how they paid.

    Takes one round trip, and one more where it had to find out which grant pays. Raises as `take`, but PurseShort;
    PurseChanged if the purse changes again and again.
    """
    guess = _seen.pop(user_id, None) or Purse(user_id, month_of(now), 0, hold.points, 0, now)

    def step(changed: PurseChanged | None) -> tuple[engine.Raw, Payment]:
        return _take_share(changed.purse if changed else guess, hold, most_abroad, now=now)

    raw, payment = engine.again_after(PurseChanged, step)
    if after := purse_in(raw):
        if len(_seen) >= policy.HOLDS_CLEARED_AT_ONCE:
            _seen.clear()
        _seen[user_id] = after
    return raw, payment


def _take_share(guess: Purse, hold: Hold, most_abroad: int, *, now: datetime) -> tuple[engine.Raw, Payment]:
    """Take them as is right if the purse is like *guess*. Raises PurseChanged if it is not."""
    before = guess.at(now)
    # Only the row itself may say that there is too little: a guess that says so is not believed.
    from_month = min(hold.points, before.granted) if before.left >= hold.points else hold.points
    held = replace(hold, month=before.month, from_month=from_month)
    try:
        raw = engine.spend(_taking_share(guess, before, held, most_abroad))
    except NotTaken as refused:
        raw, found = refused.row, purse_in(refused.row)
        earlier = holds.own(raw, hold.shipment_id)
        if earlier is None or found is None:
            raise _why_not_taken(raw, found, hold, most_abroad, now=now) from refused
        held = earlier  # an answer was lost
    paid = purse_in(raw)
    return raw, Payment(held.month, held.from_month, paid.grant if paid else NO_GRANT)


def _taking_share(guess: Purse, before: Purse, hold: Hold, most_abroad: int) -> engine.Write:
    """Return the write; *before* is *guess* in the month in which is paid. Refused as NotTaken."""
    item, rest = PurseItem, hold.points - hold.from_month
    month_pays = item.month_left.add(-hold.from_month)
    if guess.month != before.month and before.left >= hold.points:  # the first order of a month turns it
        # What is spent of the old month meanwhile does not matter: only its grant and the one-off grant go on.
        granted = item.month_left.set(before.per_month - hold.from_month)
        actions: list[Action] = [item.month.set(before.month), granted, item.from_account.add(-rest)]
        guard = (item.month == guess.month) & (item.per_month == guess.per_month) & (item.from_account >= rest)
    elif not rest:
        actions, guard = [month_pays], (item.month == before.month) & (item.month_left >= hold.from_month)
    else:
        actions, guard = [item.from_account.add(-rest)], (item.month == before.month) & (item.from_account >= rest)
        if hold.from_month:
            actions, guard = [month_pays, *actions], guard & (item.month_left == hold.from_month)
        else:
            guard &= item.month_left <= 0
    return holds.taking(item(before.user_id), before.user_id, hold, actions, guard, most_abroad=most_abroad)


def _is_like(before: Purse) -> Condition:
    return cast(Condition, reduce(and_, (getattr(PurseItem, name) == getattr(before, name) for name in PURSE)))


def _why_not_taken(raw: engine.Raw, found: Purse | None, hold: Hold, most_abroad: int, *, now: datetime) -> Refusal:
    if found is None or found.at(now).left < hold.points:
        return PurseShort(raw)
    return holds.abroad_refusal(raw, hold, most_abroad=most_abroad) or PurseChanged(found)


def _payment(hold: Hold, found: Purse) -> Payment:
    """Return how an order paid whose hold lies in the purse. A one-off grant that was set later did not pay for it."""
    return Payment(hold.month, hold.from_month, found.grant if found.granted_at <= hold.taken_at else NO_GRANT)


def release_share(user_id: str, shipment_id: str, raw: engine.Raw) -> None:
    """Give back what the order of a shipment holds in a sub-user's purse, whose row is *raw*, if it does so still.

    What a new month or later limits do not allow is not given back. Takes one round trip, more if the purse changes
    meanwhile.
    """

    def step(changed: NotTaken | None) -> None:
        row = changed.row if changed else raw
        hold = holds.own(row, shipment_id)
        if hold:
            engine.commit(_releasing_share(user_id, hold, row))

    engine.again_after(NotTaken, step)


def _releasing_share(user_id: str, hold: Hold, raw: engine.Raw) -> engine.Write:
    found = purse_in(raw)
    actions = _given_back(found, _payment(hold, found), hold.points) if found else []
    return holds.releasing(PurseItem(user_id), hold, raw, actions, guard=_has_limits_of(found))


def returning(user_id: str, payment: Payment, hold: Hold) -> engine.Write:
    """Give points back to a sub-user's purse, where they came from. Never refused; takes one round trip more if the
    purse changed since the payment.

    What the month's grant paid comes back in that month only. What the one-off grant paid comes back unless another
    grant was set since. *hold* tells what is given back, `from_month` of it to the month, and its messages abroad.
    """
    paid_from = Purse(user_id, payment.month, 0, 0, 0, NEVER, payment.grant)
    return _returning(paid_from, payment, hold, counts=bool(hold.abroad))


def _returning(found: Purse, payment: Payment, hold: Hold, *, counts: bool) -> engine.Write:
    """Return the write for a purse with the month and the one-off grant of *found*."""
    actions, guards = holds.uncounting(hold) if counts else ([], [])
    actions += _given_back(found, payment, hold.points)
    guard = reduce(and_, guards, _has_limits_of(found))
    if not actions:
        return engine.NOTHING
    return engine.change(
        PurseItem(found.user_id), actions, guard=guard, instead=lambda raw: _returning_to(raw, payment, hold)
    )


def _returning_to(raw: engine.Raw, payment: Payment, hold: Hold) -> engine.Write:
    """Return the write for the purse that is there. Neither a month nor a grant that is over comes again."""
    found = purse_in(raw)
    if found is None:
        return engine.NOTHING
    return _returning(found, payment, hold, counts=bool(hold.abroad) and holds.are_counted(raw, hold))


def _given_back(found: Purse, payment: Payment, points: Points) -> list[Action]:
    """Return what gives *points* back to a purse like *found*; `payment.from_month` is the month's part of them."""
    actions: list[Action] = []
    rest = points - payment.from_month
    if payment.from_month and found.month == payment.month:
        actions.append(PurseItem.month_left.add(payment.from_month))
    if rest and found.grant == payment.grant:
        actions.append(PurseItem.from_account.add(rest))
    return actions


def _has_limits_of(found: Purse | None) -> Condition:
    if found is None:
        return PurseItem.user_id.does_not_exist()
    return cast(Condition, (PurseItem.month == found.month) & (PurseItem.grant == found.grant))


def limiting(before: Purse, *, from_account: Points | None, per_month: Points | None, now: datetime) -> engine.Write:
    """Write other limits; None leaves one as it is. *before* is the purse as it was read.

    Refused as PurseChanged if the month has turned or its grant was changed since then, but not by what is spent.
    """
    present, item = before.at(now), PurseItem
    after = present.limited(from_account=from_account, per_month=per_month, now=now)
    if present.month != before.month:
        facts, guard = {name: getattr(after, name) for name in PURSE}, _is_like(before)
        return engine.change(item(before.user_id), facts_set(item, facts), guard=guard, refused=_purse_refusal)
    actions = [item.month_left.add(after.month_left - before.month_left), item.per_month.set(after.per_month)]
    if from_account is not None:
        actions += [item.from_account.set(from_account), item.granted_at.set(now), item.grant.add(1)]
    guard = (item.month == before.month) & (item.per_month == before.per_month)
    return engine.change(item(before.user_id), actions, guard=guard, refused=_purse_refusal)


def _purse_refusal(raw: engine.Raw) -> Refusal:
    found = purse_in(raw)
    return PurseChanged(found) if found else Outrun()

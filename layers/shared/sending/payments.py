"""Payments: an order takes its points, and is stored; what an order holds that was never stored comes back."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared import policy
from shared.domain.holds import Hold
from shared.domain.large_orders import LargeOrder
from shared.domain.messages import Shipment
from shared.domain.points import Points
from shared.domain.purses import Payment
from shared.domain.users import User
from shared.errors import AbroadLimitReached, Refusal, Unavailable
from shared.observability import logger
from shared.sending import counts
from shared.storage import holds, large_orders, shipments, wallets
from shared.storage.engine import Raw, Write, commit
from shared.storage.holds import NotTaken
from shared.storage.wallets import PointsShort, PurseShort


@dataclass(frozen=True)
class Taken:
    """What an order has taken, and the rows in which its hold lies. `share` is how a sub-user paid."""

    account_id: str
    user_id: str
    hold: Hold
    share: Payment | None = None
    wallet: Raw = field(default_factory=dict, repr=False)
    purse: Raw = field(default_factory=dict, repr=False)

    def paying[Order: Shipment | LargeOrder](self, order: Order) -> Order:
        """Return *order* with how it was paid for."""
        return replace(order, **vars(self.share)) if self.share else order


def pay(shipment: Shipment, *more: Write, abroad_per_day: int | None = None, now: datetime) -> Shipment:
    """Take the points of *shipment*, then store it together with *more*, all or nothing, and return it as stored.

    Takes two round trips, three for a sub-user. If it is refused, nothing is taken. If the process dies in between,
    its hold tells what it took, and `settle` gives it back. *abroad_per_day* is what `Account` has. Raises
    ShipmentTooLarge, NoPoints, LimitReached, AbroadLimitReached, NumberRepeated, IdxUsed, the refusals of *more*,
    Outrun or Unavailable.
    """
    # The rows that all sends of an account share are written one by one, and before the transaction: in it they would
    # collide with each other, and after it a shipment could be stored that nobody pays for.
    shipments.must_fit(shipment)
    hold = Hold(shipment.shipment_id, now, shipment.points, counts.abroad(shipment))
    taken = _take_all(shipment, hold, abroad_per_day, now=now)
    paid = taken.paying(shipment)
    _store(taken, *counts.charging(paid, now=now), shipments.adding(paid), *more)
    _clear(taken, now=now)
    return paid


def pay_large(
    order: LargeOrder, parts: Sequence[Shipment], *, abroad_per_day: int | None = None, now: datetime
) -> LargeOrder:
    """Take the points of a large order, store its shipments, and then the order itself, which makes them count.

    Takes a round trip for each 25 shipments besides those of `pay`. Return the order as stored. If it is refused,
    nothing is taken; if the process dies in between, `settle` gives back what was. Raises NoPoints, LimitReached,
    AbroadLimitReached or Unavailable.
    """
    hold = Hold(order.order_id, now, sum(part.points for part in parts), counts.abroad_of(parts))
    taken = _take_all(order, hold, abroad_per_day, now=now)
    paid = taken.paying(order)
    try:
        shipments.store_parts(parts)
    except Refusal:
        _release(taken)
        raise
    _store(taken, large_orders.adding(paid))
    _clear(taken, now=now)
    return paid


def _take_all(order: Shipment | LargeOrder, hold: Hold, abroad_per_day: int | None, *, now: datetime) -> Taken:
    """Take the points of an order, of a sub-user's purse as well, or nothing."""
    most_abroad = policy.SMS_ABROAD_PER_DAY if abroad_per_day is None else abroad_per_day
    most_of_share = most_abroad // policy.SUBUSER_SHARE_ABROAD
    most = most_of_share if order.month else most_abroad
    if max(hold.abroad.values(), default=0) > most:
        raise AbroadLimitReached(most)  # on no day there is room for it
    taken = Taken(order.account_id, order.user_id, hold)
    if order.month:
        purse, share = _take_share(taken, most_of_share, now=now)
        taken = replace(taken, purse=purse, share=share)
    try:
        return replace(taken, wallet=_take(order.account_id, hold, most_abroad, now=now))
    except Unavailable:
        raise
    except Refusal:
        _release(taken)
        raise


def _store(taken: Taken, *writes: Write) -> None:
    """Store an order, or give back what it took. If the answer is lost, look whether the order is there.

    Raises Unavailable if that cannot be known, or if it is not there: it may come yet, and whoever finds the hold later
    looks again.
    """
    try:
        commit(*writes)
    except Unavailable:
        if not shipments.existing(taken.account_id, [taken.hold.shipment_id]):
            raise
    except Refusal:
        _release(taken)
        raise


def _clear(taken: Taken, *, now: datetime) -> None:
    """The order is stored: its hold, and what else its rows need no more, goes out with their next write."""
    for row_id, row in _rows(taken):
        holds.clearing(row_id, taken.hold)
        holds.forgetting_days(row_id, row, now=now)
    _settle_old(taken, now=now)


def available(user: User, *, now: datetime) -> Points:
    """As `wallets.available`, after what dead orders hold has come back."""
    share = None if user.owner else user.user_id
    wallet, purse = wallets.rows(user.account_id, share)
    if settle(user.account_id, share, wallet, purse, now=now):
        wallet, purse = wallets.rows(user.account_id, share)
    return wallets.available_in(user, wallet, purse, now=now)


def settle(account_id: str, user_id: str | None, wallet: Raw, purse: Raw, *, now: datetime) -> bool:
    """Settle old holds in the rows of a wallet and of a sub-user's purse: give back what orders hold that were never
    stored, and take out the holds of the others. Return whether anything was given back, by this request or by another
    that was first.

    Takes no round trip if there are none.
    """
    old = [*holds.ended(wallet, now=now), *holds.ended(purse, now=now)]
    if not old:
        return False
    stored = shipments.existing(account_id, [hold.shipment_id for hold in old])
    dead = _unstored(account_id, wallet, stored, now=now)
    for hold in dead:
        _release_hold(account_id, hold, wallet)
    if user_id:
        for hold in (dead_of_share := _unstored(user_id, purse, stored, now=now)):
            wallets.release_share(user_id, hold.shipment_id, purse)
        dead += dead_of_share
    return bool(dead)


def _unstored(row_id: str, row: Raw, stored: set[str], *, now: datetime) -> list[Hold]:
    """Return the old holds in a row whose orders were never stored. The others are taken out by its next write."""
    old = holds.ended(row, now=now)
    unstored = [hold for hold in old if hold.shipment_id not in stored and not holds.is_forgotten(hold, now=now)]
    for hold in old:
        if hold not in unstored:
            holds.clearing(row_id, hold)
    return unstored


def _take(account_id: str, hold: Hold, most_abroad: int, *, now: datetime) -> Raw:
    """Take the points from the account. What dead orders hold comes back before anybody is told that it is short."""
    try:
        return wallets.take(account_id, hold, most_abroad=most_abroad)
    except PointsShort as short:
        if not settle(account_id, None, short.row, {}, now=now):
            raise
        return wallets.take(account_id, hold, most_abroad=most_abroad)


def _take_share(taken: Taken, most_abroad: int, *, now: datetime) -> tuple[Raw, Payment]:
    """Take the points from the sub-user's purse, and return the purse's row, and how they paid."""
    try:
        return wallets.take_share(taken.user_id, taken.hold, most_abroad=most_abroad, now=now)
    except PurseShort as short:
        if not settle(taken.account_id, taken.user_id, {}, short.row, now=now):
            raise
        return wallets.take_share(taken.user_id, taken.hold, most_abroad=most_abroad, now=now)


def _release(taken: Taken) -> None:
    """Give back at once what a refused order took. If that fails, its holds are settled later."""
    order_id = taken.hold.shipment_id
    try:
        if hold := holds.own(taken.wallet, order_id):
            _release_hold(taken.account_id, hold, taken.wallet)
        if taken.purse:
            wallets.release_share(taken.user_id, order_id, taken.purse)
    except Refusal as refusal:
        logger.warning("hold_not_released", shipment_id=order_id, reason=refusal.code)


def _release_hold(account_id: str, hold: Hold, wallet: Raw) -> None:
    """Give back what a hold took from an account's wallet, unless another request did so first."""
    with suppress(NotTaken):
        commit(wallets.releasing(account_id, hold, wallet))


def _rows(taken: Taken) -> list[tuple[str, Raw]]:
    return [(taken.account_id, taken.wallet), *([(taken.user_id, taken.purse)] if taken.purse else [])]


def _settle_old(taken: Taken, *, now: datetime) -> None:
    """Settle old holds that the rows have. Raises nothing: the order is stored."""
    try:
        settle(taken.account_id, taken.user_id, taken.wallet, taken.purse, now=now)
    except Refusal as refusal:
        logger.warning("holds_not_settled", account_id=taken.account_id, reason=refusal.code)

"""Payments: an order takes its points, and is stored; what an order holds that was never stored comes back."""

from dataclasses import replace
from datetime import datetime

from shared.domain.holds import Hold
from shared.domain.messages import Shipment
from shared.domain.points import Points
from shared.domain.users import User
from shared.errors import Refusal, Unavailable
from shared.observability import logger
from shared.sending import counts
from shared.storage import holds, shipments, wallets
from shared.storage.engine import Raw, Write, commit
from shared.storage.holds import NotTaken
from shared.storage.wallets import PointsShort, PurseShort


def pay(shipment: Shipment, *more: Write, now: datetime) -> Shipment:
    """Take the points of *shipment*, then store it together with *more*, all or nothing, and return it as stored.

    Takes two round trips, three for a sub-user. If it is refused, nothing is taken. If the process dies in between,
    its hold tells what it took, and `settle` gives it back. Raises NoPoints, LimitReached, CountryRefused,
    NumberRepeated, IdxUsed, the refusals of *more*, Outrun or Unavailable.
    """
    # The rows that all sends of an account share are written one by one, and before the transaction: in it they would
    # collide with each other, and after it a shipment could be stored that nobody pays for.
    hold = Hold(shipment.shipment_id, now, shipment.points, counts.abroad(shipment))
    paid, purse = _take_share(shipment, hold, now=now) if shipment.month else (shipment, {})
    try:
        wallet = _take(shipment.account_id, hold, now=now)
    except Unavailable:
        raise
    except Refusal:
        _release(paid, {}, purse)
        raise
    try:
        commit(*counts.charging(paid, now=now), shipments.adding(paid), *more)
    except Unavailable:
        raise  # it may have been stored: whoever finds the hold looks
    except Refusal:
        _release(paid, wallet, purse)
        raise
    for row_id, row in _rows(paid, wallet, purse):
        holds.clearing(row_id, hold)
        holds.forgetting_days(row_id, row, now=now)
    _settle_old(paid, wallet, purse, now=now)
    return paid


def available(user: User, *, now: datetime) -> Points:
    """As `wallets.available`, after what dead orders hold has come back."""
    share = None if user.owner else user.user_id
    wallet, purse = wallets.rows(user.account_id, share)
    if settle(user.account_id, share, wallet, purse, now=now):
        wallet, purse = wallets.rows(user.account_id, share)
    return wallets.available_in(user, wallet, purse, now=now)


def settle(account_id: str, user_id: str | None, wallet: Raw, purse: Raw, *, now: datetime) -> bool:
    """Settle old holds in the rows of a wallet and of a sub-user's purse: give back what orders hold that were never
    stored, and take out the holds of the others. Return whether anything was given back.

    Takes no round trip if there are none.
    """
    old = [*holds.ended(wallet, now=now), *holds.ended(purse, now=now)]
    if not old:
        return False
    stored = shipments.existing(account_id, [hold.shipment_id for hold in old])
    given_back = [_is_released(account_id, hold, wallet) for hold in _unstored(account_id, wallet, stored, now=now)]
    if user_id:
        given_back += [_is_share_released(user_id, hold, purse) for hold in _unstored(user_id, purse, stored, now=now)]
    return any(given_back)


def _unstored(row_id: str, row: Raw, stored: set[str], *, now: datetime) -> list[Hold]:
    """Return the old holds in a row whose orders were never stored. The others are taken out by its next write."""
    old = holds.ended(row, now=now)
    unstored = [hold for hold in old if hold.shipment_id not in stored and not holds.is_forgotten(hold, now=now)]
    for hold in old:
        if hold not in unstored:
            holds.clearing(row_id, hold)
    return unstored


def _take(account_id: str, hold: Hold, *, now: datetime) -> Raw:
    """Take the points from the account. What dead orders hold comes back before anybody is told that it is short."""
    try:
        return wallets.take(account_id, hold)
    except PointsShort as short:
        if not settle(account_id, None, short.row, {}, now=now):
            raise
        return wallets.take(account_id, hold)


def _take_share(shipment: Shipment, hold: Hold, *, now: datetime) -> tuple[Shipment, Raw]:
    """Take the points from the sub-user's purse, and return the shipment with how they paid, and the purse's row."""
    user_id = shipment.user_id
    try:
        purse, payment = wallets.take_share(user_id, hold, now=now)
    except PurseShort as short:
        if not settle(shipment.account_id, user_id, {}, short.row, now=now):
            raise
        purse, payment = wallets.take_share(user_id, hold, now=now)
    return replace(shipment, **vars(payment)), purse


def _release(paid: Shipment, wallet: Raw, purse: Raw) -> None:
    """Give back at once what a refused order took. If that fails, its holds are settled later."""
    try:
        if wallet:
            _is_released(paid.account_id, holds.own(wallet, paid.shipment_id), wallet)
        if purse:
            wallets.release_share(paid.user_id, paid.shipment_id, purse)
    except Refusal as refusal:
        logger.warning("hold_not_released", shipment_id=paid.shipment_id, reason=refusal.code)


def _is_released(account_id: str, hold: Hold | None, wallet: Raw) -> bool:
    """Give back what a hold took from an account's wallet. Return False if another request did so first."""
    try:
        if hold:
            commit(wallets.releasing(account_id, hold, wallet))
    except NotTaken:
        return False
    return hold is not None


def _is_share_released(user_id: str, hold: Hold, purse: Raw) -> bool:
    wallets.release_share(user_id, hold.shipment_id, purse)
    return True


def _rows(paid: Shipment, wallet: Raw, purse: Raw) -> list[tuple[str, Raw]]:
    return [(paid.account_id, wallet), *([(paid.user_id, purse)] if purse else [])]


def _settle_old(paid: Shipment, wallet: Raw, purse: Raw, *, now: datetime) -> None:
    """Settle old holds that the rows have. Raises nothing: the order is stored."""
    try:
        settle(paid.account_id, paid.user_id, wallet, purse, now=now)
    except Refusal as refusal:
        logger.warning("holds_not_settled", account_id=paid.account_id, reason=refusal.code)

"""Users who send messages, their points, and the messages as stored: for tests of sending and delivery."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared.crypto import randomness
from shared.domain import points
from shared.domain.accounts import Account
from shared.domain.identifiers import account_of
from shared.domain.messages import Recipient, Shipment
from shared.domain.points import Points
from shared.domain.purses import Purse
from shared.domain.users import User
from shared.sending import dispatch, lookup, orders
from shared.storage import accounts, shipments, users, wallets
from shared.storage.engine import commit
from tests.support.world import World

ANN_CALLS, BOB_CALLS, GERMAN, BRITISH = "+48600100201", "+48600100202", "+4915112345678", "+447400123456"
COUNTRIES = {"48": "PL", "49": "DE", "44": "GB"}
PL = points.read("0.16")
"""The price of one part of a message at home, see tests/conftest.py."""

PLENTY = 1_000_000
"""100 points."""


def give_points(account_id: str, amount: Points) -> None:
    commit(wallets.adding(account_id, amount))


def allow(account_id: str, abroad: str) -> None:
    commit(accounts.allowing_abroad(account_id, abroad))


def find(user_id: str) -> tuple[User, Account]:
    user, account = users.find(user_id)
    assert user
    assert account
    return user, account


def subuser(owner_id: str, *, from_account: Points = 0, per_month: Points = 0, now: datetime, **facts: Any) -> User:
    """Add a sub-user with a purse to the account of *owner_id*. *facts* are fields of the user."""
    user_id = randomness.user_id(account_of(owner_id))
    user = User(account_of(owner_id), user_id, f"clerk-{user_id[-6:].casefold()}", True, now, owner=False)
    user = replace(user, **facts)
    purse = wallets.opening(user_id, from_account=from_account, per_month=per_month, now=now)
    commit(users.adding(user), purse)
    return user


def to(*numbers: str, **facts: Any) -> list[Recipient]:
    return [Recipient(number, COUNTRIES[number[1:3]], number, **facts) for number in numbers]


def order(
    user_id: str, *numbers: str, text: str = "hello", sender: str = "Test", now: datetime, **more: Any
) -> Shipment:
    """Return a user's order: to a number at home, unless asked for otherwise."""
    user, account = find(user_id)
    recipients = more.pop("recipients", None) or to(*(numbers or (ANN_CALLS,)))
    return orders.order(user, account, recipients=recipients, text=text, sender=sender, now=now, **more)


def send(user_id: str, *numbers: str, now: datetime, **more: Any) -> Shipment:
    """Order, pay, and put on the queue."""
    return dispatch.send(order(user_id, *numbers, now=now, **more), now=now)


def stored(shipment: Shipment) -> Shipment:
    """Return the shipment as it is in the table."""
    (found,) = shipments.find(shipment.account_id, [shipment.shipment_id])
    return found


def balance(user_id: str) -> Points:
    return wallets.balance(account_of(user_id))


def purse(user_id: str, *, now: datetime) -> tuple[Points, Points]:
    """Return what a sub-user may spend at *now*: the rests of the one-off grant and of the monthly grant."""
    found = purse_of(user_id)
    return found.at(now).from_account, found.at(now).granted


def purse_of(user_id: str) -> Purse:
    """Return a sub-user's purse as it is in the table."""
    found = wallets.purse(user_id)
    assert found
    return found


def scheduled(world: World, user_id: str, *numbers: str, days: int = 1, **more: Any) -> Shipment:
    """Order and pay for messages that are sent in so many days."""
    return send(user_id, *numbers, send_at=world.now + timedelta(days=days), now=world.now, **more)


def remove(world: World, user_id: str, *ids: str, days: int = 0) -> list[str]:
    """Remove scheduled messages in so many days, and return the ids of those removed."""
    user, _ = find(user_id)
    return lookup.remove(user, ids, now=world.now + timedelta(days=days))

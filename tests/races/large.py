"""Large orders of a few parts for races, and who orders them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from shared.auth.sessions import Person
from shared.crypto import randomness
from shared.domain.messages import Recipient, Shipment
from shared.domain.points import POINT
from shared.domain.users import User
from shared.sending import orders
from shared.storage import accounts, users, wallets
from shared.storage.engine import commit
from tests.races.arena import NOON, Arena, caller

PLENTY = 100
AT_MOST = 3
"""The recipients of one part, see the fixture `small_parts`."""

EVERYBODY = range(7)
PARTS = 3


def owner(arena: Arena, points: int = PLENTY) -> Person:
    """Somebody who has just signed in, with so many points."""
    person = arena.person()
    commit(wallets.adding(person.account_id, points * POINT))
    (session,) = arena.sessions(person, 1, at=NOON)
    return caller(session)


def clerk(ann: User, *, from_account: int, per_month: int, now: datetime = NOON) -> User:
    """A sub-user with so many points, once and each month."""
    user_id = randomness.user_id(ann.account_id)
    joe = replace(ann, user_id=user_id, login=f"joe-{user_id}", owner=False)
    purse = wallets.opening(user_id, from_account=from_account * POINT, per_month=per_month * POINT, now=now)
    commit(users.adding(joe), purse)
    return joe


def order(
    user: User, *, numbers: Sequence[Recipient] = (), at: datetime | None = None, now: datetime = NOON
) -> Shipment:
    recipients = numbers or [Recipient(f"+4860020000{place}", "PL") for place in EVERYBODY]
    account = accounts.find(user.account_id)
    assert account
    return orders.order(user, account, recipients=recipients, text="hello", sender="Test", send_at=at, now=now)


def small(user: User, place: int = 0) -> Shipment:
    return order(user, numbers=[Recipient(f"+486003000{place:02}", "PL")])


def abroad() -> list[Recipient]:
    return [Recipient(f"+4915112345{place:03}", "DE") for place in EVERYBODY]


def ids(parts: Sequence[Shipment]) -> list[str]:
    return [part.message_id(place) for part in parts for place in range(len(part.recipients))]


def grants(user: User) -> tuple[int, int]:
    """Return the points in a sub-user's purse: of the one-off grant, and of the month's."""
    purse = wallets.purse(user.user_id)
    assert purse
    return purse.from_account // POINT, purse.month_left // POINT

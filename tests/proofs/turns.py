"""Somebody who is about to send a request: what every flow begins with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from argon2 import PasswordHasher

from shared import policy
from shared.crypto import randomness, seal
from shared.domain import identifiers
from shared.domain.links import Link
from shared.storage import engine, links, users
from tests.support.events import Reply
from tests.support.world import PASSWORD, Person, World

WRONG_PASSWORD = "Wrong-Horse-7"
NEW_PASSWORD = "Tulip-Wagon-42"

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
QUICK_HASH = QUICK.hash(PASSWORD)
OLD_HASH = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD)
"""A password that takes no time to check: here hashes are counted, and how slow they are is proved elsewhere."""

numbers = count(1)


@dataclass(frozen=True)
class Turn:
    """Somebody who is about to send a request, and may send it again.

    `keeps` tells whether the answer is as good as it sounds: whether what it granted can be used.
    """

    person: Person
    ask: Callable[[], Reply]
    keeps: Callable[[Reply], bool] = lambda _: True


@dataclass(frozen=True)
class Flow:
    """A kind of request. `ready` brings a new person to where it can be sent; `status` answers it."""

    ready: Callable[[World], Turn]
    status: int


def newcomer(world: World, **facts: object) -> Person:
    """A user whom nobody knows from before, with a phone of their own."""
    number = next(numbers)
    return world.add(f"person{number:04}", **{"phone": f"+48600{number:06}", "password_hash": QUICK_HASH, **facts})


def as_somebody(
    world: World,
    method: str,
    path: str,
    person: Person | None = None,
    keeps: Callable[[Reply], bool] = lambda _: True,
    **more: Any,
) -> Turn:
    """A request of someone who has signed in just now. *more* goes with it."""
    person = person or newcomer(world)
    headers = signed_in(world, person)
    return Turn(person, lambda: world.call(method, path, headers=headers, **more), keeps)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def signed_in(world: World, person: Person) -> dict[str, str]:
    """The headers of *person*, who has given their proofs just now."""
    return bearer(token_of(world, person))


def token_of(world: World, person: Person) -> str:
    opened = world.session(person) if person.phone else world.sign_in(person).body
    return str(opened["session"]["token"])


def id_of(token: str) -> str:
    """The id in a token."""
    return token.rpartition("_")[2][: identifiers.RECORD_CHARACTERS]


def linked(
    world: World,
    person: Person,
    kind: str,
    *,
    lasts: timedelta = policy.RESET_LIFETIME,
    detail: str = "",
) -> str:
    """The token in a link that *person* got."""
    token = randomness.token(kind, person.user_id)
    link = Link(token.id, person.login, seal.token(token), world.now, world.now + lasts, detail, kind=kind)
    newest = {"email": "email_order", "invitation": "invitation"}
    marked = [users.changing(person.user_id, by=None, **{newest[kind]: token.id})] if kind in newest else []
    engine.commit(links.adding(link), *marked)
    return identifiers.write(token)

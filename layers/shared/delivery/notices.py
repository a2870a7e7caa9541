"""Delivery: what there is to tell people, and how it is written on the queue."""

import json
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class CodeSent:
    """A code for a phone."""

    id: str
    phone: str = field(repr=False)
    language: str
    code: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class NewDeviceSeen:
    """A sign-in from a device that was not seen before."""

    id: str
    email: str = field(repr=False)
    language: str
    login: str
    at: datetime
    address: str
    device: str


@dataclass(frozen=True)
class AccountInvited:
    """A link with which the owner of a new login sets the first password."""

    id: str
    email: str = field(repr=False)
    language: str
    login: str
    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class CodesWereLocked:
    """Codes are closed after the most wrong ones that are ever taken."""

    id: str
    email: str = field(repr=False)
    language: str
    login: str
    at: datetime


type Notice = CodeSent | NewDeviceSeen | AccountInvited | CodesWereLocked

_KINDS: dict[str, type[Notice]] = {
    kind.__name__: kind for kind in (CodeSent, NewDeviceSeen, AccountInvited, CodesWereLocked)
}


class Unreadable(ValueError):
    """A message that is no notice of ours. What it says is not repeated, as it may hold a code."""


def write(notice: Notice) -> str:
    """*notice* as the body of a message."""
    return json.dumps({"kind": type(notice).__name__, **vars(notice)}, default=datetime.isoformat)


def read(body: str) -> Notice:
    """The notice that *body* was written from."""
    try:
        return _understood(json.loads(body))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise Unreadable("no notice of ours") from None


def _understood(written: dict[str, Any]) -> Notice:
    kind = _KINDS[written.pop("kind")]
    if not written["id"]:
        raise ValueError
    expected = {one.name: one.type for one in fields(kind)}
    return kind(**{name: _value(value, expected[name]) for name, value in written.items()})


def _value(value: Any, expected: object) -> Any:
    return _moment(value) if expected is datetime else _text(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError
    return moment

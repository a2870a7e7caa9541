"""All that lies in the tables under a sealing key: which key, in which row, and until when it is of use."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from pynamodb.models import Model

from shared.storage import engine
from shared.storage.access_tokens import AccessTokenItem
from shared.storage.challenges import ChallengeItem
from shared.storage.devices import DeviceItem
from shared.storage.engine import Raw
from shared.storage.kept_values import KeptValueItem
from shared.storage.links import LinkItem
from shared.storage.mfa_codes import AnsweredItem, MfaCodeItem
from shared.storage.sessions import SessionItem
from shared.storage.tokens import TokenItem
from shared.storage.users import UserItem


@dataclass(frozen=True)
class SealedAttribute:
    """An attribute with something sealed, and the one that says until when it is of use: None if nothing does.

    `what` names such rows to an operator. `read` returns the seal, or the version of its key, from the attribute.
    """

    what: str
    model: type[Model]
    attribute: str
    until: str | None
    read: Callable[[str], str] = str


@dataclass(frozen=True)
class SealedRow:
    """A row with something that lives and is sealed with the key of `version`."""

    what: str
    name: str
    version: str


ATTRIBUTES = (
    SealedAttribute("sessions", SessionItem, "sealed_secret", "ends_at"),
    SealedAttribute("API tokens and OAuth clients", TokenItem, "sealed_secret", "expires_at"),
    SealedAttribute("secrets of before a rotation", TokenItem, "sealed_before", "before_until"),
    SealedAttribute("access tokens", AccessTokenItem, "sealed_secret", "expires_at"),
    SealedAttribute("links in e-mails", LinkItem, "sealed_secret", "expires_at"),
    SealedAttribute("known devices", DeviceItem, "sealed_secret", "forget_at"),
    SealedAttribute("codes of sign-ins", ChallengeItem, "sealed_code", "expires_at"),
    SealedAttribute("codes of customers", MfaCodeItem, "sealed_code", "expires_at"),
    SealedAttribute("Idempotency-Keys of codes", AnsweredItem, "key_version", "forget_at"),
    SealedAttribute("values before a change", KeptValueItem, "sealed", "forget_at"),
    SealedAttribute(
        "pending recoveries", UserItem, "recovery", None, read=lambda text: str(json.loads(text)["sealed"])
    ),
)
"""Of each table one after the other: each is read once."""


def find(*, now: datetime) -> Iterator[tuple[str, list[SealedRow]]]:
    """Yield, for each page of each table, the table's name and the rows with something sealed that lives at *now*."""
    for table, attributes in groupby(ATTRIBUTES, lambda one: one.model.Meta.table_name):
        of_table = list(attributes)
        for rows in engine.scan(of_table[0].model):
            yield table, [found for raw in rows for one in of_table for found in _read(one, raw, now=now)]


def _read(one: SealedAttribute, raw: Raw, *, now: datetime) -> list[SealedRow]:
    """Return what *one* finds in a row: nothing, or one."""
    text = raw.get(one.attribute, {}).get("S")
    if text is None or not _lives(one, raw, now=now):
        return []
    version = one.read(text).partition(".")[0]
    return [SealedRow(one.what, _name(one.model, raw), version)] if version.isdecimal() else []


def _lives(one: SealedAttribute, raw: Raw, *, now: datetime) -> bool:
    """Whether something sealed in a row is still of use. Without an end it is."""
    if one.until is None or one.until not in raw:
        return True
    ((kind, value),) = raw[one.until].items()
    if kind == "NULL":
        return True
    until: datetime = one.model.get_attributes()[one.until].deserialize(value)
    return now < until


def _name(model: type[Model], raw: Raw) -> str:
    """Return the most special part of a row's key."""
    keys = (name for name, attribute in model.get_attributes().items() if attribute.is_range_key)
    own = next(keys, None) or next(name for name, one in model.get_attributes().items() if one.is_hash_key)
    return str(raw[own]["S"])

"""How the recipients of a shipment are stored."""

import json
from dataclasses import fields
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.constants import STRING

from shared.domain.messages import Recipient
from shared.storage import engine


class RecipientsAttribute(Attribute[tuple[Recipient, ...]]):
    """Recipients as one JSON text: no query looks for a single one, and no write changes one.

    Each is an object of its fields by name, without those that have their default. Rows written by earlier versions
    hold arrays of all fields in the order of OLD_ORDER. Such a row can wait for up to `policy.SCHEDULED_AHEAD`.
    """

    attr_type = STRING

    def serialize(self, value: tuple[Recipient, ...]) -> str:
        return json.dumps([_named(one) for one in value], separators=(",", ":"), ensure_ascii=False)

    def deserialize(self, value: str) -> tuple[Recipient, ...]:
        return tuple(_recipient(one) for one in json.loads(value))


OLD_ORDER = ("number", "country", "submitted", "idx", "text", "parts", "points")


def _named(recipient: Recipient) -> engine.Raw:
    defaults = {one.name: one.default for one in fields(Recipient)}
    return {name: value for name, value in vars(recipient).items() if value != defaults[name]}


def _recipient(stored: engine.Raw | list[Any]) -> Recipient:
    """Raises TypeError or ValueError for what neither form has."""
    return Recipient(**(dict(zip(OLD_ORDER, stored, strict=True)) if isinstance(stored, list) else stored))

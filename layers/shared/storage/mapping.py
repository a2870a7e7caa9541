"""Conversion between domain objects and rows, by the names of their fields."""

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Self, cast

from pynamodb.attributes import Attribute, UnicodeSetAttribute
from pynamodb.constants import MAP, NUMBER, STRING
from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from shared.domain import rights
from shared.domain.mail_trouble import MailTrouble
from shared.domain.rights import Rights


class RawItem(Model):
    """A row with attributes that are named by what they count: `raw` has them as DynamoDB does."""

    raw: dict[str, Any]

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        item = super().from_raw_data(data)
        item.raw = data
        return item


class DurationAttribute(Attribute[timedelta]):
    """A length of time, stored in seconds."""

    attr_type = NUMBER

    def serialize(self, value: timedelta) -> str:
        return f"{value.total_seconds():.15g}"  # as many digits as a float holds

    def deserialize(self, value: str) -> timedelta:
        return timedelta(seconds=float(value))


class CountAttribute(Attribute[int]):
    """A whole number. PynamoDB reads one too, but declares its attribute as float."""

    attr_type = NUMBER

    def serialize(self, value: int) -> str:
        return str(value)

    def deserialize(self, value: str) -> int:
        return int(value)


class WordsAttribute(Attribute[dict[str, str]]):
    """Texts by name, as a DynamoDB map, so that a write can check and change a single one."""

    attr_type = MAP

    def serialize(self, value: dict[str, str]) -> dict[str, dict[str, str]]:
        return {name: {STRING: word} for name, word in value.items()}

    def deserialize(self, value: dict[str, dict[str, str]]) -> dict[str, str]:
        return {name: word[STRING] for name, word in value.items()}


class FactsAttribute[Facts](Attribute[Facts]):
    """A small dataclass as one JSON text. Equal objects give equal texts, so that a guard can compare them."""

    attr_type = STRING

    def __init__(self, read: Callable[[dict[str, Any]], Facts], **more: Any) -> None:
        """*read* makes the object from its fields as JSON has them; values of types unknown to JSON are text there."""
        super().__init__(**more)
        self._read = read

    def serialize(self, value: Facts) -> str:
        return json.dumps(vars(value), separators=(",", ":"), default=str)

    def deserialize(self, value: str) -> Facts:
        return self._read(json.loads(value))


class MailTroubleAttribute(FactsAttribute[MailTrouble]):
    """Trouble with a mailbox as one JSON text."""

    def __init__(self, **more: Any) -> None:
        super().__init__(_trouble_from, **more)


def _trouble_from(facts: dict[str, Any]) -> MailTrouble:
    return MailTrouble(**{name: at and datetime.fromisoformat(at) for name, at in facts.items()})


class RightsAttribute(Attribute[Rights]):
    """Rights as one JSON text. Equal rights give equal texts, so that a guard can compare them."""

    attr_type = STRING

    def serialize(self, value: Rights) -> str:
        return json.dumps(rights.facts_of(value), separators=(",", ":"), sort_keys=True)

    def deserialize(self, value: str) -> Rights:
        return rights.from_facts(json.loads(value))


def row[Item: Model](item: type[Item], record: Any, **more: Any) -> Item:
    """Return the row of *record*, a dataclass. *more* are attributes that only the table has."""
    return item(**{field.name: getattr(record, field.name) for field in fields(record)}, **more)


def record[Record](kind: type[Record], item: Model | None) -> Record | None:
    """Return the object in *item*, of the dataclass *kind*; None for no row."""
    if item is None:
        return None
    return kind(**{field.name: getattr(item, field.name) for field in fields(kind)})  # type: ignore[arg-type]


def facts_set(item: type[Model], facts: dict[str, Any]) -> list[Action]:
    """Return updates that set the attributes in *facts*, by name; None removes an attribute."""
    return [_set_or_remove(getattr(item, name), value) for name, value in facts.items()]


def _set_or_remove(attribute: Any, value: Any) -> Action:
    changed: Action = attribute.remove() if value is None else attribute.set(value)
    return changed


def has_room_for(names: UnicodeSetAttribute, name: str, *, most: int) -> Condition:
    """Return the condition that the set has *name* already, or fewer than *most* others."""
    return cast(Condition, names.does_not_exist() | names.contains(name) | (size_of(names) < most))


def size_of(names: UnicodeSetAttribute) -> Any:
    """Return how many *names* a set has, to be compared in a condition."""
    return size(names)  # type: ignore[no-untyped-call]  # pynamodb's

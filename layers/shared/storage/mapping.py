"""How a domain object becomes a row and a row a domain object: by the names of its fields."""

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.constants import MAP, NUMBER, STRING
from pynamodb.expressions.update import Action
from pynamodb.models import Model


class DurationAttribute(Attribute[timedelta]):
    """A length of time, stored in seconds."""

    attr_type = NUMBER

    def serialize(self, value: timedelta) -> str:
        return f"{value.total_seconds():g}"

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
    """Words by name, each of which a write can look at and change for itself."""

    attr_type = MAP

    def serialize(self, value: dict[str, str]) -> dict[str, dict[str, str]]:
        return {name: {STRING: word} for name, word in value.items()}

    def deserialize(self, value: dict[str, dict[str, str]]) -> dict[str, str]:
        return {name: word[STRING] for name, word in value.items()}


class FactsAttribute[Facts](Attribute[Facts]):
    """A small dataclass as one text, so that equal ones are written alike and a swap can be guarded."""

    attr_type = STRING

    def __init__(self, read: Callable[[dict[str, Any]], Facts], **more: Any) -> None:
        """*read* makes one of its fields as JSON has them; what JSON does not know is text there."""
        super().__init__(**more)
        self._read = read

    def serialize(self, value: Facts) -> str:
        return json.dumps(vars(value), separators=(",", ":"), default=str)

    def deserialize(self, value: str) -> Facts:
        return self._read(json.loads(value))


def row[Item: Model](item: type[Item], record: Any, **more: Any) -> Item:
    """The row of *record*, a dataclass; *more* are fields that only the table knows."""
    return item(**{field.name: getattr(record, field.name) for field in fields(record)}, **more)


def record[Record](kind: type[Record], item: Model | None) -> Record | None:
    """The *kind* of object, a dataclass, that lies in *item*; None for no row."""
    if item is None:
        return None
    return kind(**{field.name: getattr(item, field.name) for field in fields(kind)})  # type: ignore[arg-type]


def facts_set(item: type[Model], facts: dict[str, Any]) -> list[Action]:
    """Updates of the attributes that *facts* name; None takes an attribute away."""
    return [_fact(getattr(item, name), value) for name, value in facts.items()]


def _fact(attribute: Any, value: Any) -> Action:
    changed: Action = attribute.remove() if value is None else attribute.set(value)
    return changed

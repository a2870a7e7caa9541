"""How a domain object becomes a row and a row a domain object: by the names of its fields."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.constants import NUMBER
from pynamodb.expressions.update import Action
from pynamodb.models import Model


class DurationAttribute(Attribute[timedelta]):
    """A length of time, stored in seconds."""

    attr_type = NUMBER

    def serialize(self, value: timedelta) -> str:
        return f"{value.total_seconds():g}"

    def deserialize(self, value: str) -> timedelta:
        return timedelta(seconds=float(value))


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

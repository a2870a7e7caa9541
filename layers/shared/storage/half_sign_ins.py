"""The strikes table: which refused sign-ins were written down, so that each kind is written once an hour."""

from datetime import datetime

from pynamodb.attributes import TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.models import Model

from shared import policy, settings
from shared.errors import Refusal
from shared.storage import engine


class AlreadyNoted(Refusal):
    """The like was written down within the hour."""


class NotedItem(Model):
    """A kind of refused sign-in that was written down at `noted_at`."""

    class Meta:
        table_name = settings.STRIKES_TABLE

    about = UnicodeAttribute(hash_key=True)
    noted_at = UTCDateTimeAttribute()
    forget_at = TTLAttribute()


def noting_once(about: str, *, now: datetime) -> engine.Write:
    """Record that *about*, which names its hour, is written down. Refused as AlreadyNoted if it is already."""
    return engine.change(
        NotedItem(about),
        [NotedItem.noted_at.set(now), NotedItem.forget_at.set(now + policy.FORGET_AFTER)],
        guard=NotedItem.about.does_not_exist(),
        refused=lambda _: AlreadyNoted(),
    )

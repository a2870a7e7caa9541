"""The carriers table: when a message last did not get through, so that who waits for one can be told."""

from datetime import datetime

from pynamodb.attributes import TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.models import Model

from shared import policy, settings
from shared.storage import engine

_SMS = "sms"


class CarrierItem(Model):
    class Meta:
        table_name = settings.CARRIERS_TABLE

    carrier = UnicodeAttribute(hash_key=True)
    failed_at = UTCDateTimeAttribute()
    forget_at = TTLAttribute()


def key() -> engine.Key:
    """Where the trouble of SMS is written down, to be read together with other rows."""
    return engine.Key(CarrierItem, _SMS)


def failing(*, now: datetime) -> engine.Write:
    """SMS does not get through. Refused as Outrun where that is known of this moment, or of a later one."""
    told_until = now + policy.CARRIER_TROUBLE_TOLD_FOR
    return engine.change(
        CarrierItem(_SMS),
        [CarrierItem.failed_at.set(now), CarrierItem.forget_at.set(told_until + policy.FORGET_AFTER)],
        guard=CarrierItem.carrier.does_not_exist() | (CarrierItem.failed_at < now),
    )


def in_trouble(item: Model | None, *, now: datetime) -> bool:
    """Whether the row under `key()` tells of trouble that is fresh."""
    return isinstance(item, CarrierItem) and now < item.failed_at + policy.CARRIER_TROUBLE_TOLD_FOR

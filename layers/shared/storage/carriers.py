"""The carriers table: when SMS last failed, so that users who wait for a code can be told."""

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
    """Return the key of the row about SMS, to be fetched together with other rows."""
    return engine.Key(CarrierItem, _SMS)


def failing(*, now: datetime) -> engine.Write:
    """Record that SMS failed at *now*. Refused as Outrun if a failure at that time or later is recorded."""
    told_until = now + policy.CARRIER_TROUBLE_TOLD_FOR
    return engine.change(
        CarrierItem(_SMS),
        [CarrierItem.failed_at.set(now), CarrierItem.forget_at.set(told_until + policy.FORGET_AFTER)],
        guard=CarrierItem.carrier.does_not_exist() | (CarrierItem.failed_at < now),
    )


def in_trouble(item: Model | None, *, now: datetime) -> bool:
    """Whether *item*, the row under `key()`, has a failure within `policy.CARRIER_TROUBLE_TOLD_FOR`."""
    return isinstance(item, CarrierItem) and now < item.failed_at + policy.CARRIER_TROUBLE_TOLD_FOR

"""The devices table: the devices that a user has signed in from."""

from datetime import datetime

from pynamodb.attributes import TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.devices import Device
from shared.domain.identifiers import user_of
from shared.errors import NotFound
from shared.storage import engine
from shared.storage.mapping import record, row


class DeviceItem(Model):
    class Meta:
        table_name = settings.DEVICES_TABLE

    user_id = UnicodeAttribute(hash_key=True)
    device_id = UnicodeAttribute(range_key=True)
    sealed_secret = UnicodeAttribute()
    name = UnicodeAttribute()
    first_seen_at = UTCDateTimeAttribute()
    seen_at = UTCDateTimeAttribute()
    forget_at = TTLAttribute()


def key(device_id: str) -> engine.Key:
    return engine.Key(DeviceItem, user_of(device_id), device_id)


def adding(device: Device) -> engine.Write:
    return engine.add(row(DeviceItem, device, forget_at=device.seen_at + policy.DEVICE_REMEMBERED_FOR))


def seeing(device_id: str, *, now: datetime) -> engine.Write:
    """Record a use, so that the device is remembered for longer. Refused as Outrun if it is gone."""
    return engine.change(
        DeviceItem(user_of(device_id), device_id),
        [DeviceItem.seen_at.set(now), DeviceItem.forget_at.set(now + policy.DEVICE_REMEMBERED_FOR)],
        guard=DeviceItem.device_id.exists(),
    )


def forgetting(device_id: str) -> engine.Write:
    """Remove a device. Refused as NotFound if there is none."""
    return engine.remove(
        DeviceItem(user_of(device_id), device_id), guard=DeviceItem.device_id.exists(), refused=NotFound()
    )


def of_user(user_id: str) -> list[Device]:
    """Return all devices of a user that have a row: also forgotten ones, until DynamoDB removes them."""
    return [found for item in engine.query(DeviceItem, user_id) if (found := record(Device, item))]

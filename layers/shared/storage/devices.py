"""The devices table: the devices that a user has signed in from."""

from datetime import datetime

from pynamodb.attributes import TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.devices import Device
from shared.domain.identifiers import user_of
from shared.errors import NotFound, Refusal
from shared.storage import engine
from shared.storage.mapping import CountAttribute, record, row

COUNT = "count"
"""The range key of the row that counts a user's devices; those of devices begin with the id of the user."""


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


class DeviceCountItem(Model):
    """How many devices a user has at most. It is never too low: only `recounting` takes off those that are gone."""

    class Meta:
        table_name = settings.DEVICES_TABLE

    user_id = UnicodeAttribute(hash_key=True)
    device_id = UnicodeAttribute(range_key=True, default=COUNT)
    devices = CountAttribute()
    forget_at = TTLAttribute()


class DevicesFull(Refusal):
    """By the count, the user has as many devices as are remembered. `count` is what it says."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count


def key(device_id: str) -> engine.Key:
    return engine.Key(DeviceItem, user_of(device_id), device_id)


def read(item: engine.Row) -> Device | None:
    return record(Device, item)


def adding(device: Device) -> engine.Write:
    return engine.add(row(DeviceItem, device, forget_at=device.seen_at + policy.DEVICE_REMEMBERED_FOR))


def counting(user_id: str, *, now: datetime) -> engine.Write:
    """Count one device more. Refused as DevicesFull if there are policy.DEVICES_OF_A_USER."""
    count = DeviceCountItem.devices
    return engine.change(
        DeviceCountItem(user_id, COUNT),
        [count.add(1), DeviceCountItem.forget_at.set(now + policy.DEVICE_REMEMBERED_FOR)],
        guard=count.does_not_exist() | (count < policy.DEVICES_OF_A_USER),
        refused=lambda counted: DevicesFull(int(counted["devices"]["N"])),
    )


def recounting(user_id: str, *, before: int, after: int) -> engine.Write:
    """Write that the user has *after* devices. Refused as Outrun if the count is not *before* any longer."""
    item = DeviceCountItem(user_id, COUNT)
    return engine.change(item, [DeviceCountItem.devices.set(after)], guard=DeviceCountItem.devices == before)


def dropping(device: Device) -> engine.Write:
    return engine.remove(DeviceItem(device.user_id, device.device_id))


def seeing(device: Device, *, now: datetime) -> engine.Write:
    """Record a use, so that the device is remembered for longer, and its seal. Refused as Outrun if it is gone."""
    return engine.change(
        DeviceItem(device.user_id, device.device_id),
        [
            DeviceItem.seen_at.set(now),
            DeviceItem.forget_at.set(now + policy.DEVICE_REMEMBERED_FOR),
            DeviceItem.sealed_secret.set(device.sealed_secret),
        ],
        guard=DeviceItem.device_id.exists(),
    )


def forgetting(device_id: str) -> engine.Write:
    """Remove a device. Refused as NotFound if there is none."""
    return engine.remove(
        DeviceItem(user_of(device_id), device_id), guard=DeviceItem.device_id.exists(), refused=NotFound()
    )


def of_user(user_id: str, *, after: str = "") -> tuple[list[Device], bool]:
    """Return the devices of a user that have a row, by id, and whether there are more; also those that are forgotten.

    At most policy.DEVICES_OF_A_USER, from the one that follows the id *after*. Older users may have more. One more is
    read: after a full page DynamoDB says that there may be more, also where there are none.
    """
    where = (DeviceItem.user_id == user_id) & DeviceItem.device_id.between(max(f"{after}\0", user_id), f"{user_id}~")
    items, _ = engine.page(DeviceItem, where, limit=policy.DEVICES_OF_A_USER + 1)
    found = [device for item in items if (device := record(Device, item))]
    return found[: policy.DEVICES_OF_A_USER], len(found) > policy.DEVICES_OF_A_USER

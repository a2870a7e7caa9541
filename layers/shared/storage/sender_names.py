"""The sender names table: under which names an account may send, and which of them is its default.

Before the names of an account lies a row that is none, under HEAD: how many there are, and the default. What is the
default is active: whatever takes one away sees to the other in the same transaction.
"""

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.sender_names import SenderName
from shared.errors import Outrun, Refusal, SenderExists, SenderInactive, SenderQuotaReached, SenderUnknown
from shared.storage import engine
from shared.storage.mapping import CountAttribute, record, row

HEAD = "*"
"""No name has this character."""


class SenderNameItem(Model):
    class Meta:
        table_name = settings.SENDER_NAMES_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    sender = UnicodeAttribute(range_key=True)
    active = BooleanAttribute(null=True)
    created_at = UTCDateTimeAttribute(null=True)
    names = CountAttribute(null=True)
    default = UnicodeAttribute(null=True)


def of_account(account_id: str) -> tuple[list[SenderName], str | None]:
    """All of them by name, and the default, in one round trip."""
    items = engine.query(SenderNameItem, account_id)
    head = next((item for item in items if getattr(item, "sender", "") == HEAD), None)
    return [found for item in items if item is not head and (found := read(item))], read_default(head)


def find(account_id: str, sender: str) -> tuple[SenderName | None, str | None]:
    """That name, and the default, in one round trip."""
    item, head = engine.fetch(key(account_id, sender), key(account_id, HEAD))
    return read(item), read_default(head)


def adding(name: SenderName) -> list[engine.Write]:
    """Refused as SenderExists, or as TooManySenders."""
    is_room = SenderNameItem.names.does_not_exist() | (SenderNameItem.names < policy.SENDER_NAMES)
    counting = engine.change(
        SenderNameItem(name.account_id, HEAD),
        [SenderNameItem.names.add(1)],
        guard=is_room,
        refused=lambda _: SenderQuotaReached(),
    )
    return [engine.add(row(SenderNameItem, name), refused=SenderExists()), counting]


def removing(account_id: str, sender: str, *, default: str | None) -> list[engine.Write]:
    """*default* is what was read. Refused as SenderUnknown, or as Outrun where the default is another by now."""
    gone = engine.remove(
        SenderNameItem(account_id, sender), guard=SenderNameItem.active.exists(), refused=SenderUnknown()
    )
    return [gone, _unset(account_id, sender, default, names=-1)]


def making_default(account_id: str, sender: str) -> list[engine.Write]:
    """Refused as SenderUnknown, or as SenderInactive."""
    is_active = engine.check(
        key(account_id, sender),
        guard=SenderNameItem.active == True,  # noqa: E712 - for DynamoDB
        refused=_why_no_default,
    )
    setting = engine.change(
        SenderNameItem(account_id, HEAD), [SenderNameItem.default.set(sender)], guard=SenderNameItem.names.exists()
    )
    return [is_active, setting]


def switching(account_id: str, sender: str, *, active: bool, default: str | None) -> list[engine.Write]:
    """*default* is what was read: one that is switched off is none. Refused as SenderUnknown, Outrun."""
    switch = engine.change(
        SenderNameItem(account_id, sender),
        [SenderNameItem.active.set(active)],
        guard=SenderNameItem.active.exists(),
        refused=lambda _: SenderUnknown(),
    )
    return [switch] if active else [switch, _unset(account_id, sender, default)]


def key(account_id: str, sender: str) -> engine.Key:
    return engine.Key(SenderNameItem, account_id, sender)


def default_key(account_id: str) -> engine.Key:
    return key(account_id, HEAD)


def _unset(account_id: str, sender: str, default: str | None, *, names: int = 0) -> engine.Write:
    """So many names more, and *sender* is no default any longer, if it was one."""
    was = default == sender
    return engine.change(
        SenderNameItem(account_id, HEAD),
        [SenderNameItem.names.add(names), *([SenderNameItem.default.remove()] if was else [])],
        guard=_is_default(sender) if was else ~_is_default(sender),
        refused=lambda _: Outrun(),
    )


def _is_default(sender: str) -> Condition:
    same: Condition = SenderNameItem.default == sender
    return same


def _why_no_default(raw: engine.Raw) -> Refusal:
    return SenderInactive() if "active" in raw else SenderUnknown()


def read(item: Model | None) -> SenderName | None:
    """What lies in a row that was fetched together with others."""
    return record(SenderName, item)


def read_default(head: Model | None) -> str | None:
    return getattr(head, "default", None)

"""The sender names table: the names that an account may send under, and which of them is its default.

One row of each account, under HEAD, is no name: it has their number and the default. The default is always an active
name, because whatever removes or deactivates a name clears the default in the same transaction.
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
"""The sort key of that row. No sender name contains this character."""


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
    """Return all sender names of an account, sorted, and the default, in one round trip."""
    items = engine.query(SenderNameItem, account_id)
    head = next((item for item in items if getattr(item, "sender", "") == HEAD), None)
    return [found for item in items if item is not head and (found := read(item))], read_default(head)


def find(account_id: str, sender: str) -> tuple[SenderName | None, str | None]:
    """Return a sender name, None if there is none, and the default, in one round trip."""
    item, head = engine.fetch(key(account_id, sender), key(account_id, HEAD))
    return read(item), read_default(head)


def adding(name: SenderName) -> list[engine.Write]:
    """Add a sender name. Refused as SenderExists, or as SenderQuotaReached at `policy.SENDER_NAMES`."""
    is_room = SenderNameItem.names.does_not_exist() | (SenderNameItem.names < policy.SENDER_NAMES)
    counting = engine.change(
        SenderNameItem(name.account_id, HEAD),
        [SenderNameItem.names.add(1)],
        guard=is_room,
        refused=lambda _: SenderQuotaReached(),
    )
    return [engine.add(row(SenderNameItem, name), refused=SenderExists()), counting]


def removing(account_id: str, sender: str, *, default: str | None) -> list[engine.Write]:
    """Remove a name. *default* is as it was read. Refused as SenderUnknown, or as Outrun if the default changed."""
    gone = engine.remove(
        SenderNameItem(account_id, sender), guard=SenderNameItem.active.exists(), refused=SenderUnknown()
    )
    return [gone, _updating_head(account_id, sender, default, names=-1)]


def making_default(account_id: str, sender: str) -> list[engine.Write]:
    """Make an active name the default. Refused as SenderUnknown or SenderInactive."""
    is_active = engine.check(
        key(account_id, sender),
        guard=SenderNameItem.active == True,  # noqa: E712 - for DynamoDB
        refused=_default_refusal,
    )
    setting = engine.change(
        SenderNameItem(account_id, HEAD), [SenderNameItem.default.set(sender)], guard=SenderNameItem.names.exists()
    )
    return [is_active, setting]


def switching(account_id: str, sender: str, *, active: bool, default: str | None) -> list[engine.Write]:
    """Activate or deactivate a name; one that is deactivated is no default any more. *default* is as it was read.

    Refused as SenderUnknown, or as Outrun if the default changed.
    """
    switch = engine.change(
        SenderNameItem(account_id, sender),
        [SenderNameItem.active.set(active)],
        guard=SenderNameItem.active.exists(),
        refused=lambda _: SenderUnknown(),
    )
    return [switch] if active else [switch, _updating_head(account_id, sender, default)]


def key(account_id: str, sender: str) -> engine.Key:
    return engine.Key(SenderNameItem, account_id, sender)


def default_key(account_id: str) -> engine.Key:
    return key(account_id, HEAD)


def _updating_head(account_id: str, sender: str, default: str | None, *, names: int = 0) -> engine.Write:
    """Add *names* to the number of names, and clear the default if it is *sender*. Refused as Outrun if it changed."""
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


def _default_refusal(raw: engine.Raw) -> Refusal:
    return SenderInactive() if "active" in raw else SenderUnknown()


def read(item: Model | None) -> SenderName | None:
    """Return the sender name in *item*, a row that was fetched under `key`."""
    return record(SenderName, item)


def read_default(head: Model | None) -> str | None:
    """Return the default in *head*, the row that was fetched under `default_key`."""
    return getattr(head, "default", None)

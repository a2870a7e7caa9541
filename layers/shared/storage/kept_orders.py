"""Deleted tokens whose messages leave all the same: rows of the shipments table under keys of another form."""

from datetime import datetime

from pynamodb.attributes import TTLAttribute, UnicodeAttribute
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.standing import Kept
from shared.storage import engine
from shared.storage.mapping import record, row

KEPT_FOR = policy.SCHEDULED_AHEAD + policy.SHIPMENT_KEPT_FOR
"""How long it is known: as long as something can wait."""


class KeptItem(Model):
    class Meta:
        table_name = settings.SHIPMENTS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    kept_id = UnicodeAttribute(range_key=True, attr_name="shipment_id")
    token_id = UnicodeAttribute()
    provenance = UnicodeAttribute()
    forget_at = TTLAttribute()


def key(account_id: str, token_id: str) -> engine.Key:
    return engine.Key(KeptItem, account_id, f"kept:{token_id}")


def read(item: Model | None) -> Kept | None:
    """Return what is in *item*, a row that was fetched under `key`."""
    return record(Kept, item)


def keeping(kept: Kept, *, now: datetime) -> engine.Write:
    """Let what a deleted token scheduled leave all the same. Never refused."""
    kept_id = key(kept.account_id, kept.token_id).range
    return engine.put(row(KeptItem, kept, kept_id=kept_id, forget_at=now + KEPT_FOR))

"""The kept values table: what a change of a user or their account replaced, by user and in the order of the changes."""

from datetime import datetime

from pynamodb.attributes import TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.kept_values import KeptValue
from shared.storage import engine
from shared.storage.mapping import record, row


class KeptValueItem(Model):
    class Meta:
        table_name = settings.KEPT_VALUES_TABLE

    user_id = UnicodeAttribute(hash_key=True)
    change_id = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    at = UTCDateTimeAttribute()
    provenance = UnicodeAttribute()
    sealed = UnicodeAttribute()
    forget_at = TTLAttribute()


def adding(value: KeptValue) -> engine.Write:
    return engine.add(row(KeptValueItem, value, forget_at=value.at + policy.NOT_ME_LIFETIME))


def of_user(user_id: str, *, now: datetime) -> list[KeptValue]:
    """Return what is kept of a user, for as long as a link may put it back."""
    every = [found for item in engine.query(KeptValueItem, user_id) if (found := record(KeptValue, item))]
    return [value for value in every if now < value.at + policy.NOT_ME_LIFETIME]


def forgetting(user_id: str) -> list[engine.Write]:
    """Remove all that is kept of a user. Reads what there is first. Never refused."""
    return [engine.remove(KeptValueItem(user_id, item.change_id)) for item in _rows(user_id)]


def _rows(user_id: str) -> list[KeptValueItem]:
    return [item for item in engine.query(KeptValueItem, user_id) if isinstance(item, KeptValueItem)]

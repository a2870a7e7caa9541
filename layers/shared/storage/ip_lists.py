"""The address lists table: the entries of an account's IP lists with their notes, for the panel only.

What every request needs of a list, its addresses and whether it is on, is in the accounts table.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from pynamodb.attributes import Attribute, UnicodeAttribute
from pynamodb.constants import STRING
from pynamodb.models import Model

from shared import settings
from shared.domain.ip_lists import NAMES, ListEntry
from shared.storage import engine


class EntriesAttribute(Attribute[list[ListEntry]]):
    """The entries of a list as one JSON text, in their order."""

    attr_type = STRING

    def serialize(self, value: list[ListEntry]) -> str:
        facts = [[entry.source, entry.note, entry.added_by, entry.added_at.isoformat()] for entry in value]
        return json.dumps(facts, separators=(",", ":"), ensure_ascii=False)

    def deserialize(self, value: str) -> list[ListEntry]:
        return [ListEntry(source, note, by, datetime.fromisoformat(at)) for source, note, by, at in json.loads(value)]


class AddressListItem(Model):
    class Meta:
        table_name = settings.ADDRESS_LISTS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute(range_key=True)
    entries = EntriesAttribute()


def entries_of(account_id: str) -> dict[str, list[ListEntry]]:
    """Return the entries of each list by its name, in one round trip.

    They include those of the list before a trial. Which of them are in force is in `Account.panel` and `Account.api`.
    """
    rows = engine.fetch(*(engine.Key(AddressListItem, account_id, name) for name in NAMES))
    return {
        name: item.entries if isinstance(item, AddressListItem) else [] for name, item in zip(NAMES, rows, strict=True)
    }


def keeping(account_id: str, name: str, entries: Sequence[ListEntry]) -> engine.Write:
    """Write the entries of a list. Commit it with `accounts.setting_lists`, whose guard lets one of two changes win."""
    return engine.put(AddressListItem(account_id, name, entries=list(entries)))

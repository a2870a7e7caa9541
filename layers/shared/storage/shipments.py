"""The shipments table: messages that are paid for, until it is known what became of each, and some days longer.

Whoever sends a message claims it here first, and so does whoever gives its points back: it is one or the other.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from zlib import crc32

from aws_lambda_powertools.metrics import MetricUnit
from pynamodb.attributes import Attribute, BooleanAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.constants import STRING
from pynamodb.expressions.operand import Path
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.messages import DONE, LEAVING, STATUSES, WAITING, Recipient, Shipment, place_name
from shared.errors import Outrun, Refusal
from shared.observability import logger, metrics
from shared.storage import engine
from shared.storage.mapping import CountAttribute, WordsAttribute, record, row

type Place = tuple[str, str]
"""The account and the id of a shipment."""


class RecipientsAttribute(Attribute[tuple[Recipient, ...]]):
    """As one text: nobody looks for a recipient, or changes one."""

    attr_type = STRING

    def serialize(self, value: tuple[Recipient, ...]) -> str:
        return json.dumps([list(vars(one).values()) for one in value], separators=(",", ":"))

    def deserialize(self, value: str) -> tuple[Recipient, ...]:
        return tuple(Recipient(*one) for one in json.loads(value))


class ShipmentItem(Model):
    """`shard` and `look_at` place it in the index `waiting`, until it is known what became of all its messages."""

    class Meta:
        table_name = settings.SHIPMENTS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    shipment_id = UnicodeAttribute(range_key=True)
    user_id = UnicodeAttribute()
    kind = UnicodeAttribute()
    sender = UnicodeAttribute()
    text = UnicodeAttribute()
    recipients = RecipientsAttribute()
    created_at = UTCDateTimeAttribute()
    send_at = UTCDateTimeAttribute()
    state = UnicodeAttribute()
    check_idx = BooleanAttribute()
    month = UnicodeAttribute(null=True)
    became = WordsAttribute()
    left = CountAttribute()
    shard = UnicodeAttribute(null=True)
    look_at = UTCDateTimeAttribute(null=True)
    forget_at = TTLAttribute()


class Settled(Outrun):
    """It is known already what became of the message, or nobody knows the shipment any more."""


class StillWaiting(Outrun):
    """Its time has come, and nobody has written that down yet."""


class TakenUp(Outrun):
    """Somebody is busy sending it, or has sent it meanwhile."""


class GuessedWrong(Outrun):
    """It is the last message of the shipment of which that was not known, and was thought not to be; or otherwise."""


def key(place: Place) -> engine.Key:
    return engine.Key(ShipmentItem, *place)


def find(account_id: str, shipment_ids: Iterable[str]) -> list[Shipment]:
    """Those of the account that there are, in one round trip. At most a hundred."""
    places = [(account_id, shipment_id) for shipment_id in dict.fromkeys(shipment_ids)]
    return [found for item in engine.fetch(*map(key, places)) if (found := read(item))] if places else []


def find_several(places: Iterable[Place]) -> list[Shipment]:
    """Those that there are, of whatever accounts, in one round trip. A broken row is told of, and holds nobody back."""
    return [found for raw in engine.fetch_raw(*map(key, dict.fromkeys(places))) if (found := _understood(raw))]


def read(item: Model | None) -> Shipment | None:
    """Raises ValueError, TypeError or AttributeError for a row that is broken."""
    return record(Shipment, item)


def adding(shipment: Shipment) -> engine.Write:
    forget_at = shipment.send_at + policy.SHIPMENT_KEPT_FOR
    return engine.add(row(ShipmentItem, shipment, shard=_shard(shipment.shipment_id), forget_at=forget_at))


def claiming(shipment: Place, place: int, *, now: datetime, waiting: bool = False) -> engine.Write:
    """From now on nobody else sends the message, for a while, or gives its points back.

    *waiting* is whether the shipment was found to be so still: from now on it is not. Refused as Settled, as
    StillWaiting, or as TakenUp where somebody else is busy sending it.
    """
    busy_until = _claim(now + policy.MESSAGE_CLAIMED_FOR)
    became = _became(place)
    actions = [became.set(busy_until)]
    if waiting:
        actions += [ShipmentItem.state.set(LEAVING), ShipmentItem.look_at.set(now + policy.SHIPMENT_GIVEN_UP_AFTER)]
    return engine.change(
        ShipmentItem(*shipment),
        actions,
        guard=(ShipmentItem.state == (WAITING if waiting else LEAVING))
        & (became.does_not_exist() | (became <= _claim(now))),
        refused=lambda raw: _why_not_claimed(raw, place),
    )


def freeing(shipment: Place, place: int) -> engine.Write:
    """It was surely not sent, so that whoever comes next may send it. Refused as Outrun where nobody was busy."""
    became = _became(place)
    return engine.change(ShipmentItem(*shipment), [became.remove()], guard=became < _CLAIMS_END)


def ending(shipment: Place, place: int, word: str, *, last: bool) -> engine.Write:
    """What became of a message. Refused as GuessedWrong where *last* is wrong, as Settled where it is known already."""
    became = _became(place)
    actions = [became.set(word), ShipmentItem.left.add(-1)]
    if last:
        actions += _OVER
    return engine.change(
        ShipmentItem(*shipment),
        actions,
        guard=(became < _CLAIMS_END) & (ShipmentItem.left == 1 if last else ShipmentItem.left > 1),
        refused=lambda raw: _why_not_ended(raw, place),
    )


def leaving(shipment: Shipment, *, now: datetime) -> engine.Write:
    """It waits no longer. Refused as Outrun where it does not wait."""
    return engine.change(
        ShipmentItem(shipment.account_id, shipment.shipment_id),
        [ShipmentItem.state.set(LEAVING), ShipmentItem.look_at.set(now + policy.SHIPMENT_GIVEN_UP_AFTER)],
        guard=ShipmentItem.state == WAITING,
    )


def settling(shipment: Shipment, became: dict[int, str]) -> engine.Write:
    """What became of some of its messages, by their places; none of them is sent from now on.

    Refused as TakenUp where anything is not as it was in *shipment*: somebody sends, or gives back, meanwhile.
    """
    left = shipment.left - len(became)
    actions = [_became(place).set(word) for place, word in became.items()]
    return engine.change(
        ShipmentItem(shipment.account_id, shipment.shipment_id),
        [*actions, ShipmentItem.left.set(left), *([] if left else _OVER)],
        guard=(ShipmentItem.state == shipment.state) & (ShipmentItem.became == dict(shipment.became)),
        refused=lambda _: TakenUp(),
    )


def due(*, now: datetime) -> Iterator[list[Place]]:
    """Where those lie that are to be looked at by now, oldest first in each part of the index, a round trip a page.

    The index follows the table with a delay, so a row may be what it was a moment ago: the writes find out. A row
    that is moved meanwhile lies beyond *now*, or nowhere, where no later page leads.
    """
    for shard in range(policy.SHIPMENT_SHARDS):
        where = (ShipmentItem.shard == str(shard)) & (ShipmentItem.look_at <= now)
        for page in engine.pages(ShipmentItem, where, index="waiting", limit=policy.SHIPMENTS_PAGE):
            yield [(raw["account_id"]["S"], raw["shipment_id"]["S"]) for raw in page]


_CLAIMS_END = "a"
"""Claims are instants, and sort before every word of STATUSES."""

_OVER = [ShipmentItem.state.set(DONE), ShipmentItem.shard.remove(), ShipmentItem.look_at.remove()]


def _understood(raw: engine.Raw | None) -> Shipment | None:
    try:
        return read(ShipmentItem.from_raw_data(raw)) if raw else None
    except (ValueError, TypeError, LookupError, AttributeError) as failure:
        logger.warning("shipment_broken", shipment_id=raw and raw["shipment_id"]["S"], reason=type(failure).__name__)
        metrics.add_metric("ShipmentsFailed", MetricUnit.Count, 1)
        return None


def _shard(shipment_id: str) -> str:
    """The same shipment always lies in the same part of the index."""
    return str(crc32(shipment_id.encode()) % policy.SHIPMENT_SHARDS)


def _became(place: int) -> Path:
    return ShipmentItem.became[place_name(place)]


def _claim(until: datetime) -> str:
    """Sorts by time."""
    return until.isoformat(timespec="milliseconds")


def _why_not_claimed(raw: engine.Raw, place: int) -> Refusal:
    word = _word(raw, place)
    if not raw or raw["state"]["S"] == DONE or word in STATUSES:
        return Settled()
    return StillWaiting() if raw["state"]["S"] == WAITING and not word else TakenUp()


def _why_not_ended(raw: engine.Raw, place: int) -> Refusal:
    word = _word(raw, place)
    return GuessedWrong() if word and word not in STATUSES else Settled()


def _word(raw: engine.Raw, place: int) -> str:
    words: dict[str, Any] = raw.get("became", {}).get("M", {})
    return str(words.get(place_name(place), {}).get("S", ""))

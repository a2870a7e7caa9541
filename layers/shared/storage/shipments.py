"""The shipments table: messages that are paid for, kept for some days after the outcome of each is known.

Whoever sends a message, or gives its points back, claims it here first. So a message is never both sent and refunded.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from zlib import crc32

from aws_lambda_powertools.metrics import MetricUnit
from pynamodb.attributes import BooleanAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.messages import DONE, LEAVING, STATUSES, WAITING, Shipment, behind, place_name
from shared.errors import Outrun, Refusal, ShipmentTooLarge
from shared.observability import logger, metrics
from shared.storage import bulk, engine, large_orders
from shared.storage.mapping import CountAttribute, WordsAttribute, record, row
from shared.storage.recipients import RecipientsAttribute

type Place = tuple[str, str]
"""The primary key of a shipment: the id of its account, and its own."""


class ShipmentItem(Model):
    """A row is in the index `waiting`, by `shard` and `look_at`, until the outcome of all its messages is known.

    It is in the index `scheduled`, by `waits_of`, its account, and `send_at`, while it waits for its time.
    """

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
    from_month = CountAttribute(default=0)
    grant = CountAttribute(default=0)
    became = WordsAttribute()
    left = CountAttribute()
    shard = UnicodeAttribute(null=True)
    look_at = UTCDateTimeAttribute(null=True)
    ordered_by = UnicodeAttribute(default="")
    provenance = UnicodeAttribute(default="")
    groups = UnicodeAttribute(default="")
    at_next_hour = BooleanAttribute(default=False)
    stopped_for = UnicodeAttribute(default="")
    expires_at = UTCDateTimeAttribute(null=True)
    notify_url = UnicodeAttribute(default="")
    username = UnicodeAttribute(default="")
    part_of = UnicodeAttribute(default="")
    points_before = CountAttribute(default=0)
    counted_at = UTCDateTimeAttribute(null=True)
    waits_of = UnicodeAttribute(null=True)
    forget_at = TTLAttribute()


class Settled(Outrun):
    """The message has an outcome already, or its shipment does not exist."""


class StillWaiting(Outrun):
    """The shipment is still marked as waiting, although the caller took it for one that leaves."""


class TakenUp(Outrun):
    """Another process is sending the message, or has sent it meanwhile."""


class GuessedWrong(Outrun):
    """The caller was wrong about whether this is the shipment's last open message."""


def key(place: Place) -> engine.Key:
    return engine.Key(ShipmentItem, *place)


def find(account_id: str, shipment_ids: Iterable[str]) -> list[Shipment]:
    """Return the shipments of the account that exist, at most a hundred, in one round trip.

    Takes one more if there are parts of large orders among them. Such a part exists if its order does.
    """
    places = [(account_id, shipment_id) for shipment_id in dict.fromkeys(shipment_ids)]
    return _paid([found for item in engine.fetch(*map(key, places)) if (found := read(item))] if places else [])


def existing(account_id: str, shipment_ids: Iterable[str]) -> set[str]:
    """Return those of the ids, at most a hundred, whose shipments exist, in one round trip."""
    found = engine.fetch_raw(*(key((account_id, one)) for one in dict.fromkeys(shipment_ids)))
    return {raw["shipment_id"]["S"] for raw in found if raw}


def find_several(places: Iterable[Place]) -> list[Shipment]:
    """Return the shipments that exist, of any accounts, in as many round trips as `find`.

    A row that cannot be read is logged and left out, so that it does not hold the others back.
    """
    return _paid([found for raw in engine.fetch_raw(*map(key, dict.fromkeys(places))) if (found := _understood(raw))])


def read(item: Model | None) -> Shipment | None:
    """Return the shipment in *item*. Raises ValueError, TypeError or AttributeError if the row cannot be read."""
    return record(Shipment, item)


def must_fit(shipment: Shipment) -> None:
    """Raise ShipmentTooLarge for one with more than policy.MAX_SHIPMENT_BYTES."""
    recipients = str(ShipmentItem.recipients.serialize(shipment.recipients))
    if len(recipients.encode()) + len(shipment.text.encode()) > policy.MAX_SHIPMENT_BYTES:
        raise ShipmentTooLarge


def adding(shipment: Shipment) -> engine.Write:
    """Write a new shipment, for which `must_fit` has looked."""
    return engine.add(_row(shipment, shard=_shard(shipment.shipment_id)))


def store_parts(shipments: Iterable[Shipment]) -> None:
    """Write the shipments of a large order, in a round trip for each `bulk.MOST_WRITTEN`. Nobody finds them before the
    order itself is added.

    Raises Unreachable; then some of them may lie there until they are forgotten.
    """
    bulk.put(_row(shipment, shard=None) for shipment in shipments)


def reaching(shipment: Shipment, *, now: datetime) -> engine.Write:
    """Let a part of a large order leave, as an ordinary shipment. Refused as TakenUp if a message of it was removed
    meanwhile, or if it was reached.
    """
    item = ShipmentItem
    return engine.change(
        item(shipment.account_id, shipment.shipment_id),
        [
            *_leaving(now),
            item.shard.set(_shard(shipment.shipment_id)),
            *([item.month.set(shipment.month)] if shipment.month else []),
            item.from_month.set(shipment.from_month),
            item.grant.set(shipment.grant),
            item.counted_at.set(now),
            item.part_of.remove(),
            item.points_before.remove(),
        ],
        guard=_is_as(shipment),
        refused=lambda _: TakenUp(),
    )


def claiming(shipment: Place, place: int, *, now: datetime, waiting: bool = False) -> engine.Write:
    """Claim one message for `policy.MESSAGE_CLAIMED_FOR`: until then nobody else sends it or gives its points back.

    *waiting* says whether the caller found the shipment waiting; the claim then marks it as leaving. Refused as Settled
    if the message has an outcome, as StillWaiting if *waiting* is wrong or its time has not come, as TakenUp if
    somebody else has claimed it.
    """
    busy_until = _claim(now + policy.MESSAGE_CLAIMED_FOR)
    became = _became(place)
    guard = (ShipmentItem.state == (WAITING if waiting else LEAVING)) & (
        became.does_not_exist() | (became <= _claim(now))
    )
    # One that was moved to a later time may still have a notice on the queue.
    return engine.change(
        ShipmentItem(*shipment),
        [became.set(busy_until), *(_leaving(now) if waiting else [])],
        guard=guard & (ShipmentItem.look_at <= now) if waiting else guard,
        refused=lambda raw: _why_not_claimed(raw, place),
    )


def freeing(shipment: Place, place: int) -> engine.Write:
    """Give up the claim on a message that was surely not sent, so that it can be sent.

    Refused as Outrun if nobody has claimed it.
    """
    became = _became(place)
    return engine.change(ShipmentItem(*shipment), [became.remove()], guard=became < _CLAIMS_END)


def ending(shipment: Place, place: int, word: str, *, last: bool) -> engine.Write:
    """Write down the outcome of a claimed message: *word*, one of STATUSES. *last*: no other message is open.

    Refused as GuessedWrong if *last* is wrong, as Settled if the message has an outcome already.
    """
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


def telling(shipment: Place, place: int, word: str) -> engine.Write:
    """Write down what the carrier says became of a message: *word*, one of `messages.STEPS`.

    Refused as TakenUp if it is not yet written down that the carrier has the message, as Settled if it has got further
    already, was never sent or does not exist.
    """
    became = _became(place)
    return engine.change(
        ShipmentItem(*shipment),
        [became.set(word)],
        guard=became.is_in(*behind(word)),
        refused=lambda raw: Settled() if _word(raw, place) in ("", *STATUSES) else TakenUp(),
    )


def in_row(raw: engine.Raw) -> Shipment | None:
    """Return the shipment in a row as it was written, or None for one that cannot be read, which is logged."""
    return _understood(raw)


def leaving(shipment: Shipment, *, now: datetime) -> engine.Write:
    """Mark a waiting shipment as leaving. Refused as Outrun if it does not wait, or was moved to another time."""
    return engine.change(
        ShipmentItem(shipment.account_id, shipment.shipment_id),
        _leaving(now),
        guard=(ShipmentItem.state == WAITING) & (ShipmentItem.send_at == shipment.send_at),
    )


def moving(shipment: Shipment, until: datetime) -> engine.Write:
    """Let a shipment wait until *until*. Refused as TakenUp if a message of it was sent, claimed or refunded meanwhile.

    Notices of it that are on the queue already send nothing before that time, see `claiming`.
    """
    return engine.change(
        ShipmentItem(shipment.account_id, shipment.shipment_id),
        [
            ShipmentItem.state.set(WAITING),
            ShipmentItem.send_at.set(until),
            ShipmentItem.look_at.set(until),
            ShipmentItem.waits_of.set(shipment.account_id),
            ShipmentItem.forget_at.set(until + policy.SHIPMENT_KEPT_FOR),
        ],
        guard=_is_as(shipment),
        refused=lambda _: TakenUp(),
    )


def waiting_on(shipment: Shipment, *, now: datetime) -> engine.Write:
    """Let the pass of each minute look at a shipment that leaves later again. Refused as TakenUp if it has changed."""
    return engine.change(
        ShipmentItem(shipment.account_id, shipment.shipment_id),
        [ShipmentItem.look_at.set(now + policy.SHIPMENT_GIVEN_UP_AFTER)],
        guard=_is_as(shipment),
        refused=lambda _: TakenUp(),
    )


def settling(shipment: Shipment, became: dict[int, str], *, reason: str = "", now: datetime) -> engine.Write:
    """Write down the outcomes of several messages, by their places. None of these is sent from now on.

    *reason* is why messages are stopped. Refused as TakenUp if the outcomes are not those in *shipment* any more:
    another process sends or refunds.
    """
    left = shipment.left - len(became)
    actions = [_became(place).set(word) for place, word in became.items()]
    if reason:
        actions.append(ShipmentItem.stopped_for.set(reason))
    if not left:
        actions += [*_OVER, ShipmentItem.forget_at.set(now + policy.SHIPMENT_KEPT_FOR)]
    return engine.change(
        ShipmentItem(shipment.account_id, shipment.shipment_id),
        [*actions, ShipmentItem.left.set(left)],
        guard=_is_as(shipment),
        refused=lambda _: TakenUp(),
    )


def due(*, now: datetime) -> Iterator[list[Place]]:
    """Yield pages of the shipments whose `look_at` has come, the oldest first in each shard, a round trip a page.

    The index follows the table with a delay, so a row may be out of date; the guards of the writes notice. A row
    that the caller moves lies beyond *now* or leaves the index, so no later page returns it again.
    """
    for shard in range(policy.SHIPMENT_SHARDS):
        where = (ShipmentItem.shard == str(shard)) & (ShipmentItem.look_at <= now)
        for page in engine.pages(ShipmentItem, where, index="waiting", limit=policy.SHIPMENTS_PAGE):
            yield [(raw["account_id"]["S"], raw["shipment_id"]["S"]) for raw in page]


_CLAIMS_END = "a"
"""Sorts behind every claim, which begins with a digit, and before every word of STATUSES."""

_OVER = [
    ShipmentItem.state.set(DONE),
    ShipmentItem.shard.remove(),
    ShipmentItem.look_at.remove(),
    ShipmentItem.waits_of.remove(),
]


def _paid(found: list[Shipment]) -> list[Shipment]:
    """Return the shipments that are paid for, with how they were paid. Parts of large orders know neither themselves
    before they are reached.
    """
    places = {(one.account_id, one.part_of) for one in found if one.part_of}
    orders = {order.order_id: order for order in large_orders.find_several(places)}
    known = [one for one in found if not one.part_of or one.part_of in orders]
    return [orders[one.part_of].paying(one) if one.part_of else one for one in known]


def _row(shipment: Shipment, *, shard: str | None) -> ShipmentItem:
    kept = replace(shipment, forget_at=shipment.send_at + policy.SHIPMENT_KEPT_FOR)
    waits_of = shipment.account_id if shipment.state == WAITING else None
    return row(ShipmentItem, kept, shard=shard, waits_of=waits_of)


def _leaving(now: datetime) -> list[Action]:
    return [
        ShipmentItem.state.set(LEAVING),
        ShipmentItem.look_at.set(now + policy.SHIPMENT_GIVEN_UP_AFTER),
        ShipmentItem.waits_of.remove(),
        ShipmentItem.forget_at.set(now + policy.SHIPMENT_KEPT_FOR),
    ]


def _is_as(shipment: Shipment) -> Condition:
    same = (ShipmentItem.state == shipment.state) & (ShipmentItem.became == dict(shipment.became))
    if shipment.part_of:  # what was not counted yet may have been since
        same &= ShipmentItem.part_of == shipment.part_of
    return cast(Condition, same)


def _understood(raw: engine.Raw | None) -> Shipment | None:
    if not raw:
        return None
    try:
        return read(ShipmentItem.from_raw_data(raw))
    except (ValueError, TypeError, LookupError, AttributeError) as failure:
        account_id, shipment_id = raw["account_id"]["S"], raw["shipment_id"]["S"]  # whoever mends the row needs its key
        logger.warning("shipment_broken", account_id=account_id, shipment_id=shipment_id, reason=type(failure).__name__)
        metrics.add_metric("ShipmentsFailed", MetricUnit.Count, 1)
        return None


def _shard(shipment_id: str) -> str:
    """Return the shard of a shipment, always the same for the same id."""
    return str(crc32(shipment_id.encode()) % policy.SHIPMENT_SHARDS)


def _became(place: int) -> Path:
    return ShipmentItem.became[place_name(place)]


def _claim(until: datetime) -> str:
    """Return the text of a claim. Claims compare as text in the order of time."""
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

"""What an order counts for its user: repeats of a number, names of messages (idx), and messages abroad."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from shared import policy, settings
from shared.crypto import seal
from shared.domain.messages import Recipient, Shipment
from shared.storage import counters, engine
from shared.storage.engine import Write


def abroad(shipment: Shipment, places: Sequence[int] | None = None) -> Mapping[str, int]:
    """Return how many messages, of all or of those at *places*, go to each country abroad."""
    chosen = range(len(shipment.recipients)) if places is None else places
    countries = Counter(shipment.recipients[place].country for place in chosen)
    return {country: count for country, count in countries.items() if country != settings.HOME_COUNTRY}


def abroad_of(shipments: Iterable[Shipment]) -> Mapping[str, int]:
    """Return as `abroad`, for all messages of several shipments."""
    together: Counter[str] = Counter()
    for shipment in shipments:
        together.update(abroad(shipment))
    return together


def charging(shipment: Shipment, *, now: datetime) -> list[Write]:
    """Count the numbers and the idx of an order: the first guard that fails says why it is refused."""
    repeats, names = _repeats(shipment, shipment.unsent), _checked_idx(shipment, shipment.unsent)
    return [
        *[counters.charging_repeats(about, count, now=now) for about, count in repeats.items()],
        *[counters.using_idx(shipment.user_id, idx, now=now) for idx in names],
    ]


def repeated(shipment: Shipment, *, now: datetime) -> list[int]:
    """Return the places of those unsent messages for which there is no room: their numbers got too many lately.

    Takes one round trip.
    """
    by_number: dict[str, list[int]] = {}
    for place in shipment.unsent:
        by_number.setdefault(_about(shipment, shipment.recipients[place]), []).append(place)
    rows = engine.fetch_raw(*map(counters.repeats_key, by_number))
    return [
        place
        for places, raw in zip(by_number.values(), rows, strict=True)
        for messages, place in enumerate(places, 1)
        if not counters.has_room_for_repeats(raw, messages, now=now)
    ]


def uncharging(shipment: Shipment, places: Sequence[int], *, now: datetime) -> list[Write]:
    """Give back what the messages at *places*, which are not sent, count still. Never refused."""
    ordered_at, counted_at = shipment.created_at, shipment.counted_at or shipment.created_at
    writes: list[Write] = []
    if not shipment.part_of and now < counted_at + policy.SMS_REPEATS_WITHIN:
        repeats = _repeats(shipment, places)
        writes += [counters.uncharging_repeats(about, count, at=counted_at) for about, count in repeats.items()]
    # Later the row of an idx has expired by itself, and one that lies there may belong to another message.
    if now < ordered_at + policy.IDX_KEPT_FOR:
        writes += [counters.forgetting_idx(shipment.user_id, idx) for idx in _checked_idx(shipment, places)]
    return writes


def _repeats(shipment: Shipment, places: Iterable[int]) -> Counter[str]:
    """Return how many messages go to each number, by what they are counted as."""
    return Counter(_about(shipment, shipment.recipients[place]) for place in places)


def _about(shipment: Shipment, recipient: Recipient) -> str:
    """Return what repeats of a number are counted as: for each user apart, and for each group apart if the sender may
    not see the number. Otherwise, the refusal of a message to a group would tell them who is in it, or in another.
    """
    number = seal.fingerprint("phone", recipient.number)
    return f"{shipment.user_id}:{number}" if recipient.submitted else f"{shipment.user_id}:{shipment.groups}:{number}"


def _checked_idx(shipment: Shipment, places: Iterable[int]) -> list[str]:
    """Return fingerprints of the `idx` of the messages at *places*; none if the customer did not ask for the check."""
    if not shipment.check_idx:
        return []
    names = [shipment.recipients[place].idx for place in places]
    return [seal.fingerprint("idx", name) for name in names if name]

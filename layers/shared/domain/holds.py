"""Holds: what an order has taken from a wallet or a purse, as long as it is not known whether it was stored."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from shared.domain.points import Points


@dataclass(frozen=True)
class Hold:
    """What the order of a shipment has taken: points, and its messages `abroad` of the day's limit, by country.

    `month` and `from_month` are those of a sub-user's payment, see `purses.Payment`.
    """

    shipment_id: str
    taken_at: datetime
    points: Points
    abroad: Mapping[str, int] = field(default_factory=dict)
    month: str = ""
    from_month: Points = 0

    def written(self) -> str:
        """Return the hold as one text, without the shipment's id."""
        facts = {name: fact for name, fact in vars(self).items() if fact and name != "shipment_id"}
        return json.dumps(facts, separators=(",", ":"), default=datetime.isoformat)

    @classmethod
    def read(cls, shipment_id: str, written: str) -> Self:
        facts = json.loads(written)
        return cls(shipment_id, datetime.fromisoformat(facts.pop("taken_at")), **facts)

    @property
    def day(self) -> str:
        """The UTC day whose limit abroad it counts against."""
        return f"{self.taken_at:%Y-%m-%d}"

"""A sub-user's points: a one-off grant, and a monthly grant, renewed each calendar month (UTC)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from shared.domain.instants import month_of
from shared.domain.points import Points


@dataclass(frozen=True)
class Purse:
    """What a sub-user may spend of the account's points. The monthly grant is spent before the one-off grant.

    `from_account` is the rest of the one-off grant, the `grant`th that was set, at `granted_at`. `per_month` is the
    monthly grant, and `month_left` its rest in `month`: negative if it was lowered below what had been spent.
    """

    user_id: str
    month: str
    from_account: Points
    month_left: Points
    per_month: Points
    granted_at: datetime
    grant: int = 1

    @property
    def left(self) -> Points:
        """All that may still be spent in `month`."""
        return self.from_account + self.granted

    @property
    def granted(self) -> Points:
        """The rest of the monthly grant."""
        return max(0, self.month_left)

    def at(self, now: datetime) -> Self:
        """Return the purse as it is at *now*. The rest of a past month's grant is lost."""
        return self.in_month(max(self.month, month_of(now)))

    def in_month(self, month: str) -> Self:
        """Return the purse as it is at the beginning of *month*, or unchanged if it is about that month already."""
        return self if month == self.month else replace(self, month=month, month_left=self.per_month)

    def less(self, points: Points) -> Self:
        """Return the purse after *points* are spent, which must not be more than `left`."""
        from_month = min(points, self.granted)
        return replace(
            self, month_left=self.month_left - from_month, from_account=self.from_account - (points - from_month)
        )

    def limited(self, *, from_account: Points | None, per_month: Points | None, now: datetime) -> Self:
        """Return the purse with other grants; None leaves one as it is. What the month has spent counts against it."""
        granted = self.per_month if per_month is None else per_month
        after = replace(self, month_left=self.month_left + granted - self.per_month, per_month=granted)
        if from_account is None:
            return after
        return replace(after, from_account=from_account, granted_at=now, grant=self.grant + 1)


@dataclass(frozen=True)
class Payment:
    """How a sub-user paid for an order: in which month, how much of it with that month's grant, and with which one-off
    grant. What comes back goes where it came from.
    """

    month: str
    from_month: Points
    grant: int

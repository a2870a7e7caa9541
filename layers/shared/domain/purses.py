"""A sub-user's points: a one-off grant, and a monthly grant, renewed each calendar month (UTC)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from shared.domain.instants import month_of
from shared.domain.points import Points


@dataclass(frozen=True)
class Purse:
    """What a sub-user may spend of the account's points. The monthly grant is spent before the one-off grant.

    `left` is all that may still be spent in `month`. `month_left` is the rest of the monthly grant, negative by what
    was spent from the one-off grant. So `left` alone tells whether a message can be paid, and paying subtracts the
    same amount from both: an atomic update needs no read before it. `per_month` is the monthly grant.
    """

    user_id: str
    month: str
    left: Points
    month_left: Points
    per_month: Points

    @property
    def from_account(self) -> Points:
        """The rest of the one-off grant."""
        return self.left - self.granted

    @property
    def granted(self) -> Points:
        """The rest of the monthly grant."""
        return max(0, self.month_left)

    @property
    def beyond(self) -> Points:
        """What was spent in this month from the one-off grant."""
        return max(0, -self.month_left)

    def at(self, now: datetime) -> Self:
        """Return the purse as it is at *now*. The rest of a past month's grant is lost."""
        return self.in_month(max(self.month, month_of(now)))

    def in_month(self, month: str) -> Self:
        """Return the purse as it is at the beginning of *month*, or unchanged if it is about that month already."""
        if month == self.month:
            return self
        return replace(self, month=month, left=self.from_account + self.per_month, month_left=self.per_month)

    def limited(self, *, from_account: Points | None, per_month: Points | None) -> Self:
        """Return the purse with other grants; None leaves one as it is. What was spent counts against the new month."""
        month_left = self.month_left + (self.per_month if per_month is None else per_month) - self.per_month
        keeps = self.from_account if from_account is None else from_account
        return replace(
            self,
            left=keeps + max(0, month_left),
            month_left=month_left,
            per_month=self.per_month if per_month is None else per_month,
        )

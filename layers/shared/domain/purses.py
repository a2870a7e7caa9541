"""What a sub-user may use of the account's points: some once, and some anew in each calendar month (UTC)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from shared.domain.instants import month_of
from shared.domain.points import Points


@dataclass(frozen=True)
class Purse:
    """`left` is all that he may still use in `month`; the month's points are used first.

    `month_left` is what is left of those; it goes below zero by so much as he has used of the others. So one number
    tells whether he may send, and what he sends changes both by the same: no write has to know what was there before.
    """

    user_id: str
    month: str
    left: Points
    month_left: Points
    per_month: Points

    @property
    def from_account(self) -> Points:
        """Of the points that are not granted anew, how many he may still use."""
        return self.left - self.granted

    @property
    def granted(self) -> Points:
        """What is left of the month's points."""
        return max(0, self.month_left)

    @property
    def beyond(self) -> Points:
        """How many he has used in this month of those that are not granted anew."""
        return max(0, -self.month_left)

    def at(self, now: datetime) -> Self:
        """As it is at that time: what a month that is over has left over lapses."""
        return self.in_month(max(self.month, month_of(now)))

    def in_month(self, month: str) -> Self:
        if month == self.month:
            return self
        return replace(self, month=month, left=self.from_account + self.per_month, month_left=self.per_month)

    def limited(self, *, from_account: Points | None, per_month: Points | None) -> Self:
        """With other limits; None leaves one as it is. What was used this month counts against the new one."""
        month_left = self.month_left + (self.per_month if per_month is None else per_month) - self.per_month
        keeps = self.from_account if from_account is None else from_account
        return replace(
            self,
            left=keeps + max(0, month_left),
            month_left=month_left,
            per_month=self.per_month if per_month is None else per_month,
        )

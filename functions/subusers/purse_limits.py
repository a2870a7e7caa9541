"""Limits on the points that a sub-user may spend: set them, and find out which of them change."""

from datetime import datetime

from shared.domain.instants import month_of
from shared.domain.purses import Purse
from shared.domain.subusers import NO_LIMITS, Limits, Subuser
from shared.storage import wallets
from shared.storage.engine import Write, again_after, commit
from shared.storage.wallets import PurseChanged


def commit_with(before: Subuser, limits: Limits, *writes: Write, now: datetime) -> None:
    """Commit *writes* with the limits. If the sub-user's sending changed the purse meanwhile, work them out again.

    Raises PurseChanged if that happens too often.
    """

    def step(changed: PurseChanged | None) -> None:
        purse = changed.purse if changed else before.purse
        commit(*writes, *limiting(purse, before.user.user_id, limits, now=now))

    again_after(PurseChanged, step)


def limiting(purse: Purse | None, user_id: str, limits: Limits, *, now: datetime) -> list[Write]:
    """Return the write that sets the limits: it opens a purse if there is none, and is left out if nothing changes."""
    if purse is None:
        from_account, per_month = limits.from_account or 0, limits.per_month or 0
        return [wallets.opening(user_id, from_account=from_account, per_month=per_month, now=now)]
    if limits == NO_LIMITS:
        return []
    return [wallets.limiting(purse, from_account=limits.from_account, per_month=limits.per_month, now=now)]


def other_limits(purse: Purse | None, limits: Limits, *, now: datetime) -> Limits:
    """Return the limits that differ from the present ones."""
    if purse is None:
        return limits
    present = purse.at(now)
    return Limits(
        from_account=None if limits.from_account == present.from_account else limits.from_account,
        per_month=None if limits.per_month == present.per_month else limits.per_month,
    )


def limited(purse: Purse | None, user_id: str, limits: Limits, *, now: datetime) -> Purse:
    """Return the purse with its new limits, not counting what the sub-user sends meanwhile."""
    before = purse.at(now) if purse else Purse(user_id, month_of(now), 0, 0, 0)
    return before.limited(from_account=limits.from_account, per_month=limits.per_month)

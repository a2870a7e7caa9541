"""Limits on the points that a sub-user may spend: set them, and find out which of them change."""

from dataclasses import replace
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
    """Return the limits that are to be written: a monthly grant only if it differs from the present one.

    A one-off grant is written although its rest is the same: what older orders give back must not add to it.
    """
    if purse is None:
        return limits
    same = limits.per_month == purse.at(now).per_month
    return replace(limits, per_month=None if same else limits.per_month)


def differing(purse: Purse | None, limits: Limits, *, now: datetime) -> Limits:
    """Return those of the limits, as `other_limits` returned them, whose value changes."""
    same = purse is not None and limits.from_account == purse.at(now).from_account
    return replace(limits, from_account=None) if same else limits


def limited(purse: Purse | None, user_id: str, limits: Limits, *, now: datetime) -> Purse:
    """Return the purse with its new limits, not counting what the sub-user sends meanwhile."""
    before = purse.at(now) if purse else Purse(user_id, month_of(now), 0, 0, 0, now)
    return before.limited(from_account=limits.from_account, per_month=limits.per_month, now=now)

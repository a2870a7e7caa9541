"""Turning off both IP lists of an account that locked itself out."""

from datetime import datetime

from shared.domain.accounts import Account
from shared.storage import accounts
from shared.storage.engine import Write


def opening_lists(account: Account, *, now: datetime) -> Write:
    """Turn off both lists; their entries stay. Refused as Outrun if a list changed meanwhile."""
    return accounts.setting_lists(account, panel=account.panel.opened(now=now), api=account.api.opened(now=now))

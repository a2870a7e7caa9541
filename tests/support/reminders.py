"""Reminders, scheduled as storage does it, of users without other rows."""

from datetime import datetime
from typing import Any

from shared.domain.accounts import Account
from shared.domain.identifiers import account_of
from shared.domain.users import User
from shared.storage import reminders
from shared.storage.engine import Write


def scheduling(user_id: str, account: Account, *, password_set_at: datetime, **facts: Any) -> Write:
    """Return the write that schedules the reminder of a user with that id, login and mailbox; *facts* are fields."""
    of_hers = {"login": user_id, "email": f"{user_id}@example.com", "enabled": True, "created_at": password_set_at}
    user = User(account_of(user_id), user_id, **(of_hers | facts))
    return reminders.scheduling(user, account, password_set_at=password_set_at)

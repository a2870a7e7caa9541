"""Flow of the activity log: a user reads their own entries, an owner those of the whole account."""

from datetime import datetime

from shared.domain.activity import ActivityEntry, Search
from shared.domain.users import User
from shared.errors import OwnerOnly
from shared.storage import activity


def own(user: User, search: Search, *, now: datetime) -> tuple[list[ActivityEntry], str | None]:
    """Return a page of the user's entries, and the id to continue from; None after the last page."""
    return activity.page_of_user(user.user_id, search, now=now)


def of_account(user: User, search: Search, *, now: datetime) -> tuple[list[ActivityEntry], str | None]:
    """Return a page of all users' entries, as `own`. Raises OwnerOnly."""
    if not user.owner:
        raise OwnerOnly
    return activity.page_of_account(user.account_id, search, now=now)

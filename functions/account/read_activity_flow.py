"""The story of the activity log: everybody sees what happened to himself, an owner what happened in his account."""

from datetime import datetime

from shared.domain.activity import Entry, Search
from shared.domain.users import User
from shared.errors import OwnerOnly
from shared.storage import activity


def own(user: User, search: Search, *, now: datetime) -> tuple[list[Entry], str | None]:
    """A page, and the id to go on from; None where nothing is left."""
    return activity.page_of_user(user.user_id, search, now=now)


def of_account(user: User, search: Search, *, now: datetime) -> tuple[list[Entry], str | None]:
    """The same for everybody in the account. Raises OwnerOnly."""
    if not user.owner:
        raise OwnerOnly
    return activity.page_of_account(user.account_id, search, now=now)

"""Sub-users with their purses, from two tables."""

from collections.abc import Iterable

from shared.domain.subusers import Subuser
from shared.domain.users import User
from shared.storage import engine, users, wallets
from shared.storage.mapping import record


def find(user_id: str) -> Subuser | None:
    """Return a sub-user, in one round trip; None if there is no such user, or if it is an owner."""
    item, purse = engine.fetch(users.key(user_id), wallets.purse_key(user_id))
    user = record(User, item)
    return Subuser(user, wallets.read_purse(purse)) if user and not user.owner else None


def without_purses(user_ids: Iterable[str]) -> list[User]:
    """Return those of these users who have a row, in one round trip; without one if there are no ids."""
    keys = [users.key(user_id) for user_id in user_ids]
    found = engine.fetch(*keys) if keys else []
    return [user for item in found if (user := record(User, item))]


def of_account(account_id: str) -> list[Subuser]:
    """Return all sub-users of an account, sorted by login, in two round trips."""
    found = sorted((user for user in users.of_account(account_id) if not user.owner), key=lambda user: user.login)
    if not found:
        return []
    purses = engine.fetch(*(wallets.purse_key(user.user_id) for user in found))
    return [Subuser(user, wallets.read_purse(purse)) for user, purse in zip(found, purses, strict=True)]

"""Sub-users together with what they may spend: rows of two tables."""

from shared.domain.subusers import Subuser
from shared.domain.users import User
from shared.storage import engine, users, wallets
from shared.storage.mapping import record


def find(user_id: str) -> Subuser | None:
    """In one round trip; None for a user who is nobody's sub-user."""
    item, purse = engine.fetch(users.key(user_id), wallets.purse_key(user_id))
    user = record(User, item)
    return Subuser(user, wallets.read_purse(purse)) if user and not user.owner else None


def of_account(account_id: str) -> list[Subuser]:
    """All of them, by their logins, in two round trips."""
    found = sorted((user for user in users.of_account(account_id) if not user.owner), key=lambda user: user.login)
    if not found:
        return []
    purses = engine.fetch(*(wallets.purse_key(user.user_id) for user in found))
    return [Subuser(user, wallets.read_purse(purse)) for user, purse in zip(found, purses, strict=True)]

"""Who manages what belongs to an account: a person, or a program that may; and what either rests on."""

from shared.callers import Caller
from shared.domain.activity import actor_of_token
from shared.errors import ExceedsOwnScopes
from shared.programs import Program
from shared.storage import tokens, users
from shared.storage.engine import Write

type Manager = Caller | Program
"""A program acts as its user, and never beyond its own rights."""


def actor(manager: Manager) -> str:
    """As the activity log has it."""
    return manager.user.login if isinstance(manager, Caller) else actor_of_token(manager.token.token_id)


def standing(manager: Manager) -> list[Write]:
    """Insist that what he rests on still holds. Refused as Outrun, or as TokenRefused."""
    if isinstance(manager, Caller):
        proved_at, credentials_at = manager.session.proved_at, manager.session.credentials_at
        return [users.honouring(manager.user.user_id, proved_at=proved_at, credentials_at=credentials_at)]
    return [users.welcoming(manager.user.user_id), tokens.insisting(manager.token)]


def scopes(manager: Manager) -> frozenset[str]:
    """What he may do himself."""
    return manager.user.scopes if isinstance(manager, Caller) else manager.rights.scopes


def must_have_all(manager: Manager, wanted: frozenset[str]) -> None:
    """Raises ExceedsOwnScopes: nobody has his hands on a user who may do more than himself."""
    if not wanted <= scopes(manager):
        raise ExceedsOwnScopes

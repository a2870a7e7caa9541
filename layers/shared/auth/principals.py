"""Who acts in an account: a person, or a program that may; under which name, and what either rests on."""

from shared.auth.api_clients import Program
from shared.auth.sessions import Caller
from shared.domain.activity import actor_of_token
from shared.domain.tokens import ApiToken
from shared.errors import ExceedsOwnScopes
from shared.storage import tokens, users
from shared.storage.engine import Write

type Manager = Caller | Program
"""A program acts as its user, and never beyond its own rights."""


def actor(manager: Manager) -> str:
    """As the activity log has it. A program that showed a password acts under its user's name."""
    held = manager.held if isinstance(manager, Program) else None
    return actor_of_token(held.token_id) if held else manager.user.login


def standing(manager: Manager, touched: ApiToken | None = None) -> list[Write]:
    """Insist that what he rests on still holds. Refused as Outrun, or as TokenRefused.

    *touched* is a token that the same writes change: a program's own is insisted on there.
    """
    if isinstance(manager, Caller):
        proved_at, credentials_at = manager.session.proved_at, manager.session.credentials_at
        return [users.honouring(manager.user.user_id, proved_at=proved_at, credentials_at=credentials_at)]
    is_own = touched is not None and touched.token_id == manager.token.token_id
    return [users.welcoming(manager.user.user_id), *([] if is_own else [tokens.insisting(manager.token)])]


def scopes(manager: Manager) -> frozenset[str]:
    """What he may do himself."""
    return manager.user.scopes if isinstance(manager, Caller) else manager.rights.scopes


def must_have_all(manager: Manager, wanted: frozenset[str]) -> None:
    """Raises ExceedsOwnScopes: nobody has his hands on a user who may do more than himself."""
    if not wanted <= scopes(manager):
        raise ExceedsOwnScopes

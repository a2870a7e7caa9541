"""The scopes that a sub-user can be given: none beyond their role, and none that whoever manages them lacks."""

from typing import Any

from shared.auth.principals import Principal
from shared.domain.scopes import ROLES
from shared.domain.tokens import written
from shared.domain.users import User
from shared.errors import ExceedsOwnScopes

ROLE = ROLES["subuser"]
CONTACTS = "contacts"


def must_be_givable(principal: Principal, user: User) -> None:
    """Raise ExceedsOwnScopes if the sub-user would have a scope that their role or the principal does not have."""
    principal.must_have_all(user.given_scopes)
    if user.permissions and not ROLE.issuperset(user.permissions.split()):
        raise ExceedsOwnScopes


def with_contacts(user: User) -> dict[str, Any]:
    """Return permissions with the scope for contacts, which someone with shared groups needs; none if they have it."""
    given = user.given_scopes
    return {} if CONTACTS in given else {"permissions": written(given | {CONTACTS})}

"""Flow of a sub-user's end: all that is theirs is deleted, and they are let in no longer."""

from contextlib import suppress
from datetime import datetime
from itertools import batched

from shared import policy
from shared.auth import message_limits
from shared.auth.principals import OwnRow, Principal
from shared.delivery import queue
from shared.domain.activity import Event
from shared.domain.origins import Origin
from shared.domain.users import User
from shared.errors import Unavailable
from shared.storage import (
    accounts,
    factors,
    groups,
    kept_values,
    logins,
    password_history,
    reminders,
    tokens,
    users,
    wallets,
)
from shared.storage.engine import commit
from subusers import letters
from subusers.read_flow import find


def delete(principal: Principal, user_id: str, *, origin: Origin, now: datetime) -> None:
    """Delete a sub-user. Their next request, or one with any of their tokens, is refused.

    Raises ExceedsOwnScopes or UnknownSubuser.
    """
    # Sessions, tokens, devices and links need not be deleted: each names a user id that is never used again, and is
    # refused without its user's row. So whoever gets the login later inherits nothing.
    user = find(principal, user_id).user
    principal.must_have_all(user.given_scopes)
    commit(
        users.removing(user),
        logins.removing(user),
        accounts.discounting_subuser(user.account_id),
        wallets.closing(user_id),
        reminders.removing(user_id),
        password_history.removing(user_id),
        *factors.removing_everything(user_id),
        *message_limits.holding(user, None),
        groups.forgetting_user(user_id),
        principal.noting(Event.USER_DELETED, origin, user_id=user.user_id, now=now),
        *principal.still_allowed(writing=[OwnRow.ACCOUNT]),
    )
    queue.tell(letters.to_owner("deleted", user, principal, origin, now=now))
    with suppress(Unavailable):  # the tokens are refused already, and TTL removes within a week what is kept
        _remove_rest(user)


def _remove_rest(user: User) -> None:
    """Delete the rows of the user's tokens, the row that counts them, and what was kept for a rescue."""
    held, _ = tokens.of_user(user.user_id)
    rows = [tokens.forgetting(row) for row in (user.user_id, *(token.token_id for token in held))]
    for some in batched(
        [*kept_values.forgetting(user.user_id), *rows], policy.SUBUSER_ROWS_REMOVED_AT_ONCE, strict=False
    ):
        commit(*some)

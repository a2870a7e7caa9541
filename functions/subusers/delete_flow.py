"""Flow of a sub-user's end: all that is theirs is deleted, and they are let in no longer."""

from contextlib import suppress
from datetime import datetime
from itertools import batched

from shared.auth.principals import OwnRow, Principal
from shared.delivery import queue
from shared.domain.activity import Event
from shared.domain.origins import Origin
from shared.domain.users import User
from shared.errors import Unavailable
from shared.storage import accounts, factors, groups, logins, password_history, reminders, tokens, users, wallets
from shared.storage.engine import commit
from subusers import letters
from subusers.read_flow import find

MOST_REMOVED_AT_ONCE = 25


def delete(principal: Principal, user_id: str, *, origin: Origin, now: datetime) -> None:
    """Delete a sub-user. Their next request, or one with any of their tokens, is refused.

    Raises ExceedsOwnScopes or UnknownSubuser.
    """
    # Sessions, tokens, devices and links need not be deleted: each names a user id that is never used again, and is
    # refused without its user's row. So whoever gets the login later inherits nothing.
    user = find(principal, user_id).user
    principal.must_have_all(user.scopes)
    commit(
        users.removing(user),
        logins.removing(user),
        accounts.discounting_subuser(user.account_id),
        wallets.closing(user_id),
        reminders.removing(user_id),
        password_history.removing(user_id),
        *factors.removing_everything(user_id),
        *([groups.sharing_all(user_id, False)] if user.phonebook else []),
        principal.noting(Event.USER_DELETED, origin, user_id=user.user_id, now=now),
        *principal.still_allowed(writing=[OwnRow.ACCOUNT]),
    )
    queue.tell(letters.to_owner("deleted", user, principal, origin, now=now))
    with suppress(Unavailable):  # the tokens are refused already; this only removes their rows
        _remove_tokens(user)


def _remove_tokens(user: User) -> None:
    """Delete the rows of the user's tokens, and the row that counts them."""
    held, _ = tokens.of_user(user.user_id)
    rows = [user.user_id, *(token.token_id for token in held)]
    for some in batched(rows, MOST_REMOVED_AT_ONCE, strict=False):
        commit(*map(tokens.forgetting, some))

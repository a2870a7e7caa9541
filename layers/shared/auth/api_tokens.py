"""Managing API tokens: find, delete and log one, for every door through which that is possible."""

from datetime import datetime

from shared.auth.api_clients import ApiClient
from shared.auth.principals import OwnRow, Principal
from shared.auth.sessions import Person
from shared.delivery import account_mail, queue
from shared.delivery.letters import TokenChanged
from shared.domain.accounts import Account
from shared.domain.activity import Event
from shared.domain.identifiers import account_of, is_record_id, user_of
from shared.domain.origins import Origin
from shared.domain.rights import Rights
from shared.domain.tokens import ApiToken
from shared.domain.users import User
from shared.errors import NotFound, UnconfirmedChange
from shared.storage import tokens, users
from shared.storage.engine import Write, commit


def find(principal: Principal, token_id: str, *, now: datetime) -> ApiToken:
    """Return a token of the user's own, or of the account if they own it (ASVS V8.2.2). Raises NotFound."""
    # An id begins with its user's and account's, so a token that may not be seen is refused without a read.
    user = principal.user
    may_see = account_of(token_id) == user.account_id if user.owner else user_of(token_id) == user.user_id
    token = tokens.find(user.account_id, token_id) if is_record_id(token_id) and may_see else None
    if token is None or not token.is_kept(now=now):
        raise NotFound
    return token


def delete(principal: Principal, token_id: str, *, origin: Origin, now: datetime) -> None:
    """Delete a token. The next request with it, or with an access token that it was used to get, is refused.

    Raises NotFound, or ExceedsRights if an API client deletes a token that may do more than itself.
    """
    token = find(principal, token_id, now=now)
    must_exceed(principal, token.rights)
    remove(principal, token, origin=origin, now=now)


def remove(principal: Principal, token: ApiToken, *beside: Write, origin: Origin, now: datetime) -> None:
    """Delete a token that was found and is within the principal's rights, with the writes *beside* it."""
    # A client was judged by the token's rights, so its delete asserts that they are unchanged. A person may delete the
    # token whatever its rights are.
    commit(
        tokens.removing(token) if isinstance(principal, Person) else tokens.removing_as_seen(token),
        noting(Event.API_TOKEN_DELETED, token, principal, origin, now=now),
        *beside,
        *principal.still_allowed(writing=own_rows(principal, token)),
    )
    if user := _user_of(token, principal):
        tell("deleted", token, user, principal, origin, now=now)


def must_be_confirmed(token: ApiToken, account: Account) -> None:
    """Raise UnconfirmedChange if the token came from a sign-in that was reported: it can only be deleted till then."""
    if account.suspends(token.provenance):
        raise UnconfirmedChange


def must_exceed(principal: Principal, *rights: Rights) -> None:
    """Raise ExceedsRights if an API client manages a token that may do more than itself in any way."""
    if isinstance(principal, ApiClient):
        for one in rights:
            principal.must_exceed(one)


def noting(
    event: Event, token: ApiToken, principal: Principal, origin: Origin, *, now: datetime, detail: str = ""
) -> Write:
    """Return the activity entry of a change to *token*, in the log of the token's user."""
    token_id = token.token_id
    return principal.noting(event, origin, now=now, user_id=user_of(token_id), detail=detail, about=token_id)


def own_rows(principal: Principal, token: ApiToken) -> tuple[OwnRow, ...]:
    """Return which of the principal's own rows a write to *token* changes, for `Principal.still_allowed`."""
    is_own = isinstance(principal, ApiClient) and principal.token.token_id == token.token_id
    return (OwnRow.TOKEN,) if is_own else ()


def _user_of(token: ApiToken, principal: Principal) -> User | None:
    """Return the token's user, or None if they were deleted and the token's row was left behind."""
    user_id = user_of(token.token_id)
    return principal.user if user_id == principal.user.user_id else users.find(user_id)[0]


def tell(change: str, token: ApiToken, user: User, principal: Principal, origin: Origin, *, now: datetime) -> None:
    """Send the token's user an e-mail about the change, whoever made it."""
    queue.tell(
        account_mail.addressed(
            TokenChanged,
            f"token-{change}:{token.token_id}:{now.timestamp()}",
            user,
            change=change,
            name=token.name,
            last_four=token.last_four,
            by=principal.actor,
            at=now,
            address=origin.address,
        )
    )

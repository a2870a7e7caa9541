"""Flows of lists: API tokens and OAuth clients, and the access tokens that clients got, a page at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from shared import policy
from shared.auth import api_tokens
from shared.auth.principals import Principal
from shared.domain.identifiers import account_of, client_of, is_record_id, user_of
from shared.domain.rights import Rights
from shared.domain.tokens import AccessToken, ApiToken
from shared.storage import access_tokens, subusers, tokens

type Place = tuple[datetime, str]
"""When a token was created, and its id: newer ones come first."""


def shown_to(
    principal: Principal, *, of: str | None = None, after: Place | None = None, now: datetime
) -> Iterator[ApiToken]:
    """Yield the user's own tokens, or for an owner all of the account; each user's together, the newest first.

    *of* is the id of the only user whose tokens are wanted: none if the caller may not see those. With *after*, only
    those behind that place.
    """
    user = principal.user
    only = of if user.owner else user.user_id
    if (of is not None and of != only) or (only and account_of(only) != user.account_id):
        return
    begin = user_of(after[1]) if after else only or user.account_id
    for held in tokens.from_user_on(user.account_id, begin):
        if only is not None and user_of(held[0].token_id) != only:
            return
        for token in sorted(held, key=_place, reverse=True):
            is_behind = after is None or user_of(token.token_id) != begin or _place(token) < after
            if is_behind and token.is_kept(now=now):
                yield token


def user_limits(principal: Principal, token_ids: Iterable[str]) -> dict[str, Rights]:
    """Return what binds the users of these tokens until the owner confirms them, by user id.

    It takes a round trip only if the principal owns the account and some of the tokens are not theirs.
    """
    user = principal.user
    theirs = {user_of(one) for one in token_ids if is_record_id(one) and account_of(one) == user.account_id}
    others = subusers.without_purses(sorted(theirs - {user.user_id})) if user.owner else []
    return {one.user_id: one.bounds for one in [user, *others] if one.bounds}


def _place(token: ApiToken) -> Place:
    return token.created_at, token.token_id


@dataclass(frozen=True)
class AccessPage:
    """Access tokens that are valid now, each with its client, and the id to continue after; None at the end."""

    found: list[tuple[AccessToken, ApiToken]]
    after: str | None


def access_of(principal: Principal, client_id: str, *, after: str = "", limit: int, now: datetime) -> AccessPage:
    """Return a page of the access tokens of a client. Raises NotFound."""
    client = api_tokens.find(principal, client_id, now=now)
    found, more = access_tokens.page(client_id, after=after if client_of(after) == client_id else "", limit=limit)
    return AccessPage(_valid(found, client, now=now), found[-1].access_id if found and more else None)


def access_of_all(principal: Principal, *, after: str = "", limit: int, now: datetime) -> AccessPage:
    """Return a page of the access tokens of the user's clients, or for an owner of all of the account.

    A page may be short or even empty without being the last: it is made of at most `policy.ACCESS_TOKENS_READS` reads.
    """
    listed: list[tuple[AccessToken, ApiToken]] = []
    for reads, client in enumerate(_clients(principal, client_of(after), now=now)):
        if reads == policy.ACCESS_TOKENS_READS:
            return AccessPage(listed, after)
        behind = after if client_of(after) == client.token_id else ""
        found, more = access_tokens.page(client.token_id, after=behind, limit=limit - len(listed))
        listed += _valid(found, client, now=now)
        after = found[-1].access_id if found and more else client.token_id + BEHIND_ALL
        if len(listed) >= limit or more:
            return AccessPage(listed, after)
    return AccessPage(listed, None)


BEHIND_ALL = "z" * 12
"""Makes of a client's id one that no access token of it comes behind."""


def _clients(principal: Principal, begin: str, *, now: datetime) -> Iterator[ApiToken]:
    """Yield the OAuth clients that the principal may see, in the order of ids, from the id *begin* on."""
    user = principal.user
    least = begin or (user.account_id if user.owner else user.user_id)
    for held in tokens.from_user_on(user.account_id, user_of(least)):
        if not user.owner and user_of(held[0].token_id) != user.user_id:
            return
        for client in held:
            if client.kind == "client" and client.token_id >= least and client.lives(now=now):
                yield client


def _valid(found: list[AccessToken], client: ApiToken, *, now: datetime) -> list[tuple[AccessToken, ApiToken]]:
    return [
        (access, client)
        for access in found
        if access.lives(now=now) and client.lives(now=now) and client.covers(access, now=now)
    ]

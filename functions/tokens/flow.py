"""Flows of API tokens and OAuth clients: create, change and rotate them, as a person or as an API client.

An API client may only manage tokens that can do no more than itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared import policy
from shared.auth import api_tokens
from shared.auth.api_clients import ApiClient
from shared.auth.principals import Principal
from shared.auth.sessions import Person
from shared.crypto import randomness, seal
from shared.domain import identifiers
from shared.domain.activity import TOKEN_WORDS, Event
from shared.domain.identifiers import Token, user_of
from shared.domain.origins import Origin
from shared.domain.provenance import merged
from shared.domain.rights import Rights
from shared.domain.tokens import ApiToken, written
from shared.errors import (
    BoundForLife,
    ExceedsRights,
    OnlyNarrower,
    SomebodyElsesSecret,
    TokenQuotaReached,
    TooManyMakers,
)
from shared.storage import tokens
from shared.storage.engine import commit

LAST_SHOWN = 4
"""Characters of a secret's end that stay visible: they are part of its checksum, so they tell nothing of the secret."""


@dataclass(frozen=True)
class WantedToken:
    """A token to be created."""

    kind: str
    name: str
    description: str
    rights: Rights


def create(principal: Principal, order: WantedToken, *, origin: Origin, now: datetime) -> tuple[ApiToken, str]:
    """Create a token, and return it with its secret, which is not stored. Raises ExceedsRights or TokenQuotaReached."""
    user = principal.user
    own = principal.rights if isinstance(principal, ApiClient) else Rights(user.scopes, may_create_people=True)
    if beyond := order.rights.beyond(own):
        raise ExceedsRights(*beyond)
    if order.rights.may_create_people:
        _must_vouch_for_people(principal)
    held, made = tokens.of_user(user.user_id)
    if sum(token.is_kept(now=now) for token in held) >= policy.TOKENS_PER_USER:
        raise TokenQuotaReached
    secret = randomness.token(order.kind, user.user_id)
    token = _bound(_new_token(order, secret, principal, now=now), principal)
    commit(
        tokens.adding(token),
        tokens.numbering(user.user_id, made),  # of two creations at once one is refused, so the quota holds
        api_tokens.noting(Event.API_TOKEN_CREATED, token, principal, origin, now=now),
        *principal.still_allowed(),
    )
    api_tokens.tell("created", token, user, principal, origin, now=now)
    return token, identifiers.write(secret)


def change(principal: Principal, token_id: str, facts: Mapping[str, Any], *, origin: Origin, now: datetime) -> ApiToken:
    """Change a token; *facts* are fields of `ApiToken` by name. Nothing is written if nothing changes.

    Raises NotFound, OnlyNarrower if it would get new scopes, BoundForLife, ExceedsRights, or StepUpNeeded if a person
    whose step-up is too old gives the token more than it had.
    """
    before = api_tokens.find(principal, token_id, now=now)
    api_tokens.must_be_confirmed(before, principal.account)
    after = replace(before, **facts)
    if not after.rights.scopes <= before.rights.scopes:
        raise OnlyNarrower
    api_tokens.must_exceed(principal, before.rights, after.rights)
    if after.may_create_people > before.may_create_people:
        _must_vouch_for_people(principal)
    if after.gives_more_than(before):
        if isinstance(principal, Person):
            principal.must_be_fresh(now=now)
        after = _bound(after, principal)
    if not after.is_within_bounds() and after.gives_more_than(before):
        raise BoundForLife
    if after != before:
        after = replace(after, provenance=merged(before.provenance, principal.provenance))
        commit(
            tokens.changing(before, after, now=now),
            api_tokens.noting(
                Event.API_TOKEN_CHANGED, after, principal, origin, now=now, detail=_change_detail(before, after)
            ),
            *principal.still_allowed(writing=api_tokens.own_rows(principal, before)),
        )
    return after


def rotate(
    principal: Principal, token_id: str, overlap: timedelta, *, origin: Origin, now: datetime
) -> tuple[ApiToken, str]:
    """Give the token a new secret, and return both. The present secret works for *overlap* longer.

    If nobody has used that yet, it is replaced, and the one before it works until its promised end.

    Raises NotFound, SomebodyElsesSecret for another user's token, or ExceedsRights.
    """
    before = api_tokens.find(principal, token_id, now=now)
    if user_of(token_id) != principal.user.user_id:
        raise SomebodyElsesSecret
    if not _asks_again(principal, before):
        api_tokens.must_exceed(principal, before.rights)
    api_tokens.must_be_confirmed(before, principal.account)
    # Same id, new secret: the row stays, and so does what the log and the owner know the token by.
    secret = replace(randomness.token(before.kind, principal.user.user_id), id=token_id)
    last_four = _last_characters(secret)
    after = before.rotated(seal.token(secret), last_four, overlap=overlap, by=principal.actor, now=now)
    after = _bound(replace(after, provenance=merged(before.provenance, principal.provenance)), principal)
    commit(
        tokens.changing(before, after, now=now),
        api_tokens.noting(Event.API_TOKEN_ROTATED, after, principal, origin, now=now),
        *principal.still_allowed(writing=api_tokens.own_rows(principal, before)),
    )
    api_tokens.tell("rotated", after, principal.user, principal, origin, now=now)
    return after, identifiers.write(secret)


def _new_token(order: WantedToken, secret: Token, principal: Principal, *, now: datetime) -> ApiToken:
    rights = order.rights
    return ApiToken(
        account_id=secret.account_id,
        token_id=secret.id,
        kind=order.kind,
        sealed_secret=seal.token(secret),
        name=order.name,
        description=order.description,
        scopes=written(rights.scopes),
        enabled=True,
        created_at=now,
        created_by=principal.actor,
        provenance=principal.provenance,
        last_four=_last_characters(secret),
        expires_at=rights.expires_at,
        sources=rights.sources,
        rate_limit=rights.rate_limit,
        hides_codes=rights.hides_codes,
        may_create_people=rights.may_create_people,
        secret_used=False,
    )


def _asks_again(principal: Principal, token: ApiToken) -> bool:
    """Whether a token rotates itself once more, with the secret that it did it with before, and the new one is unused.

    The answer was lost then, and the old secret is all that it has. It gets no more than it had at the first time.
    """
    is_own = isinstance(principal, ApiClient) and principal.token.token_id == token.token_id and principal.shows_old
    return is_own and token.rotated_by == principal.actor and not token.secret_used


def _bound(token: ApiToken, principal: Principal) -> ApiToken:
    """Return the token within the limits of whoever makes it, gives it a secret or gives it more. Raises TooManyMakers.

    They are those of this moment: it stays within them if its maker is given more, or deleted.
    """
    limits = principal.bounds
    if limits is None or api_tokens.own_rows(principal, token):
        return token
    token = replace(token, bounds=limits.within(token.bounds))
    if len(token.bounded_rights.rates_of(token.token_id)) > policy.SHARED_RATES:
        raise TooManyMakers
    return token


def _must_vouch_for_people(principal: Principal) -> None:
    """Raise ExceedsRights unless an owner is signed in: only they say that a token may create people unconfirmed."""
    if not isinstance(principal, Person) or not principal.user.owner:
        raise ExceedsRights("may_create_people")


def _last_characters(secret: Token) -> str:
    return identifiers.write(secret)[-LAST_SHOWN:]


def _change_detail(before: ApiToken, after: ApiToken) -> str:
    """Return the detail of the activity entry: the changed fields, and "on" or "off" if it was enabled or disabled."""
    words = [word for name, word in TOKEN_WORDS.items() if getattr(before, name) != getattr(after, name)]
    return " ".join([*words, *([] if before.enabled == after.enabled else ["on" if after.enabled else "off"])])

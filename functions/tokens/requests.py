"""Request and response models of /tokens."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from shared import policy
from shared.domain import instants, ip_ranges
from shared.domain.identifiers import user_of
from shared.domain.instants import NEVER
from shared.domain.rights import Rights
from shared.domain.scopes import SCOPES
from shared.domain.tokens import ApiToken
from shared.http.fields import Instant, Strict

KINDS = {"token": "api", "client": "client"}
"""The kind of secret by the `kind` of the API."""


def _must(be: Callable[[str], bool], error: str) -> AfterValidator:
    """Return a validator that gives *error* to a text of which *be* is false."""

    def check(text: str) -> str:
        if not be(text):
            raise PydanticCustomError(error, "not valid")
        return text

    return AfterValidator(check)


def _scopes(sent: object) -> object:
    """Return the scopes as an array. They may be sent as one text, separated by spaces or commas."""
    return [name for name in re.split("[ ,]+", sent) if name] if isinstance(sent, str) else sent


def _until(text: object) -> datetime:
    try:
        return instants.end_of(text)
    except ValueError:
        raise PydanticCustomError("not_a_day_or_instant", "not a day or an instant") from None


def _source(text: str) -> str:
    try:
        return ip_ranges.canonical(text)
    except ip_ranges.Malformed as malformed:
        raise PydanticCustomError(malformed.reason, "not an address") from None


def _must_not_hold_everybody(sources: list[str]) -> list[str]:
    if ip_ranges.holds_everybody(" ".join(sources)):
        raise PydanticCustomError("everybody", "every address")
    return sources


_one_line = _must(str.isprintable, "not_one_line")
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=policy.MAX_TOKEN_NAME_CHARACTERS),
    _one_line,
]
Description = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=policy.MAX_TOKEN_DESCRIPTION_CHARACTERS),
    _one_line,
]
Scope = Annotated[str, _must(SCOPES.__contains__, "unknown_scope"), Field(json_schema_extra={"enum": sorted(SCOPES)})]
Scopes = Annotated[
    list[Scope],
    Field(
        min_length=1,
        max_length=len(SCOPES),
        description="The scopes, as an array or as one text separated by spaces or commas.",
    ),
    BeforeValidator(_scopes),
]
Until = Annotated[datetime, BeforeValidator(_until)]
Source = Annotated[str, Field(max_length=policy.MAX_SOURCE_CHARACTERS), AfterValidator(_source)]
Limit = Annotated[int, Field(strict=True, ge=1, le=policy.MOST_REQUESTS_A_MINUTE)]
HideCodes = Annotated[
    bool,
    Field(
        strict=True,
        description="Hide the codes that the program sends by SMS Authenticator from it: `code` is empty.",
    ),
]
MayCreatePeople = Annotated[
    bool,
    Field(
        strict=True,
        description="Sub-users that the token creates or gives a password need not be confirmed by the owner. Only an "
        "owner who is signed in can set it.",
    ),
]
Overlap = Annotated[int, Field(strict=True, ge=0, le=policy.LONGEST_ROTATION_OVERLAP // timedelta(minutes=1))]


class CreateTokenRequest(Strict):
    """An API token or OAuth client to create. `expiration_date`, `ip_list` and `rate_limit` are optional limits.

    `expiration_date` is a time with its zone, or a day, at the end of which (in UTC) the token expires.
    """

    kind: Literal["token", "client"] = "token"
    name: Name
    description: Description = ""
    scopes: Scopes
    expiration_date: Until | None = None
    ip_list: Annotated[
        list[Source],
        Field(max_length=policy.TOKEN_SOURCES, default_factory=list),
        AfterValidator(_must_not_hold_everybody),
    ]
    rate_limit: Annotated[Limit | None, Field(description="Requests per minute, or null for no limit.")] = None
    hide_codes: HideCodes = False
    may_create_people: MayCreatePeople = False


class UpdateTokenRequest(Strict):
    """The changes to a token. What is left out does not change.

    Scopes can only be removed. With `expiration_date: null` the token no longer expires.
    """

    name: Name = ""
    description: Description = ""
    active: Annotated[bool, Field(strict=True)] = True
    scopes: Annotated[Scopes, Field(default_factory=list)]
    expiration_date: Until | None = None
    hide_codes: HideCodes = False
    may_create_people: MayCreatePeople = False


class RotateTokenRequest(Strict):
    """How long the current secret keeps working beside the new one."""

    overlap_minutes: Overlap = policy.ROTATION_OVERLAP // timedelta(minutes=1)


DEFAULT_OVERLAP = RotateTokenRequest()


class TokenScope(BaseModel):
    """A scope of a token."""

    scope: str
    name: str
    description: str


class TokenUserLimits(BaseModel):
    """The limits of a sub-user whom a program with limits made, or gave more than they had.

    Their tokens are within these and their own until the owner confirms the sub-user. See `GET /account/suspended`.
    """

    scopes: list[str]
    expiration_date: Instant | None
    ip_list: list[str]
    rate_limit: int | None
    hide_codes: bool
    shares_rate_with: list[str]


class TokenResponse(BaseModel):
    """An API token or OAuth client, without its secret.

    An `active` token is refused all the same once it has expired, or while its user cannot sign in. `created_by` is a
    login, or `token:` and the id of a token.
    """

    id: str
    kind: Literal["token", "client"]
    name: str
    description: str
    active: bool
    scope: list[TokenScope]
    user_id: str
    created_at: Instant
    created_by: str
    expiration_date: Instant | None
    last_authorization: Instant | None
    last_address: str | None
    prefix: str
    last_four: str
    ip_list: list[str]
    rate_limit: int | None
    hide_codes: bool
    may_create_people: bool
    shares_rate_with: Annotated[
        list[str], Field(description="Ids of the tokens that made it: its requests count for their rate limits too.")
    ]
    overlap_until: Annotated[Instant | None, Field(description="Until when the previous secret works too, or null.")]
    user_limits: Annotated[
        TokenUserLimits | None,
        Field(description="What binds the token besides, until the owner confirms its user, or null."),
    ]


class CreatedTokenResponse(TokenResponse):
    """An API token with its secret, which is shown only in this answer."""

    access_token: str


class CreatedClientResponse(TokenResponse):
    """An OAuth client with its secret, which is shown only in this answer."""

    client_id: str
    client_secret: str


class TokensResponse(BaseModel):
    """A page of API tokens and OAuth clients: each user's together, the newest first. `size` is that of the page."""

    size: int
    collection: list[TokenResponse]
    next: str | None


def token_response(token: ApiToken, user_limits: Mapping[str, Rights], *, now: datetime) -> TokenResponse:
    """Return a token for an answer. *user_limits* are those of bound users, by their ids."""
    limits = user_limits.get(user_of(token.token_id))
    was_used = token.used_at != NEVER
    return TokenResponse(
        id=token.token_id,
        kind="client" if token.kind == "client" else "token",
        name=token.name,
        description=token.description,
        active=token.enabled,
        scope=[
            TokenScope(scope=scope, name=SCOPES[scope][0], description=SCOPES[scope][1])
            for scope in _known(token.rights.scopes)
        ],
        user_id=user_of(token.token_id),
        created_at=token.created_at,
        created_by=token.created_by,
        expiration_date=token.expires_at,
        last_authorization=token.used_at if was_used else None,
        last_address=token.used_from if was_used else None,
        prefix=token.prefix,
        last_four=token.last_four,
        ip_list=token.sources.split(),
        rate_limit=token.rate_limit,
        hide_codes=token.hides_codes,
        may_create_people=token.may_create_people,
        shares_rate_with=[maker for maker, _ in token.bounds.shared_rates] if token.bounds else [],
        overlap_until=token.overlap_until(now=now),
        user_limits=_limits(limits) if limits else None,
    )


def _limits(limits: Rights) -> TokenUserLimits:
    return TokenUserLimits(
        scopes=_known(limits.scopes),
        expiration_date=limits.expires_at,
        ip_list=limits.sources.split(),
        rate_limit=limits.rate_limit,
        hide_codes=limits.hides_codes,
        shares_rate_with=[maker for maker, _ in limits.shared_rates],
    )


def _known(scopes: Iterable[str]) -> list[str]:
    """Return those of *scopes* that still exist."""
    return sorted(SCOPES.keys() & set(scopes))

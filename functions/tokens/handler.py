"""The door to API tokens, and to the endpoints that OAuth clients know."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from shared import policy
from shared.auth import api_tokens
from shared.domain import instants, ip_ranges
from shared.domain.identifiers import user_of
from shared.domain.instants import NEVER
from shared.domain.scopes import SCOPES
from shared.domain.tokens import ApiToken, Rights, written
from shared.errors import (
    ExceedsRights,
    NothingThere,
    Outrun,
    StepUpNeeded,
    TokenQuotaReached,
)
from shared.http.app import serve
from shared.http.bodies import JSON
from shared.http.dependencies import From, Now, Principal
from shared.http.fields import Instant, Strict
from shared.http.routing import Routes
from tokens import flow, found_door

routes = Routes()
routes.include(found_door.routes)


KINDS = {"token": "api", "client": "client"}
"""As a kind is called outside, and within an id."""


def _must(be: Callable[[str], bool], error: str) -> AfterValidator:
    def check(text: str) -> str:
        if not be(text):
            raise PydanticCustomError(error, "not of its form")
        return text

    return AfterValidator(check)


def _scopes(sent: object) -> object:
    """An array, or one text with blanks or commas between (wire contract 7.2)."""
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
        raise PydanticCustomError(malformed.reason, "not an entry") from None


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
    BeforeValidator(_scopes),
    Field(min_length=1, max_length=len(SCOPES), description="Or one text, with blanks or commas between."),
]
Until = Annotated[datetime, BeforeValidator(_until)]
Source = Annotated[str, Field(max_length=policy.MAX_SOURCE_CHARACTERS), AfterValidator(_source)]
Limit = Annotated[int, Field(strict=True, ge=1, le=policy.MOST_REQUESTS_A_MINUTE)]
HideCodes = Annotated[
    bool,
    Field(strict=True, description="It never sees the codes that it sends by SMS Authenticator: `code` is empty."),
]
Overlap = Annotated[int, Field(strict=True, ge=0, le=policy.LONGEST_ROTATION_OVERLAP // timedelta(minutes=1))]


class TokenOrder(Strict):
    """A token that is wanted, or an OAuth client. Without an end, addresses or a rate it has no such limit.

    `expiration_date` is an instant with its zone, or a day: then it ends with that day in UTC.
    """

    kind: Literal["token", "client"] = "token"
    name: Name
    description: Description = ""
    scopes: Scopes
    expiration_date: Until | None = None
    ip_list: Annotated[list[Source], Field(max_length=policy.TOKEN_SOURCES, default_factory=list)]
    rate_limit: Annotated[Limit | None, Field(description="Requests a minute.")] = None
    hide_codes: HideCodes = False


class TokenChanges(Strict):
    """What is left out stays. Scopes can only become fewer; `expiration_date: null` takes the end away."""

    name: Name = ""
    description: Description = ""
    active: Annotated[bool, Field(strict=True)] = True
    scopes: Annotated[Scopes, Field(default_factory=list)]
    expiration_date: Until | None = None
    hide_codes: HideCodes = False


class RotationOrder(Strict):
    """For how long the present secret works beside the new one."""

    overlap_minutes: Overlap = policy.ROTATION_OVERLAP // timedelta(minutes=1)


A_DAY = RotationOrder()


class ScopeView(BaseModel):
    """What a token may do."""

    scope: str
    name: str
    description: str


class TokenView(BaseModel):
    """A token or client, without its secret.

    `active` is its switch: one that is on has still no effect once `expiration_date` has come, or where its user is
    not let in. `last_authorization` may be five minutes behind. `created_by` is a login, or `token:` and a token's id.
    """

    id: str
    kind: Literal["token", "client"]
    name: str
    description: str
    active: bool
    scope: list[ScopeView]
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
    overlap_until: Annotated[Instant | None, Field(description="Until then the secret before this one works too.")]


class NewToken(TokenView):
    """A token with its secret, which is shown this once."""

    access_token: str


class NewClient(TokenView):
    """An OAuth client with its secret, which is shown this once."""

    client_id: str
    client_secret: str


class Tokens(BaseModel):
    """The newest first."""

    size: int
    collection: list[TokenView]


@routes.post(
    "/tokens", status=201, yes="Made. The secret is told this once.", refuses=[TokenQuotaReached, ExceedsRights, Outrun]
)
def post_token(principal: Principal, order: TokenOrder, origin: From, now: Now) -> Response[NewToken | NewClient]:
    """Make an API token, or an OAuth client. A program can only make what can do no more than itself."""
    _must_be_ahead(order.expiration_date, now=now)
    wanted = flow.WantedToken(KINDS[order.kind], order.name, order.description, _rights(order))
    token, secret = flow.create(principal, wanted, origin=origin, now=now)
    return Response(201, JSON, _with_secret(token, secret, now=now))


@routes.get("/tokens")
def get_tokens(principal: Principal, now: Now) -> Tokens:
    """Which tokens and clients have I? The account's owner sees everybody's."""
    listed = [_view(token, now=now) for token in flow.shown_to(principal, now=now)]
    return Tokens(size=len(listed), collection=listed)


@routes.get("/tokens/{token_id}", refuses=[NothingThere])
def get_token(principal: Principal, token_id: str, now: Now) -> TokenView:
    """What may this token do, and when was it used?"""
    return _view(api_tokens.find(principal, token_id, now=now), now=now)


@routes.patch("/tokens/{token_id}", refuses=[NothingThere, StepUpNeeded, ExceedsRights, Outrun])
def patch_token(principal: Principal, token_id: str, changes: TokenChanges, origin: From, now: Now) -> TokenView:
    """Name it anew, narrow it, switch it, or let it end at another time. Whatever gives more asks for fresh proofs."""
    if "expiration_date" in changes.model_fields_set:
        _must_be_ahead(changes.expiration_date, now=now)
    return _view(flow.change(principal, token_id, _facts(changes), origin=origin, now=now), now=now)


@routes.delete("/tokens/{token_id}", status=204, refuses=[NothingThere, ExceedsRights, Outrun])
def delete_token(principal: Principal, token_id: str, origin: From, now: Now) -> Response[None]:
    """Delete it. The next request with it is refused, and so is what a client got for its secret."""
    api_tokens.delete(principal, token_id, origin=origin, now=now)
    return Response(204)


@routes.post(
    "/tokens/{token_id}/rotate",
    status=201,
    yes="Made. The secret is told this once.",
    refuses=[NothingThere, ExceedsRights, Outrun],
)
def post_rotation(
    principal: Principal, token_id: str, origin: From, now: Now, order: RotationOrder = A_DAY
) -> Response[NewToken | NewClient]:
    """Give it a new secret. The present one works beside it for a day, or for as long as is asked for."""
    overlap = timedelta(minutes=order.overlap_minutes)
    token, secret = flow.rotate(principal, token_id, overlap, origin=origin, now=now)
    return Response(201, JSON, _with_secret(token, secret, now=now))


def _must_be_ahead(until: datetime | None, *, now: datetime) -> None:
    if until is not None and until <= now:
        raise RequestValidationError([{"type": "not_in_the_future", "loc": ("body", "expiration_date")}])


def _rights(order: TokenOrder) -> Rights:
    sources = " ".join(dict.fromkeys(order.ip_list))
    return Rights(frozenset(order.scopes), order.expiration_date, sources, order.rate_limit, order.hide_codes)


def _facts(changes: TokenChanges) -> dict[str, Any]:
    """The token's own fields, by their names in the domain."""
    sent = {name: getattr(changes, name) for name in changes.model_fields_set}
    if "scopes" in sent:
        sent["scopes"] = written(frozenset(changes.scopes))
    ours = {"active": "enabled", "expiration_date": "expires_at", "hide_codes": "hides_codes"}
    return {ours.get(name, name): value for name, value in sent.items()}


def _with_secret(token: ApiToken, secret: str, *, now: datetime) -> NewToken | NewClient:
    shown = vars(_view(token, now=now))
    if token.kind == "client":
        return NewClient(**shown, client_id=token.token_id, client_secret=secret)
    return NewToken(**shown, access_token=secret)


def _view(token: ApiToken, *, now: datetime) -> TokenView:
    was_used = token.used_at != NEVER
    return TokenView(
        id=token.token_id,
        kind="client" if token.kind == "client" else "token",
        name=token.name,
        description=token.description,
        active=token.enabled,
        scope=[ScopeView(scope=scope, name=SCOPES[scope][0], description=SCOPES[scope][1]) for scope in _known(token)],
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
        overlap_until=token.overlap_until(now=now),
    )


def _known(token: ApiToken) -> list[str]:
    """Without such as the table of access has no longer."""
    return [scope for scope in token.scopes.split() if scope in SCOPES]


lambda_handler = serve(routes)

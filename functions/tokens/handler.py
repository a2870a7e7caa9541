"""The door of API tokens and OAuth clients: create, list, change, rotate and delete them."""

from datetime import datetime, timedelta
from itertools import islice
from typing import Annotated, Any, Literal, cast

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from shared import policy
from shared.auth import api_tokens, principals
from shared.domain import instants
from shared.domain.identifiers import USER_CHARACTERS, is_record_id
from shared.domain.instants import NEVER
from shared.domain.rights import Rights
from shared.domain.tokens import ApiToken, written
from shared.errors import (
    ExceedsRights,
    InvalidRequest,
    NotFound,
    OnlyPeopleKeep,
    Outrun,
    StepUpNeeded,
    TokenQuotaReached,
)
from shared.http import cursors
from shared.http.app import serve
from shared.http.bodies import JSON
from shared.http.cursors import must_know
from shared.http.dependencies import From, Now, Principal, Raw
from shared.http.routing import Routes
from tokens import access_door, delete_flow, flow, found_door, list_flow
from tokens.list_flow import Place
from tokens.requests import (
    DEFAULT_OVERLAP,
    KINDS,
    CreatedClientResponse,
    CreatedTokenResponse,
    CreateTokenRequest,
    RotateTokenRequest,
    TokenResponse,
    TokensResponse,
    UpdateTokenRequest,
    token_response,
)

routes = Routes()
routes.include(found_door.routes)
routes.include(access_door.routes)


@routes.post(
    "/tokens",
    status=201,
    success="Created. The secret is shown only in this answer.",
    refuses=[TokenQuotaReached, ExceedsRights, Outrun],
)
def post_token(
    principal: Principal, request: CreateTokenRequest, origin: From, now: Now
) -> Response[CreatedTokenResponse | CreatedClientResponse]:
    """Create an API token or an OAuth client.

    A program can only create tokens that may do no more than itself.
    """
    _must_be_ahead(request.expiration_date, now=now)
    wanted = flow.WantedToken(KINDS[request.kind], request.name, request.description, _rights(request))
    token, secret = flow.create(principal, wanted, origin=origin, now=now)
    return Response(201, JSON, _with_secret(token, secret, principal, now=now))


Keep = Annotated[Literal["keep"], Field(json_schema_extra={"examples": ["keep"]})]


def _user_id(text: str) -> str:
    if len(text) != USER_CHARACTERS:
        raise PydanticCustomError("string_pattern_mismatch", "not the id of a user")
    return text


def _place(cursor: str) -> Place:
    token_id, _, created_at = cursors.read(cursor).partition(" ")
    try:
        at = instants.instant(created_at)
    except ValueError:
        at = NEVER
    if at == NEVER or not is_record_id(token_id):
        raise PydanticCustomError("not_a_cursor", "not a cursor")
    return at, token_id


@routes.get("/tokens", refuses=[InvalidRequest])
def get_tokens(
    principal: Principal,
    now: Now,
    request: Raw,
    *,
    user_id: Annotated[
        Annotated[str, AfterValidator(_user_id), Field(json_schema_extra={"maxLength": USER_CHARACTERS})] | None,
        Query(description="Only the tokens of the user with this id."),
    ] = None,
    cursor: Annotated[
        Annotated[str, Field(max_length=policy.MAX_CURSOR_CHARACTERS), AfterValidator(_place)] | None,
        Query(description="The value of `next` on the previous page."),
    ] = None,
    limit: Annotated[
        Annotated[int, Field(ge=1, le=policy.TOKENS_PAGE)], Query(description="How many tokens a page has at most.")
    ] = policy.TOKENS_PAGE,
) -> TokensResponse:
    """List API tokens and OAuth clients: the caller's own or, for the owner, all of the account.

    Each user's are together, the newest first. A page is full after so many tokens or bytes; `next` leads on.
    """
    must_know(request, {"user_id", "cursor", "limit"})
    after = cast(Place | None, cursor)
    found = list(islice(list_flow.shown_to(principal, of=user_id, after=after, now=now), limit + 1))
    limits = list_flow.user_limits(principal, [token.token_id for token in found[:limit]])
    listed: list[TokenResponse] = []
    size, last = 0, None
    for token in found:
        shown = token_response(token, limits, now=now)
        size += len(shown.model_dump_json())
        if listed and (len(listed) == limit or size > policy.TOKENS_PAGE_BYTES):
            return TokensResponse(size=len(listed), collection=listed, next=last)
        listed.append(shown)
        last = cursors.written(f"{token.token_id} {token.created_at.isoformat()}")
    return TokensResponse(size=len(listed), collection=listed, next=None)


@routes.get("/tokens/{token_id}", refuses=[NotFound])
def get_token(principal: Principal, token_id: str, now: Now) -> TokenResponse:
    """Get an API token or OAuth client: its rights and its last use."""
    token = api_tokens.find(principal, token_id, now=now)
    return token_response(token, list_flow.user_limits(principal, [token_id]), now=now)


@routes.patch("/tokens/{token_id}", refuses=[NotFound, StepUpNeeded, ExceedsRights, Outrun])
def patch_token(
    principal: Principal, token_id: str, changes: UpdateTokenRequest, origin: From, now: Now
) -> TokenResponse:
    """Update a token: its name, description, scopes, expiry, or whether it is active.

    Scopes can only be removed. A change that gives the token more than it had requires a confirmed session.
    """
    if "expiration_date" in changes.model_fields_set:
        _must_be_ahead(changes.expiration_date, now=now)
    limits = list_flow.user_limits(principal, [token_id])  # before the write, so that no failure follows it
    return token_response(flow.change(principal, token_id, _facts(changes), origin=origin, now=now), limits, now=now)


@routes.delete(
    "/tokens/{token_id}",
    status=204,
    refuses=[NotFound, OnlyPeopleKeep, StepUpNeeded, ExceedsRights, Outrun],
)
def delete_token(
    principal: Principal,
    token_id: str,
    origin: From,
    now: Now,
    request: Raw,
    *,
    scheduled: Annotated[
        Keep | None,
        Query(description="Let what the token scheduled leave all the same. Requires a confirmed session."),
    ] = None,
) -> Response[None]:
    """Delete a token. The next request with it is refused, and so are access tokens that an OAuth client got.

    The header `Scheduled-Messages` says how many messages wait that it ordered. They are stopped when their time comes,
    and their points are refunded then, unless `scheduled` is `keep`.
    """
    must_know(request, {"scheduled"})
    count, is_all = delete_flow.delete(principal, token_id, keep=scheduled == "keep", origin=origin, now=now)
    return Response(204, headers={"Scheduled-Messages": f"{count}{'' if is_all else '+'}"})


@routes.post(
    "/tokens/{token_id}/rotate",
    status=201,
    success="Rotated. The new secret is shown only in this answer.",
    refuses=[NotFound, ExceedsRights, Outrun],
)
def post_rotation(
    principal: Principal, token_id: str, origin: From, now: Now, request: RotateTokenRequest = DEFAULT_OVERLAP
) -> Response[CreatedTokenResponse | CreatedClientResponse]:
    """Rotate a token: give it a new secret. The current secret keeps working for `overlap_minutes`."""
    overlap = timedelta(minutes=request.overlap_minutes)
    token, secret = flow.rotate(principal, token_id, overlap, origin=origin, now=now)
    return Response(201, JSON, _with_secret(token, secret, principal, now=now))


def _must_be_ahead(until: datetime | None, *, now: datetime) -> None:
    """Raise RequestValidationError if *until* has passed."""
    if until is not None and until <= now:
        raise RequestValidationError([{"type": "not_in_the_future", "loc": ("body", "expiration_date")}])


def _rights(request: CreateTokenRequest) -> Rights:
    sources = " ".join(dict.fromkeys(request.ip_list))
    return Rights(
        frozenset(request.scopes),
        request.expiration_date,
        sources,
        request.rate_limit,
        request.hide_codes,
        request.may_create_people,
    )


def _facts(changes: UpdateTokenRequest) -> dict[str, Any]:
    """Return the fields that were sent, by their names in the domain."""
    sent = {name: getattr(changes, name) for name in changes.model_fields_set}
    if "scopes" in sent:
        sent["scopes"] = written(frozenset(changes.scopes))
    ours = {"active": "enabled", "expiration_date": "expires_at", "hide_codes": "hides_codes"}
    return {ours.get(name, name): value for name, value in sent.items()}


def _with_secret(
    token: ApiToken, secret: str, principal: principals.Principal, *, now: datetime
) -> CreatedTokenResponse | CreatedClientResponse:
    """Return a token of the principal's own user with its secret."""
    shown = vars(token_response(token, list_flow.user_limits(principal, []), now=now))
    if token.kind == "client":
        return CreatedClientResponse(**shown, client_id=token.token_id, client_secret=secret)
    return CreatedTokenResponse(**shown, access_token=secret)


lambda_handler = serve(routes)

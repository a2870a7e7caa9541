"""The door of access tokens: what OAuth clients got for their secrets, listed and revoked."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from shared import policy
from shared.domain.identifiers import is_access_id
from shared.errors import ExceedsRights, InvalidRequest, NotFound, Outrun
from shared.http import cursors
from shared.http.cursors import must_know, must_say_no_more
from shared.http.dependencies import From, Now, Principal, Raw
from shared.http.fields import Instant
from shared.http.routing import Routes
from tokens import list_flow, revoke_access_flow
from tokens.list_flow import AccessPage

routes = Routes()

PARAMETERS = frozenset({"cursor", "limit"})


class ListedAccessToken(BaseModel):
    """An access token that is valid now, without its text."""

    id: str
    client_id: str
    client_name: str
    scope: str
    created_at: Instant
    expires_at: Instant


class AccessTokensResponse(BaseModel):
    """A page of access tokens. Even a short or empty page is not the last while it has a `next`."""

    size: int
    collection: list[ListedAccessToken]
    next: str | None


def _access_id(cursor: str) -> str:
    found = cursors.read(cursor)
    if not is_access_id(found):
        raise PydanticCustomError("not_a_cursor", "not a cursor")
    return found


Cursor = Annotated[
    Annotated[str, Field(max_length=policy.MAX_CURSOR_CHARACTERS), AfterValidator(_access_id)] | None,
    Query(description="The value of `next` on the previous page."),
]
Limit = Annotated[
    Annotated[int, Field(ge=1, le=policy.ACCESS_TOKENS_LONGEST_PAGE)],
    Query(description="How many access tokens a page has at most."),
]


@routes.get("/access-tokens", refuses=[InvalidRequest])
def get_access_tokens(
    principal: Principal, now: Now, request: Raw, *, cursor: Cursor = None, limit: Limit = policy.ACCESS_TOKENS_PAGE
) -> AccessTokensResponse:
    """List the access tokens of the caller's OAuth clients or, for the owner, of all clients of the account."""
    must_know(request, PARAMETERS)
    return _response(list_flow.access_of_all(principal, after=cursor or "", limit=limit, now=now))


@routes.get("/tokens/{token_id}/access-tokens", refuses=[NotFound, InvalidRequest])
def get_access_tokens_of_client(
    principal: Principal,
    token_id: str,
    now: Now,
    request: Raw,
    *,
    cursor: Cursor = None,
    limit: Limit = policy.ACCESS_TOKENS_PAGE,
) -> AccessTokensResponse:
    """List the access tokens of an OAuth client that are valid now."""
    must_know(request, PARAMETERS)
    return _response(list_flow.access_of(principal, token_id, after=cursor or "", limit=limit, now=now))


@routes.delete("/tokens/{token_id}/access-tokens", status=204, refuses=[NotFound, ExceedsRights, Outrun])
def delete_access_tokens(principal: Principal, token_id: str, origin: From, now: Now, request: Raw) -> Response[None]:
    """Revoke all access tokens of an OAuth client. It can get new ones with its secret.

    There is no filter: with any parameter none is revoked.
    """
    must_say_no_more(request)
    revoke_access_flow.revoke_all(principal, token_id, origin=origin, now=now)
    return Response(204)


@routes.delete("/tokens/{token_id}/access-tokens/{access_id}", status=204, refuses=[NotFound, ExceedsRights, Outrun])
def delete_access_token(principal: Principal, token_id: str, access_id: str, origin: From, now: Now) -> Response[None]:
    """Revoke one access token of an OAuth client."""
    revoke_access_flow.revoke(principal, token_id, access_id, origin=origin, now=now)
    return Response(204)


def _response(page: AccessPage) -> AccessTokensResponse:
    listed = [
        ListedAccessToken(
            id=access.access_id,
            client_id=client.token_id,
            client_name=client.name,
            scope=access.scopes,
            created_at=access.created_at,
            expires_at=access.expires_at,
        )
        for access, client in page.found
    ]
    return AccessTokensResponse(
        size=len(listed), collection=listed, next=cursors.written(page.after) if page.after else None
    )

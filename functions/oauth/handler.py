"""The door of OAuth clients: token, introspection, revocation and metadata endpoints (RFC 6749, 7662, 7009, 8414)."""

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Form
from pydantic import BaseModel, Field

from oauth import flow
from shared import settings
from shared.auth.secret_lookup import HeldSecret
from shared.domain.scopes import SCOPES
from shared.domain.tokens import written
from shared.errors import (
    InvalidScope,
    NoScopeLeft,
    Outrun,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedTokenType,
)
from shared.http.app import serve
from shared.http.bodies import JSON, Event, header
from shared.http.dependencies import From, Now, OAuthClient, Raw
from shared.http.routing import Routes

routes = Routes()

WELL_KNOWN = "/.well-known/oauth-authorization-server"

AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

ClientId = Annotated[str | None, Form(description="The client's id, unless it is in an Authorization header.")]

ClientSecret = Annotated[str | None, Form(description="The client's secret, unless it is in an Authorization header.")]


class MetadataResponse(BaseModel):
    """The metadata that OAuth clients use to configure themselves (RFC 8414)."""

    issuer: str
    token_endpoint: str
    introspection_endpoint: str
    revocation_endpoint: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    introspection_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    service_documentation: str


class AccessTokenResponse(BaseModel):
    """An access token, shown only in this answer (RFC 6749 5.1). After `expires_in` seconds, get another one."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    scope: str


class IntrospectionResponse(BaseModel):
    """The state of a token (RFC 7662 2.2). For a token that is not valid, `active` is the only property."""

    active: bool
    scope: Annotated[str | None, Field(description="The scopes, separated by spaces.")] = None
    client_id: Annotated[
        str | None, Field(description="The id of the OAuth client it was issued to; for an API token, its own id.")
    ] = None
    username: Annotated[str | None, Field(description="The login of the token's user.")] = None
    token_type: Literal["Bearer"] | None = None
    exp: Annotated[
        int | None, Field(description="When the token expires, in seconds since 1970. Left out if it does not expire.")
    ] = None
    iat: int | None = None
    sub: Annotated[str | None, Field(description="The id of the token's user.")] = None
    aud: str | None = None
    iss: str | None = None
    jti: Annotated[str | None, Field(description="The id of the token.")] = None


@routes.get(WELL_KNOWN)
def get_metadata(event: Raw) -> MetadataResponse:
    """Get the metadata of the authorization server (RFC 8414): its endpoints, scopes and grant types."""
    issuer = _issuer(event)
    return MetadataResponse(
        issuer=issuer,
        token_endpoint=f"{issuer}/oauth/token",
        introspection_endpoint=f"{issuer}/oauth/introspect",
        revocation_endpoint=f"{issuer}/oauth/revoke",
        scopes_supported=sorted(SCOPES),
        response_types_supported=[],
        grant_types_supported=["client_credentials"],
        token_endpoint_auth_methods_supported=AUTH_METHODS,
        introspection_endpoint_auth_methods_supported=AUTH_METHODS,
        revocation_endpoint_auth_methods_supported=AUTH_METHODS,
        service_documentation=settings.PANEL_ORIGIN or issuer,
    )


@routes.post("/oauth/token", refuses=[NoScopeLeft, UnsupportedGrantType, InvalidScope, Outrun])
def post_token(
    client: OAuthClient,
    origin: From,
    now: Now,
    *,
    grant_type: Annotated[str, Form(min_length=1, json_schema_extra={"enum": ["client_credentials"]})],
    scope: Annotated[
        str | None, Form(description="The scopes, separated by spaces or commas. Without it, all scopes of the client.")
    ] = None,
    client_id: ClientId = None,  # noqa: ARG001 - for the contract: `OAuthClient` has read it
    client_secret: ClientSecret = None,  # noqa: ARG001 - as above
) -> AccessTokenResponse:
    """Issue an access token for the client's id and secret (RFC 6749 4.4)."""
    if grant_type != "client_credentials":
        raise UnsupportedGrantType
    token, access = flow.grant(client, scope or None, origin=origin, now=now)
    lasts = int((access.expires_at - now).total_seconds())
    return AccessTokenResponse(access_token=token, token_type="Bearer", expires_in=lasts, scope=access.scopes)  # noqa: S106 - a kind of token, and no password


@routes.post("/oauth/introspect", response_model=IntrospectionResponse)
def post_introspect(
    client: OAuthClient,
    event: Raw,
    now: Now,
    *,
    token: Annotated[str, Form(min_length=1)],
    client_id: ClientId = None,  # noqa: ARG001 - for the contract: `OAuthClient` has read it
    client_secret: ClientSecret = None,  # noqa: ARG001 - as above
) -> Response[str]:
    """Introspect a token of the client's own account (RFC 7662). This does not count as a use of the token."""
    shown = flow.introspect(client, token, now=now)
    is_active = shown is not None and bool(shown.rights().scopes)  # its user may have been left none of them
    response = _introspection(shown, _issuer(event)) if shown and is_active else IntrospectionResponse(active=False)
    return Response(200, JSON, response.model_dump_json(exclude_none=True))


@routes.post("/oauth/revoke", refuses=[UnauthorizedClient, UnsupportedTokenType, Outrun])
def post_revoke(
    client: OAuthClient,
    origin: From,
    now: Now,
    *,
    token: Annotated[str, Form(min_length=1)],
    client_id: ClientId = None,  # noqa: ARG001 - for the contract: `OAuthClient` has read it
    client_secret: ClientSecret = None,  # noqa: ARG001 - as above
) -> Response[None]:
    """Revoke an access token of the client, or an API token that the client may manage (RFC 7009)."""
    flow.revoke(client, token, origin=origin, now=now)
    return Response(200)


def _introspection(shown: HeldSecret, issuer: str) -> IntrospectionResponse:
    rights = shown.rights()
    return IntrospectionResponse(
        active=True,
        scope=written(rights.scopes),
        client_id=shown.token.token_id,
        username=shown.user.login,
        token_type="Bearer",  # noqa: S106 - a kind of token, and no password
        exp=int(rights.expires_at.timestamp()) if rights.expires_at else None,
        iat=int(shown.created_at.timestamp()),
        sub=shown.user.user_id,
        aud=issuer,
        iss=issuer,
        jti=shown.secret.id,
    )


def _issuer(event: Event) -> str:
    """Return the URL of this API as the caller sees it, with the host and the stage of the gateway."""
    context = event["requestContext"]
    scheme = "http" if header(event, "x-forwarded-proto") == "http" else "https"
    host = context.get("domainName") or header(event, "host")  # ministack names no domain
    return f"{scheme}://{host}{context['path'].rstrip('/').removesuffix(event['path'])}"


lambda_handler = serve(routes)

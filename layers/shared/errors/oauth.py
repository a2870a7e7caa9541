"""Refusals of the OAuth endpoints (RFC 6749 5.2, RFC 7009 2.2.1)."""

from shared.errors.base import Refusal
from shared.errors.requests import InvalidRequest
from shared.errors.sign_in import FailedProof


class ClientRefused(FailedProof):
    """The OAuth client is unknown, its secret is wrong, or it is expired or disabled (RFC 6749 5.2)."""

    code = "invalid_client"
    message = "The client is unknown, its secret is wrong, or it is expired or disabled."


class TwoProofs(InvalidRequest):
    """The client sent its id and secret in two places; the RFC allows one of them (RFC 6749 2.3)."""

    message = "Send the client's id and secret once: in the Authorization header or in the body."
    fields = ("body.client_secret",)


class UnsupportedGrantType(Refusal):
    """Only the grant type client_credentials is supported; there is none for a person's password (ASVS V10.4.4)."""

    code = "unsupported_grant_type"
    message = "Only the grant type client_credentials is supported."
    fields = ("body.grant_type",)


class InvalidScope(Refusal):
    """The client does not have all the requested scopes, or has none."""

    code = "invalid_scope"
    message = "The client does not have all the requested scopes."
    fields = ("body.scope",)


class UnauthorizedClient(Refusal):
    """The token belongs to another client or user, and this client may not manage it."""

    code = "unauthorized_client"
    message = "The token is not the client's own, and the client may not manage it."


class NoScopeLeft(UnauthorizedClient):
    """The user of the client was left none of its scopes."""

    message = "The client has no scope any more. The owner of the account decides what its user may do."


class UnsupportedTokenType(Refusal):
    """The secret is no token that can be revoked here."""

    code = "unsupported_token_type"
    message = "Only access tokens and API tokens can be revoked here."
    fields = ("body.token",)

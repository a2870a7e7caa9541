"""Refusals that only OAuth clients are told (RFC 6749 5.2, RFC 7009 2.2.1)."""

from shared.errors.base import Refusal
from shared.errors.requests import InvalidRequest
from shared.errors.sign_in import FailedProof


class ClientRefused(FailedProof):
    """There is no OAuth client with that id and secret, or it is not welcome any more (RFC 6749 5.2)."""

    code = "invalid_client"
    message = "The client is unknown, its secret is wrong, or it has expired or is switched off."


class TwoProofs(InvalidRequest):
    """A client shows its secret in one place, the Authorization header or the body (RFC 6749 2.3)."""

    message = "Show the id and the secret of the client once: in the Authorization header or in the body."


class UnsupportedGrantType(Refusal):
    """Nothing is granted here for a person's password or word (ASVS V10.4.4): only to clients for their secret."""

    code = "unsupported_grant_type"
    message = "Only client_credentials is supported."


class InvalidScope(Refusal):
    """A scope was asked for that the client has not, or there is none that it has."""

    code = "invalid_scope"
    message = "The client has not all the scopes that were asked for."


class UnauthorizedClient(Refusal):
    """The token was given to somebody else, and this client may not manage it."""

    code = "unauthorized_client"
    message = "This token is not the client's own, and the client may not manage it."


class UnsupportedTokenType(Refusal):
    """A secret of ours that is no token to be revoked here."""

    code = "unsupported_token_type"
    message = "Only access tokens and API tokens are revoked here."

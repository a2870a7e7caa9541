"""Refusals of what a caller may not do: by role, scopes, IP address, or the account's settings."""

from shared.errors.base import Refusal
from shared.errors.sign_in import FailedProof, NotSignedIn


class TokenRefused(NotSignedIn):
    """The token is unknown, expired or disabled, or its user is disabled."""

    message = "The token is unknown, expired or disabled."


class TokenForged(TokenRefused):
    """What was shown as a token is none: it is malformed, or no row knows it."""


class UnknownToken(TokenForged):
    """The token is well-formed and unknown: its address is counted, since whoever shows many makes them up."""


class TokenNeeded(FailedProof):
    """A route that takes tokens was called without one, or with one that is not behind the word Bearer."""

    message = "Send your token in the header Authorization: the word Bearer, a space, and the token."


class ClientSecretShown(TokenRefused):
    """The secret of an OAuth client was sent where its access token belongs."""

    message = "This is the secret of an OAuth client. Get an access token with it at POST /oauth/token, and send that."


class SessionShown(TokenRefused):
    """The token of a session was sent to a route that is for programs only."""

    message = "This is the token of a session. Send an API token, or an OAuth client's access token."


class TokenSuspended(TokenRefused):
    """The token came from a sign-in that its user reported. Confirming it makes it work again."""

    message = "The token is suspended, since its user reported a sign-in. Confirm it in the panel, or delete it."


class UserSuspended(Refusal):
    """The sub-user was made or changed after a sign-in that the account's owner reported, and is not confirmed."""

    code = "user_suspended"
    message = "You are suspended until the owner of your account confirms you. Ask the owner."


class UnconfirmedChange(Refusal):
    """The record was made or changed after a sign-in that was reported: it can only be confirmed or deleted."""

    code = "unconfirmed"
    message = "This came from a sign-in that was reported. Confirm or delete it first, see GET /account/suspended."


class OwnerOnly(Refusal):
    """Only the account's owner can do this."""

    code = "owner_only"
    message = "Only the owner of the account can do this."


class SessionsOnly(Refusal):
    """The route requires a session; API tokens are not accepted, whatever their scopes."""

    code = "session_only"
    message = "This requires a session. API tokens are not accepted here."


class OnlyPeopleKeep(SessionsOnly):
    """What a token scheduled is kept by people only: a thief's token could otherwise keep what it scheduled itself."""

    message = "Only somebody in a session can keep what a token scheduled. Sign in, or delete it without `scheduled`."


class InsufficientScope(Refusal):
    """The token does not have the required scope (RFC 6750 3.1)."""

    code = "insufficient_scope"

    def __init__(self, scope: str) -> None:
        """*scope* is the scope that is required."""
        super().__init__()
        self.scope = scope
        self.message = f"This requires the scope {scope}, which the token or its user does not have."


class OnlyTests(InsufficientScope):
    """The scope sms:test opens nothing but sending to numbers with test=1."""

    def __init__(self) -> None:
        super().__init__("sms")
        self.message = "The scope sms:test opens sending to numbers with test=1 and nothing else: use a token with sms."


class ExceedsRights(Refusal):
    """A caller can only give, or manage, rights that they have themselves."""

    code = "exceeds_own_rights"
    message = "You can only manage tokens within your own scopes, lifetime, IP addresses and rate limit."

    def __init__(self, *names: str) -> None:
        """*names* are the fields of the request that ask for too much, where it is its fields."""
        super().__init__()
        self.fields = self.fields or tuple(f"body.{name}" for name in names)


class OnlyNarrower(ExceedsRights):
    """The scopes of an existing token can only be reduced."""

    message = "The scopes of a token can only be reduced. Create a new token for more."
    fields = ("body.scopes",)


class BoundForLife(ExceedsRights):
    """A token stays within the limits of the program that made it, or gave it a secret, whoever changes it."""

    message = "A program with limits made this token, or rotated it, so it stays within them. Create a new token."


class TooManyMakers(ExceedsRights):
    """The requests of a token would count for too many others."""

    message = "Too many tokens made each other with ever lower rate limits. Leave the rate limit as it is."
    fields = ("body.rate_limit",)


class ExceedsOwnScopes(ExceedsRights):
    """A sub-user has, or would get, scopes that the caller or the role of sub-users does not have."""

    message = "You can only manage sub-users within your own scopes, and no sub-user can manage others."


class SomebodyElsesSecret(ExceedsRights):
    """Only the token's own user may see its secret, not even the account's owner (ASVS V6.4.6)."""

    message = "Only the token's user can see its new secret. You can disable or delete the token."


class NotAllowedHere(Refusal):
    """The account's settings do not allow this."""

    code = "account_policy"
    message = "The settings of your account do not allow this. Its owner can change them."


class AccountSuspended(Refusal):
    """The account was suspended by an operator. Nobody who does not know one of its secrets is told so."""

    code = "account_suspended"
    message = "This account is suspended."

    def __init__(self, support: str = "") -> None:
        """*support* is the address to write to; empty if there is none."""
        super().__init__()
        if support:
            self.message = f"{self.message} Write to {support}."


class AddressNotAllowed(NotAllowedHere):
    """The caller's IP address is not on the IP list of the account or of the token."""

    code = "address_not_allowed"
    message = (
        "Your IP address is not on the IP list of the account or of the token. The account's owner can change the "
        "list, or turn the lists off from anywhere with a recovery code."
    )


class LastFactorRequired(NotAllowedHere):
    """The last second factor stays on while the account requires one of everybody."""

    message = "Your account requires a second factor of everybody. Enable another one before you switch this one off."


class ListNeeded(Refusal):
    """API passwords can only be enabled while the account's IP list for the API is on."""

    code = "ip_list_needed"
    message = "Enable the account's IP list for the API first, with at least one entry."

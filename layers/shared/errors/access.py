"""Refusals of what a caller may not do: roles, scopes, addresses, the account's own rules."""

from shared.errors.base import Refusal
from shared.errors.sign_in import NotSignedIn


class TokenRefused(NotSignedIn):
    """There is no API token behind the secret, it has expired or is switched off, or its user is not welcome."""

    message = "The token is unknown, has expired or is switched off."


class OwnerOnly(Refusal):
    """Only the account's owner may do this."""

    code = "owner_only"
    message = "Only the owner of the account may do this."


class SessionsOnly(Refusal):
    """API tokens are not taken here, whatever their scopes."""

    code = "session_only"
    message = "This is for people who are signed in. It takes no API token."


class InsufficientScope(Refusal):
    """The token may not do this (RFC 6750 3.1)."""

    code = "insufficient_scope"
    message = "This token may not do this. See the scope that is named in WWW-Authenticate."

    def __init__(self, scope: str) -> None:
        """*scope* is what is needed."""
        super().__init__()
        self.scope = scope


class ExceedsRights(Refusal):
    """Nobody gives, or gives back, more than he has himself."""

    code = "exceeds_own_rights"
    message = (
        "You can only manage tokens that can do no more than you: scopes, and for a token life, addresses and rate."
    )


class OnlyNarrower(ExceedsRights):
    """A token that is there gets no scope that it had not."""

    message = "The scopes of a token can only become fewer. Make a new token for more."


class ExceedsOwnScopes(ExceedsRights):
    """A sub-user may do, or would be let do, what his manager may not."""

    message = "You can only manage sub-users who may do no more than you, and sub-users never manage others."


class SomebodyElsesSecret(ExceedsRights):
    """A secret is seen by the user whose it is, and by no owner of an account (ASVS V6.4.6)."""

    message = "Only the user whose token it is may see its new secret. You can switch it off or delete it."


class NotAllowedHere(Refusal):
    """The account's owner has decided otherwise."""

    code = "account_policy"
    message = "Your account does not allow this. Its owner decides."


class AddressNotAllowed(NotAllowedHere):
    """A list of the account's, or of the token's own, does not hold the address that this came from."""

    code = "address_not_allowed"
    message = "This is not allowed from your address. The owner of the account decides from which it is."


class ListNeeded(Refusal):
    """Passwords of programs are taken only from addresses on the account's list for machines."""

    code = "ip_list_needed"
    message = "Switch the account's IP list for the API on first, with at least one entry."

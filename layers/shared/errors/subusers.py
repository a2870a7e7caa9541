"""Refusals about sub-users, and about logins that are taken."""

from shared.errors.base import Refusal


class UnknownSubuser(Refusal):
    """The account has no such sub-user."""

    code = "not_found"
    message = "Not found"


class SubuserQuotaReached(Refusal):
    """The account has as many sub-users as an account may have."""

    code = "too_many_subusers"
    message = "The account has as many sub-users as it may have. Delete one first."


class NothingToChange(Refusal):
    """Nothing was sent that could be changed."""

    code = "nothing_to_change"
    message = "Nothing was sent that could be changed."


class LoginTaken(Refusal):
    """Somebody has this login already. Only operators see this, and owners who make a sub-user."""

    code = "login_taken"
    message = "This login exists already."

"""Refusals about sub-users and their logins."""

from shared.errors.base import Refusal


class UnknownSubuser(Refusal):
    """The account has no such sub-user."""

    code = "not_found"
    message = "Not found"


class SubuserQuotaReached(Refusal):
    """The account has the maximum number of sub-users."""

    code = "too_many_subusers"
    message = "The account has the maximum number of sub-users. Delete one first."


class NothingToChange(Refusal):
    """The request has no field to change."""

    code = "nothing_to_change"
    message = "The request has no field to change."


class LoginRefused(Refusal):
    """No user may be created with this login. Only operators get this; owners are told which field is wrong."""

    code = "login_refused"
    message = (
        "A login has letters from a to z, digits and the signs . _ @ + ' - and reads neither like the name of a host "
        "nor like a telephone number. The words operator, link, finder, platform, none and many are no logins: the "
        "activity log means something else by them."
    )


class LoginTaken(Refusal):
    """The login exists already. Only operators and owners who create a sub-user are told so."""

    code = "login_taken"
    message = "This login already exists."
    fields = ("body.credentials.username",)

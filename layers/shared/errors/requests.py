"""Refusals of the request itself: its body, its fields, its path, its method."""

from shared.errors.base import Refusal


class InvalidRequest(Refusal):
    """A field is missing, unknown or not of its form."""

    code = "invalid_request"
    message = "Some fields are missing, unknown or not of the form they should have. See errors."


class NotAnObject(InvalidRequest):
    """The body is JSON, but no object."""


class MalformedList(InvalidRequest):
    """An entry of an IP list is none, or it is there twice, or the list is to be on without any."""

    def __init__(self, misses: dict[str, str]) -> None:
        """*misses* are codes of what is wrong by where it is in the body, as `entries.3.source`."""
        super().__init__()
        self.misses = misses


class InvalidJson(Refusal):
    """The body is not JSON."""

    code = "invalid_json"
    message = "The body is not valid JSON."


class BodyTooLarge(Refusal):
    """The body is larger than 64 KiB."""

    code = "body_too_large"
    message = "The body is larger than 64 KiB."


class UnsupportedMediaType(Refusal):
    """The body is not declared as JSON."""

    code = "unsupported_media_type"
    message = "Send the body as application/json."


class NothingThere(Refusal):
    """What the path names does not exist, or is somebody else's."""

    code = "not_found"
    message = "There is nothing at this path."


class MethodNotAllowed(Refusal):
    """The path exists, but not for this method."""

    code = "method_not_allowed"
    message = "This path does not take this method. See the Allow header."

    def __init__(self, methods: list[str]) -> None:
        """*methods* are those that the path takes."""
        super().__init__()
        self.methods = methods


class CrossSite(Refusal):
    """A browser's request that changes something did not show that it comes from the panel itself."""

    code = "cross_site_request"
    message = "This request must come from the panel's own pages."


class InvalidForm(InvalidRequest):
    """The body is no form as RFC 6749 appendix B has it, or a parameter is given twice."""

    message = "The body is not a form, or a parameter is given twice."


class ParameterInQuery(InvalidRequest):
    """Secrets, and all parameters of OAuth, are never taken from the address: addresses are logged (RFC 6749 2.3.1)."""

    message = "Send the parameters in the body, not in the query string."


class NotAForm(UnsupportedMediaType):
    """The body is not declared as a form."""

    message = "Send the body as application/x-www-form-urlencoded."


class FieldRefused(InvalidRequest):
    """One field is not as it must be, and the message says how."""

    field = ""


class NotMobile(Refusal):
    """The phone number is not a valid mobile number with its country code."""

    code = "not_mobile"
    message = "This is not a valid mobile number. Write it with its country code, as in +48600100200."
    field = "phone"


class InvalidPhoneNumber(NotMobile):
    """The same, in the words that the clients of SMSAPI know."""

    message = "The value is not valid mobile number."
    field = "phone_number"

"""Refusals of the request itself: path, method, body, fields."""

from shared import policy
from shared.errors.base import Refusal


class InvalidRequest(Refusal):
    """A field is missing, unknown or malformed."""

    code = "invalid_request"
    message = "Some fields are missing, unknown or malformed. See errors."


class AtPlace(Refusal):
    """Something at one place of the request is refused, whose names the caller may have chosen."""

    def __init__(self, place: tuple[str | int, ...], error: str) -> None:
        """*place* is where in the request it is, as (body, points, 0); *error* is a code of http.validation."""
        super().__init__()
        self.place, self.error = place, error


class NotAnObject(AtPlace, InvalidRequest):
    """The body is JSON, but no object."""

    def __init__(self) -> None:
        super().__init__(("body",), "dict_type")


class MalformedList(InvalidRequest):
    """An IP list has a malformed or duplicate entry, or is enabled without entries."""

    def __init__(self, misses: dict[str, str]) -> None:
        """*misses* are codes of what is wrong, by the path in the body, as `entries.3.source`."""
        super().__init__()
        self.misses = misses


class InvalidJson(Refusal):
    """The body is not valid JSON."""

    code = "invalid_json"
    message = "The body is not valid JSON."


class NotCarried(AtPlace, InvalidJson):
    """The body has half a surrogate pair (RFC 7493, 2.1), or a number that is too long or too large to be read."""

    message = "The body has text that is no Unicode, or a number that is too long. See errors."


class RepeatedField(AtPlace, InvalidJson):
    """An object in the body has a field twice."""

    message = "The body has a field twice. See errors."

    def __init__(self, name: str) -> None:
        super().__init__(("body", name), "repeated")


class Uncarried(AtPlace, InvalidRequest):
    """A text has characters that cannot be stored, sent or shown."""


class TooDeep(InvalidJson):
    """Arrays and objects of the body are nested too deeply."""

    message = "The arrays and objects of the body are nested too deeply."


class BodyTooLarge(Refusal):
    """The body is too large."""

    code = "body_too_large"
    message = f"The body is larger than {policy.MAX_BODY_BYTES // 1024:,} KiB."

    def __init__(self, most: int = policy.MAX_BODY_BYTES) -> None:
        """*most* is how many bytes a body may have on this route."""
        super().__init__()
        self.message = f"The body is larger than {most // 1024:,} KiB."


class UnsupportedMediaType(Refusal):
    """The Content-Type is not application/json."""

    code = "unsupported_media_type"
    message = "Send the body as application/json."


class NotFound(Refusal):
    """Nothing exists at this path, or it belongs to somebody else."""

    code = "not_found"
    message = "There is nothing at this path."


class CarrierRefused(NotFound):
    """The secret in the address for a carrier's reports is wrong. It answers as if there were nothing there."""


class MethodNotAllowed(Refusal):
    """The path does not support this method."""

    code = "method_not_allowed"
    message = "This path does not support this method. See the Allow header."

    def __init__(self, methods: list[str]) -> None:
        """*methods* are those that the path supports."""
        super().__init__()
        self.methods = methods


class CrossSite(Refusal):
    """A browser's request that changes something does not come from the panel's origin."""

    code = "cross_site_request"
    message = "This request must come from the panel's own pages."


class NotThroughProxy(Refusal):
    """The request went past the proxy that is declared to be in front of the API."""

    code = "not_through_proxy"
    message = "Send requests to the public address of this service, not to the one behind it."


class InvalidForm(InvalidRequest):
    """The parameters are not a valid form (RFC 6749 appendix B), or one is repeated."""

    message = "The parameters are not a valid form, or one of them is repeated."


class RepeatedParameter(AtPlace, InvalidForm):
    """A parameter of a form is repeated."""

    def __init__(self, name: str) -> None:
        super().__init__(("body", name), "repeated")


class EncodingUnknown(InvalidForm):
    """The parameter `encoding` names an encoding that this service does not decode."""

    fields = ("body.encoding",)
    message = "This encoding is not supported. Write utf-8, windows-1250, iso-8859-1 or iso-8859-2."


class WrongEncoding(AtPlace, InvalidForm):
    """The bytes of a text are not in the encoding that the request names, or were lost on the way."""

    message = (
        "The text is not in the encoding that the request names: UTF-8 unless `encoding` in a form names another one. "
        "Percent-encode each byte that is not ASCII."
    )

    def __init__(self, *name: str) -> None:
        """*name* is that of the parameter, if it is known."""
        super().__init__(("body", *name), "wrong_encoding")


class ParameterInQuery(AtPlace, InvalidRequest):
    """Secrets and OAuth parameters are not accepted in the query string, because URLs are logged (RFC 6749 2.3.1)."""

    message = "Send the parameters in the body, not in the query string."

    def __init__(self, name: str) -> None:
        super().__init__(("query", name), "in_query")


class NotAForm(UnsupportedMediaType):
    """The Content-Type is not application/x-www-form-urlencoded."""

    message = "Send the body as application/x-www-form-urlencoded."


class FieldRefused(InvalidRequest):
    """One field has a value that is not accepted; the message says why."""


class NotAnEmail(Refusal):
    """This is not an e-mail address."""

    code = "not_an_email"
    message = "This must be an e-mail address alone, such as ann@example.com."


class LocalPartNotAscii(NotAnEmail):
    """The e-mail address is valid, but SES delivers to no address with such characters before the @."""

    code = "local_part_not_ascii"
    message = (
        "E-mails can be sent only to addresses with ASCII characters before the @. Behind it, any letter is allowed."
    )


class NotMobile(Refusal):
    """The phone number is not a valid mobile number with its country code."""

    code = "not_mobile"
    message = "This is not a valid mobile number. Write it with its country code, as in +48600100200."
    fields = ("body.phone",)


class InvalidPhoneNumber(NotMobile):
    """The phone number is not a valid mobile number, in the words that SMSAPI's clients expect."""

    message = "The value is not valid mobile number."
    fields = ("body.phone_number",)


class PhoneCountryRefused(FieldRefused):
    """Codes are not sent to new numbers of this country."""

    code = "phone_country_not_allowed"
    message = "Codes cannot be sent to numbers of this country. Use another number, or an authenticator app."
    fields = ("body.phone",)


class NotifyUrlRefused(FieldRefused):
    """The URL for delivery reports is not one that we call."""

    code = "notify_url_refused"
    message = (
        "Delivery reports are sent to an https address with a host name, on port 443, without a user name, password "
        f"and fragment, of at most {policy.NOTIFY_URL_CHARACTERS} characters."
    )
    fields = ("body.notify_url",)

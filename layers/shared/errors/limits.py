"""Refusals of what is done too often: 429, with the time that waiting helps."""

from shared.errors.base import Refusal


class TooMany(Refusal):
    """A limit is reached; waiting helps."""

    code = "too_many_requests"
    message = "Too many requests. Wait before the next one."


class TooManyRequests(TooMany):
    """The token's own limit of requests a minute is reached."""

    code = "rate_limit_reached"
    message = "This token has used up its requests for this minute."


class NumberRepeated(TooMany):
    """Too many messages went to one number within a minute."""

    code = "number_repeated"
    message = "Too many messages to one number within a minute."


class TooManyForgeries(TooMany):
    """Too many secrets from this address that nobody holds."""

    code = "too_many_attempts"
    message = "Too many wrong tokens came from your address. Wait before the next try."


class TooManyNames(TooMany):
    """The account has tried too many logins for its sub-users."""

    code = "too_many_attempts"
    message = "Too many logins were tried for this account. Wait before the next one."


class TooManyPasswords(TooMany):
    """Too many wrong passwords for this login, existing or not."""

    code = "too_many_attempts"
    message = "Too many wrong passwords. Wait before the next try."


class TooManyResets(TooMany):
    """Too many links to set a new password were asked for, for this login, existing or not, or from this address."""

    code = "too_many_resets"
    message = "Too many links were asked for. Look into your mailbox, or wait before asking again."


class TooManyCodes(TooMany):
    """Too many wrong codes in a row."""

    code = "too_many_codes"
    message = "Too many wrong codes. Wait before the next try."


class ResendTooSoon(TooMany):
    """The last code is too fresh to send another."""

    code = "resend_too_soon"
    message = "A code was sent just now. Wait before asking for another."


class TooManyMessages(TooMany):
    """The number or the account has got all the codes it may get for now."""

    code = "sms_limit_reached"
    message = "Too many codes were sent. Wait before asking for another."

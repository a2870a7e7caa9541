"""Refusals of too frequent requests: 429, with the time to wait."""

from shared.errors.base import Refusal


class TooMany(Refusal):
    """A limit is reached. Retry-After says how long to wait."""

    code = "too_many_requests"
    message = "Too many requests. Wait before the next one."


class TooManyRequests(TooMany):
    """The token's rate limit, in requests a minute, is reached."""

    code = "rate_limit_reached"
    message = "The token has reached its rate limit for this minute. Wait before the next request."


class TooManyGrants(TooManyRequests):
    """The client got too many access tokens within the hour."""

    message = "The client got too many access tokens in this hour. Use each until it expires."


class NumberRepeated(TooMany):
    """Too many messages to one number in a short time."""

    code = "number_repeated"
    message = "Too many messages to one number in a short time. Wait before sending more."


class TooManyForgeries(TooMany):
    """Too many unknown tokens came from this address."""

    code = "too_many_attempts"
    message = "Too many unknown tokens came from your IP address. Wait before the next try."


class TooManyNames(TooMany):
    """The account has tried too many logins for new sub-users."""

    code = "too_many_attempts"
    message = "Too many logins were tried for new sub-users. Wait before the next one."


class TooManyPasswords(TooMany):
    """Too many wrong passwords for this login. The answer is the same for unknown logins."""

    code = "too_many_attempts"
    message = "Too many wrong passwords. Wait before the next try."


class TooManyNewPasswords(TooMany):
    """Too many new passwords were checked for this user."""

    code = "too_many_attempts"
    message = "Too many new passwords were tried. Wait before the next try."


class TooManyEndings(TooMany):
    """One of the user's sessions has ended all others too often."""

    code = "too_many_attempts"
    message = "All other sessions were ended too often. Wait, or end them one by one."


class TooManyResets(TooMany):
    """Too many links were requested for this login, or from this address. The answer is the same for unknown logins."""

    code = "too_many_resets"
    message = "Too many links were requested. Check your mailbox, or wait before requesting another."


class TooManyCodes(TooMany):
    """Too many wrong codes in a row."""

    code = "too_many_codes"
    message = "Too many wrong codes. Wait before the next try."


class ResendTooSoon(TooMany):
    """The last code was sent too recently."""

    code = "resend_too_soon"
    message = "A code was sent just now. Wait before requesting another."


class TooManyChallenges(TooMany):
    """The user has begun too many sign-ins of this kind in a short time."""

    code = "too_many_challenges"
    message = "Too many sign-ins were started. Wait before starting another."


class TooManyNewDevices(TooMany):
    """The user has opened too many sessions from unknown devices within the hour. A known device passes."""

    code = "too_many_new_devices"
    message = (
        "Too many sessions were opened from new devices. Wait, or use a device that you signed in with before; "
        "a program shows its device_token."
    )


class TooManyMessages(TooMany):
    """The user has reached the limit of codes for this purpose, or the number or the account that of enrolments."""

    code = "sms_limit_reached"
    message = "Too many codes were sent. Wait before requesting another."


class TooManyEnrolments(TooManyMessages):
    """The user, or the network, has ordered codes to new numbers too often."""

    message = "Too many codes were sent to new numbers. Wait before trying another."

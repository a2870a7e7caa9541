"""The ways to say no. A refusal's parent is all that a stranger gets to see; what is no `Refusal` is our mistake."""

from datetime import timedelta


class Refusal(Exception):
    """A request that is understood and not granted. `code` is stable; `message` says what to do."""

    code = "refused"
    message = "The request was refused."

    def __init__(self, *, retry_after: timedelta | None = None) -> None:
        """*retry_after* is how long waiting helps, told to the caller rounded up to whole seconds."""
        super().__init__(self.code)
        self.retry_after = retry_after


# --- The request itself -----------------------------------------------------------------------------------


class InvalidRequest(Refusal):
    """A field is missing, unknown or not of its form."""

    code = "invalid_request"
    message = "Some fields are missing, unknown or not of the form they should have. See errors."


class InvalidJson(Refusal):
    """The body is not JSON."""

    code = "invalid_json"
    message = "The body is not valid JSON."


class BodyTooLarge(Refusal):
    """The body is larger than 16 KiB."""

    code = "body_too_large"
    message = "The body is larger than 16 KiB."


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


# --- Proofs that failed -----------------------------------------------------------------------------------


class FailedProof(Refusal):
    """Somebody is not who he says he is, or not any longer."""

    code = "unauthorized"
    message = "Sign in first."


class WrongPassword(FailedProof):
    """The login and the password do not belong together."""

    code = "invalid_credentials"
    message = "The login or the password is wrong."


class UnknownLogin(WrongPassword):
    """No such login. It answers like a wrong password, so that logins cannot be probed."""


class LoginDisabled(WrongPassword):
    """A login that was switched off. It answers like a wrong password."""


class WrongCode(FailedProof):
    """The code is not the one that was sent last."""

    code = "wrong_code"
    message = "The code is wrong. Only the newest code counts."


class UnknownChallenge(WrongCode):
    """No such challenge. It answers like a wrong code, so that ids cannot be probed."""


class NotSignedIn(FailedProof):
    """There is no session behind the token, or it has ended."""

    code = "invalid_token"
    message = "The session is unknown or has ended. Sign in again."


class StepUpNeeded(FailedProof):
    """Password and second factor were given too long ago for this (RFC 9470)."""

    code = "insufficient_user_authentication"
    message = "Confirm your password first, with POST /session/confirm."


class WrongPresentPassword(WrongPassword):
    """The password that was to be changed is another one."""

    message = "The present password is wrong."


class PasswordChangeNeeded(Refusal):
    """The password is overdue, and the account insists: until it is changed the session can do nothing else."""

    code = "password_change_required"
    message = "Change your password first, with POST /account/password."


class OwnerOnly(Refusal):
    """Only the account's owner may do this."""

    code = "owner_only"
    message = "Only the owner of the account may do this."


class NotAllowedHere(Refusal):
    """The account's owner has decided otherwise."""

    code = "account_policy"
    message = "Your account does not allow this. Its owner decides."


class EnrolmentClosed(Refusal):
    """No authenticator app waits for its first code, or it waited too long."""

    code = "enrolment_closed"
    message = "This enrolment is over. Begin again."


class ChallengeClosed(Refusal):
    """The challenge was answered, has expired, or its tries are used up."""

    code = "challenge_closed"
    message = "This sign-in is over. Sign in again."


class ChallengeAnswered(ChallengeClosed):
    """The right code was given before: a code is good once."""

    message = "This code was already used. Sign in again."


class ChallengeExpired(ChallengeClosed):
    """The code came too late."""

    message = "The code has expired. Sign in again."


class ChallengeSpent(ChallengeClosed):
    """All tries of this challenge are used up."""

    message = "Too many wrong codes for this sign-in. Sign in again."


class FactorUnavailable(Refusal):
    """The user has no such second factor."""

    code = "factor_unavailable"
    message = "You have no such second factor. See the factors of the challenge or of your account."


class FactorNeeded(Refusal):
    """Recovery codes stand in for a second factor, and there is none."""

    code = "factor_needed"
    message = "Switch a second factor on first."


class LinkClosed(Refusal):
    """The link is unknown, was used, or has expired."""

    code = "link_closed"
    message = "This link was already used or has expired. Ask for a new one."


class WeakPassword(Refusal):
    """The password does not meet the account's rules; `errors` lists each rule that it misses."""

    code = "weak_password"
    message = "Choose another password. See errors."

    def __init__(self, misses: list[str]) -> None:
        """*misses* are codes of the rules that the password does not meet."""
        super().__init__()
        self.misses = misses


# --- Limits -----------------------------------------------------------------------------------------------


class TooMany(Refusal):
    """A limit is reached; waiting helps."""

    code = "too_many_requests"
    message = "Too many requests. Wait before the next one."


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


class CodesLocked(Refusal):
    """The most wrong codes in a row that are ever taken. Only the owner can open this again."""

    code = "codes_locked"
    message = "Codes are locked after too many wrong ones. Follow the e-mail we sent, or ask your operator."


class ResendTooSoon(TooMany):
    """The last code is too fresh to send another."""

    code = "resend_too_soon"
    message = "A code was sent just now. Wait before asking for another."


class TooManyMessages(TooMany):
    """The number or the account has got all the codes it may get for now."""

    code = "sms_limit_reached"
    message = "Too many codes were sent. Wait before asking for another."


# --- Weather ----------------------------------------------------------------------------------------------


class Outrun(Refusal):
    """Another request changed the same thing first."""

    code = "outrun"
    message = "Another request changed this first. Try again."


class Unavailable(Refusal):
    """Something we rely on does not answer. Nothing was done, or nothing that a repeat would do twice."""

    code = "unavailable"
    message = "The service is busy. Try again in a moment."

    def __init__(self) -> None:
        super().__init__(retry_after=timedelta(seconds=1))


class LoginTaken(Refusal):
    """Somebody has this login already. Only operators ever see this."""

    code = "login_taken"
    message = "This login exists already."


class NotMobile(Refusal):
    """The phone number is not a valid mobile number with its country code."""

    code = "not_mobile"
    message = "This is not a valid mobile number. Write it with its country code, as in +48600100200."

"""Refusals about passwords, second factors, challenges, sessions and links."""

from shared import policy
from shared.errors.base import Refusal


class FailedProof(Refusal):
    """The caller did not prove their identity, or the proof is no longer valid."""

    code = "unauthorized"
    message = "Sign in first."


class WrongPassword(FailedProof):
    """The login or the password is wrong."""

    code = "invalid_credentials"
    message = "The login or the password is wrong."


class UnknownLogin(WrongPassword):
    """There is no such login. It answers like a wrong password, so that logins cannot be probed."""


class LoginDisabled(WrongPassword):
    """The login is disabled. It answers like a wrong password."""


class GivenPasswordOver(WrongPassword):
    """The password that the account's owner gave was used already, or has expired. It answers like a wrong password."""


class LegacyApiOff(WrongPassword):
    """The account accepts no API passwords, or its IP list for the API is off. It answers like a wrong password."""


class WrongCode(FailedProof):
    """The code is wrong, was used before, or was replaced by a newer one."""

    code = "wrong_code"
    message = "The code is wrong. If you requested several, enter the newest."


class UnknownChallenge(WrongCode):
    """There is no such challenge. It answers like a wrong code, so that ids cannot be probed."""


class NotSignedIn(FailedProof):
    """The session is unknown or has ended."""

    code = "invalid_token"
    message = "The session is unknown or has ended. Sign in again."


class SessionForged(NotSignedIn):
    """What was shown as a session's token is none: it is malformed, or no row knows it."""


class UnknownSession(SessionForged):
    """The session is unknown, though its token is well-formed: its address is counted."""


class SessionEnded(NotSignedIn):
    """The session is over by its time, or its user ended it. A browser may forget its cookie."""


class StepUpNeeded(FailedProof):
    """Password and second factor were proved too long ago for this (RFC 9470)."""

    code = "insufficient_user_authentication"
    message = "Confirm your password first, with POST /session/confirm."


class WrongProof(WrongPassword):
    """Neither the password nor the code is that of before the change."""

    code = "wrong_proof"
    message = "This is not the password, or not a code of the app, of before the change."


class WrongPresentPassword(WrongPassword):
    """The current password is wrong."""

    message = "The current password is wrong."


class WrongGlassProof(WrongPassword):
    """Login, password or code is wrong or no owner's, or codes wait or are locked: the answer does not say which."""

    message = (
        "Login, password and recovery code must all be right, and only the account's owner can switch the lists off. "
        "After too many wrong codes, codes wait or are locked; the owner is told of a lock by e-mail."
    )


class PasswordHeld(Refusal):
    """The password is right, but works only later: "it was not me" switched off the user's only second factor."""

    code = "password_held"
    message = "Your new password does not work yet. We told every address and phone of yours. Come back later."


class PasswordChangeNeeded(Refusal):
    """The password is overdue, or was given by the account's owner: the session can only change it."""

    code = "password_change_required"
    message = "Change your password first, with POST /account/password."


class SecondFactorRequired(Refusal):
    """The account requires a second factor of everybody: the session can only enable one."""

    code = "second_factor_required"
    message = "Enable a second factor first, with POST /account/factors/totp or POST /account/factors/sms."


class EnrolmentClosed(Refusal):
    """No authenticator app is being enrolled, or the enrolment has expired."""

    code = "enrolment_closed"
    message = "No enrolment is open. Start again."


class ChallengeClosed(Refusal):
    """The challenge was answered, has expired, or has no attempts left."""

    code = "challenge_closed"
    message = "This sign-in is over. Sign in again."


class ChallengeAnswered(ChallengeClosed):
    """The challenge was answered already: a code works once."""

    message = "This code was already used. Sign in again."


class ChallengeExpired(ChallengeClosed):
    """The challenge's code has expired."""

    message = "The code has expired. Sign in again."


class ChallengeEnding(ChallengeClosed):
    """The challenge ends before a new code could be read."""

    message = "This sign-in ends before a new code could arrive. Sign in again."


class ChallengeSpent(ChallengeClosed):
    """The challenge has no attempts left."""

    message = "Too many wrong codes for this sign-in. Sign in again."


class FactorUnavailable(Refusal):
    """The user has no such second factor."""

    code = "factor_unavailable"
    message = "You have no such second factor. See the factors of the challenge or of your account."


class PhoneInUse(Refusal):
    """As many users of the account as may share a number have this one already."""

    code = "phone_in_use"
    message = f"{policy.NUMBER_HOLDERS} users of your account have this number already. Use another one."


class FactorNeeded(Refusal):
    """Recovery codes need another second factor beside them, and there is none."""

    code = "factor_needed"
    message = "Enable a second factor first."


class LinkClosed(Refusal):
    """The link is unknown, used or expired."""

    code = "link_closed"
    message = "This link no longer works: it was used, it has expired, or something newer took its place."


class WeakPassword(Refusal):
    """The password does not meet the account's rules; `errors` lists each rule that it breaks."""

    code = "weak_password"
    message = "The password does not meet the rules. Choose another one. See errors."

    def __init__(self, misses: list[str]) -> None:
        """*misses* are the codes of the rules that the password breaks."""
        super().__init__()
        self.misses = misses


class WeakGivenPassword(WeakPassword):
    """The password that an owner gives a sub-user does not meet the account's rules."""

    message = "Your password is too weak (use combination of lowercase, uppercase and numeric characters)"

    def __init__(self, misses: list[str], field: str = "password") -> None:
        """*field* is the name of the credential in the request."""
        super().__init__(misses)
        self.field = field

    @property
    def lacks_a_class(self) -> bool:
        """Whether the message, which SMSAPI's clients compare, is the reason: a kind of character is missing."""
        return not {"no_capital", "no_digit"}.isdisjoint(self.misses)


class CodesLocked(Refusal):
    """Codes are locked after too many wrong ones in a row. Accepting an operator's new invitation unlocks them."""

    code = "codes_locked"
    message = "Codes are locked after too many wrong ones. Ask the platform's support for a new invitation link."

"""Refusals of sign-ins: passwords, challenges, second factors, links."""

from shared.errors.base import Refusal


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


class GivenPasswordOver(WrongPassword):
    """The account's owner gave it for one sign-in, and that was, or is too late. It answers like a wrong password."""


class LegacyApiOff(WrongPassword):
    """The account takes no passwords of programs, or its list for machines is off. It answers like a wrong password."""


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
    """The password is overdue and the account insists, or its owner gave it: the session can only change it."""

    code = "password_change_required"
    message = "Change your password first, with POST /account/password."


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


class WeakGivenPassword(WeakPassword):
    """The password that an owner gives a sub-user does not meet the account's rules."""

    message = "Your password is too weak (use combination of lowercase, uppercase and numeric characters)"

    def __init__(self, misses: list[str], field: str = "password") -> None:
        """*field* is which of the credentials it is."""
        super().__init__(misses)
        self.field = field


class CodesLocked(Refusal):
    """The most wrong codes in a row that are ever taken. Only the owner can open this again."""

    code = "codes_locked"
    message = "Codes are locked after too many wrong ones. Follow the e-mail we sent, or ask your operator."

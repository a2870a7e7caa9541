"""Second factors: put a challenge, send its code if it is an SMS, and check the answer."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from shared import policy
from shared.auth import attempt_limits
from shared.crypto import kms, randomness, seal
from shared.delivery.notices import CodeSent
from shared.domain.accounts import Account
from shared.domain.challenges import LOGIN, NO_CODE, Challenge, code_expiry
from shared.domain.identifiers import account_of, is_challenge_id, user_of
from shared.domain.logins import Login
from shared.domain.recovery import RecoveryCodes
from shared.domain.totp import Authenticator, matching_step
from shared.errors import UnknownChallenge, WrongCode
from shared.storage import accounts, challenges, factors
from shared.storage.engine import Write


@dataclass(frozen=True)
class Question:
    """A challenge to be put. It counts once `writes` are committed; queue `notices`, with its code, only after that."""

    challenge: Challenge
    writes: list[Write] = field(repr=False)
    notices: list[CodeSent] = field(repr=False)


@dataclass(frozen=True)
class Attempt:
    """An answer about to be checked: the challenge, the factor used, what is stored of that factor, the account."""

    challenge: Challenge
    factor: str
    held: Authenticator | RecoveryCodes | None = field(repr=False)
    account: Account

    @property
    def user_id(self) -> str:
        return user_of(self.challenge.challenge_id)


@dataclass(frozen=True)
class Proof:
    """A right answer. It counts once `writes` are committed. `codes_left`: recovery codes left, if one was used."""

    writes: list[Write] = field(repr=False)
    codes_left: int | None = None


def asking(
    owner: Login,
    *,
    factor: str | None,
    purpose: str = LOGIN,
    transport: str,
    device_known: bool,
    replaces: str | None = None,
    proved_at: datetime,
    now: datetime,
) -> Question:
    """Return a challenge for *factor*, or for the owner's first factor if they do not have that one.

    Its writes are refused as TooManyMessages, TooManyCodes or CodesLocked.
    """
    own = owner.factors
    challenge = Challenge(
        challenge_id=randomness.challenge_id(owner.user_id),
        purpose=purpose,
        login=owner.login,
        email=owner.email,
        phone=owner.phone,
        language=owner.language,
        channel=factor if factor in own else own[0],
        factors=" ".join(own),
        sealed_code=NO_CODE,
        created_at=proved_at,
        expires_at=proved_at + policy.CHALLENGE_LIFETIME,
        resend_at=now,
        tries_left=policy.ATTEMPTS_PER_CHALLENGE,
        answered=False,
        idle=owner.session_idle,
        transport=transport,
        device_known=device_known,
        replaces=replaces,
        credentials_at=owner.credentials_at,
    )
    return put(challenge, now=now)


def put(challenge: Challenge, *, now: datetime) -> Question:
    """Return *challenge* ready to be stored, with a code to be sent if its channel is SMS.

    Its writes are refused as TooManyMessages, TooManyCodes or CodesLocked.
    """
    allowing = attempt_limits.checking_code_attempts(user_of(challenge.challenge_id), now=now)
    if challenge.channel != "sms":
        return Question(challenge, [allowing, challenges.adding(challenge)], [])
    texted, message = texting(challenge, now=now)
    return Question(texted, [allowing, *charging(texted, now=now), challenges.adding(texted)], [message])


def texting(challenge: Challenge, *, now: datetime) -> tuple[Challenge, CodeSent]:
    """Return the challenge with a new code, and the SMS that carries it. Once stored it voids an older code."""
    code = randomness.code()
    texted = replace(
        challenge,
        channel="sms",
        sealed_code=seal.code(challenge.challenge_id, code),
        expires_at=code_expiry(started_at=challenge.created_at, now=now),
        resend_at=now + policy.RESEND_AFTER,
    )
    notice_id = f"code:{challenge.challenge_id}:{now.timestamp()}"
    return texted, CodeSent(notice_id, str(challenge.phone), challenge.language, code, texted.expires_at)


def charging(challenge: Challenge, *, now: datetime) -> list[Write]:
    """Count one SMS against the limits of the challenge's number and account. Refused as TooManyMessages."""
    return attempt_limits.charging_message(str(challenge.phone), user_of(challenge.challenge_id), now=now)


def find(challenge_id: str, factor: str | None, *, purposes: tuple[str, ...], now: datetime) -> Attempt:
    """Return the challenge with its account and the stored data of *factor*, in one round trip.

    Without *factor* it is the factor that the challenge asked for. Raises UnknownChallenge if there is no such
    challenge for one of *purposes*, ChallengeClosed if it is answered, expired or out of attempts, FactorUnavailable
    if its user does not have the factor.
    """
    if not is_challenge_id(challenge_id):
        raise UnknownChallenge
    account_key = accounts.key(account_of(challenge_id))
    challenge, (row, *rows) = challenges.find_with(
        challenge_id, account_key, *factors.keys_for(factor, user_of(challenge_id))
    )
    account = accounts.read(row)
    if challenge is None or account is None or challenge.purpose not in purposes:
        raise UnknownChallenge
    challenge.must_be_open(now=now)
    meant = factor or challenge.channel
    challenge.must_take(meant)
    return Attempt(challenge, meant, factors.held(meant, rows), account)


def recording(attempt: Attempt, *, now: datetime) -> list[Write]:
    """Count an attempt against the challenge and its user. Commit before `prove`, so that guesses in parallel all pay.

    Refused as ChallengeClosed, TooManyCodes or CodesLocked.
    """
    return [
        challenges.recording_attempt(attempt.challenge),
        attempt_limits.recording_code_attempt(attempt.user_id, now=now),
    ]


def prove(attempt: Attempt, code: str, *, now: datetime) -> Proof:
    """Return the proof if *code* is right. The attempt must have been recorded before. Raises WrongCode."""
    match attempt:
        case Attempt(factor="sms", challenge=challenge):
            return _by_message(challenge, code)
        case Attempt(factor="totp", held=Authenticator() as held):
            return Proof([factors.accepting_step(held, step=_step(held, code, now=now))])
        case Attempt(factor="recovery_code", held=RecoveryCodes() as held):
            return by_recovery_code(held, code)
    raise WrongCode  # the factor was switched off meanwhile


def closing(attempt: Attempt, proof: Proof) -> list[Write]:
    """Close the challenge, use up the proof, and reset the count of wrong codes.

    Refused as ChallengeClosed if another answer or a newer code came first, as WrongCode if the proof was used before.
    """
    answering = challenges.answering(attempt.challenge)
    return [answering, *proof.writes, attempt_limits.resetting_code_attempts(attempt.user_id)]


def _by_message(challenge: Challenge, code: str) -> Proof:
    if challenge.sealed_code == NO_CODE or not seal.is_code(challenge.sealed_code, challenge.challenge_id, code):
        raise WrongCode
    return Proof([])


def _step(held: Authenticator, code: str, *, now: datetime) -> int:
    """Return the unused time step that *code* belongs to (RFC 6238). Raises WrongCode if there is none."""
    secret = kms.decrypt(held.secret_blob, user_id=held.user_id)
    step = matching_step(secret, code, after=held.last_step, now=now)
    if step is None:
        raise WrongCode
    return step


def by_recovery_code(held: RecoveryCodes, code: str) -> Proof:
    """Return the proof if *code* is one of the unused recovery codes. The attempt must have been recorded before.

    Raises WrongCode if it is not.
    """
    digest = seal.digest("recovery", held.user_id, code)
    if digest not in held.codes:
        raise WrongCode
    return Proof([factors.using_code(held.user_id, digest)], codes_left=len(held.codes) - 1)

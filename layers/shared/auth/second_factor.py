"""The second step: which factor is asked for, the message where it is an SMS, and what proves it once."""

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
    """A challenge about to be put. It counts once `writes` are committed, and its code leaves with `notices`."""

    challenge: Challenge
    writes: list[Write] = field(repr=False)
    notices: list[CodeSent] = field(repr=False)


@dataclass(frozen=True)
class Attempt:
    """A challenge, the factor that it is answered with, and what the tables hold of that factor and of the account."""

    challenge: Challenge
    factor: str
    held: Authenticator | RecoveryCodes | None = field(repr=False)
    account: Account

    @property
    def user_id(self) -> str:
        return user_of(self.challenge.challenge_id)


@dataclass(frozen=True)
class Proof:
    """A right answer. It counts once `writes` are committed. `codes_left` is told where a recovery code was used."""

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
    """Asks for *factor* where the owner has it, for his first one where he has not.

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
        tries_left=policy.TRIES_PER_CHALLENGE,
        answered=False,
        idle=owner.session_idle,
        transport=transport,
        device_known=device_known,
        replaces=replaces,
        credentials_at=owner.credentials_at,
    )
    return put(challenge, now=now)


def put(challenge: Challenge, *, now: datetime) -> Question:
    """Puts *challenge*, with a code on its way where its channel is SMS."""
    allowing = attempt_limits.allowing_code(user_of(challenge.challenge_id), now=now)
    if challenge.channel != "sms":
        return Question(challenge, [allowing, challenges.adding(challenge)], [])
    texted, message = texting(challenge, now=now)
    return Question(texted, [allowing, *charging(texted, now=now), challenges.adding(texted)], [message])


def texting(challenge: Challenge, *, now: datetime) -> tuple[Challenge, CodeSent]:
    """The challenge with a new code, and the message that carries it. An older code is void from that moment."""
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
    """One SMS for the challenge's number and account. Refused as TooManyMessages."""
    return attempt_limits.charging_message(str(challenge.phone), user_of(challenge.challenge_id), now=now)


def find(challenge_id: str, factor: str | None, *, purposes: tuple[str, ...], now: datetime) -> Attempt:
    """The challenge, its account and what is held of *factor*, in one round trip.

    Without *factor* it is the one asked for.

    Raises UnknownChallenge, ChallengeClosed where no answer can be right any more, or FactorUnavailable.
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


def paying(attempt: Attempt, *, now: datetime) -> list[Write]:
    """Spends a try of the challenge and of its user. Refused as ChallengeClosed, TooManyCodes or CodesLocked."""
    return [challenges.paying(attempt.challenge), attempt_limits.paying_for_code(attempt.user_id, now=now)]


def prove(attempt: Attempt, code: str, *, now: datetime) -> Proof:
    """Raises WrongCode. The try must have been paid for."""
    match attempt:
        case Attempt(factor="sms", challenge=challenge):
            return _by_message(challenge, code)
        case Attempt(factor="totp", held=Authenticator() as held):
            return Proof([factors.accepting_step(held, step=_step(held, code, now=now))])
        case Attempt(factor="recovery_code", held=RecoveryCodes() as held):
            return by_recovery_code(held, code)
    raise WrongCode  # the factor was switched off meanwhile


def closing(attempt: Attempt, proof: Proof) -> list[Write]:
    """The challenge is answered, the proof is used up, and the wrong answers before it are forgiven."""
    answering = challenges.answering(attempt.challenge)
    return [answering, *proof.writes, attempt_limits.forgiving_codes(attempt.user_id)]


def _by_message(challenge: Challenge, code: str) -> Proof:
    if challenge.sealed_code == NO_CODE or not seal.is_code(challenge.sealed_code, challenge.challenge_id, code):
        raise WrongCode
    return Proof([])


def _step(held: Authenticator, code: str, *, now: datetime) -> int:
    secret = kms.decrypt(held.secret_blob, user_id=held.user_id)
    step = matching_step(secret, code, after=held.last_step, now=now)
    if step is None:
        raise WrongCode
    return step


def by_recovery_code(held: RecoveryCodes, code: str) -> Proof:
    """Raises WrongCode. The try must have been paid for."""
    digest = seal.digest("recovery", held.user_id, code)
    if digest not in held.codes:
        raise WrongCode
    return Proof([factors.using_code(held.user_id, digest)], codes_left=len(held.codes) - 1)

"""Second factors: put a challenge, and check the answer by the row of the factor that it was given with.

A new kind of factor is a module in `auth.factors`, a row in FACTORS, and a name among `domain.challenges.FACTORS`.
"""

from dataclasses import replace
from datetime import datetime

from shared import policy
from shared.auth import attempt_limits, code_attempts, message_limits
from shared.auth.code_attempts import Guesser
from shared.auth.factors.base import Attempt, Factor, Proof, Question
from shared.auth.factors.recovery_code import RecoveryCodeFactor
from shared.auth.factors.sms import SmsFactor
from shared.auth.factors.totp import TotpFactor
from shared.crypto import randomness
from shared.domain.challenges import GIVEN, GIVEN_BEFORE, LOGIN, NO_CODE, Challenge
from shared.domain.identifiers import account_of, is_challenge_id, user_of
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.domain.users import User
from shared.errors import UnknownChallenge
from shared.storage import accounts, challenges, failure_marks
from shared.storage.engine import Write
from shared.storage.message_budgets import ALONE, Asking

FACTORS: dict[str, Factor] = {factor.name: factor for factor in (TotpFactor(), SmsFactor(), RecoveryCodeFactor())}
"""Every kind, by its name. If a user has several, the first of them is asked for."""


def of(holder: User | Login) -> list[Factor]:
    """Return the factors that can prove *holder* beside their password, the one to be asked for first."""
    own = [factor for factor in FACTORS.values() if factor.is_on(holder)]
    return [] if all(factor.stands_in for factor in own) else own


def asking(
    owner: Login,
    *,
    factor: str | None,
    purpose: str = LOGIN,
    transport: str,
    device_known: bool,
    device_seen_at: datetime,
    expected: bool = False,
    replaces: str | None = None,
    asking: Asking,
    proved_at: datetime,
    now: datetime,
) -> Question:
    """Return a challenge for *factor*, or for the owner's first factor if they do not have that one.

    Its writes are refused as TooManyChallenges, TooManyMessages, TooManyCodes, CodesLocked or AskOtherwise.
    """
    own = [one.name for one in of(owner)]
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
        device_seen_at=device_seen_at,
        phone_unproved=_unproved(owner, asking),
        expected=expected,
        email_at=owner.email_at,
    )
    return put(challenge, asking, now=now)


def _unproved(owner: Login, asking: Asking) -> str | None:
    """Return in which state the owner's number is if they have not proved it, None if they have."""
    if not owner.phone_given:
        return None
    return GIVEN_BEFORE if asking.given_before else GIVEN


def put(challenge: Challenge, asking: Asking = ALONE, *, now: datetime) -> Question:
    """Return *challenge* ready to be stored, with a code to be sent if its channel is SMS.

    Its writes are refused as TooManyChallenges, TooManyMessages, TooManyCodes, CodesLocked or AskOtherwise.
    """
    asked = FACTORS[challenge.channel].ask(challenge, asking, now=now)
    allowing = attempt_limits.checking_code_attempts(user_of(challenge.challenge_id), now=now)
    beginning = message_limits.beginning(challenge, now=now)
    return replace(asked, writes=[allowing, *asked.writes, beginning, challenges.adding(asked.challenge)])


def find(challenge_id: str, factor: str | None, *, purposes: tuple[str, ...], now: datetime) -> Attempt:
    """Return the challenge with its account and the stored data of *factor*, in one round trip.

    Without *factor* it is the factor that the challenge asked for. Raises UnknownChallenge if there is no such
    challenge for one of *purposes*, AccountSuspended, ChallengeClosed if it is answered, expired or out of attempts,
    FactorUnavailable if its user does not have the factor.
    """
    if not is_challenge_id(challenge_id):
        raise UnknownChallenge
    user_id = user_of(challenge_id)
    # Which factor the challenge asked for is not known before it is read, so what any of them needs is read with it.
    possible = [FACTORS[factor]] if factor else [one for one in FACTORS.values() if not one.stands_in]
    keys = [key for one in possible for key in one.keys(user_id)]
    beside = [accounts.key(account_of(challenge_id)), attempt_limits.code_attempts_key(user_id)]
    challenge, (row, counted, *rows) = challenges.find_with(challenge_id, *beside, *keys)
    account = accounts.read(row)
    if challenge is None or account is None or challenge.purpose not in purposes:
        raise UnknownChallenge
    accounts.must_be_active(account)
    challenge.must_be_open(now=now)
    meant = factor or challenge.channel
    challenge.must_take(meant)
    found = dict(zip(keys, rows, strict=True))
    of_factor = [found[key] for key in FACTORS[meant].keys(user_id) if key in found]
    return Attempt(challenge, meant, of_factor, account, failure_marks.marks_in(counted))


def prove(attempt: Attempt, code: str, *, origin: Origin, now: datetime) -> Proof:
    """Pay for an attempt, of the challenge and of its user, and return the proof if *code* is right.

    Raises WrongCode, ChallengeClosed, TooManyCodes or CodesLocked.
    """
    with code_attempts.paid_for(_guesser(attempt, origin), challenges.recording_attempt(attempt.challenge), now=now):
        return FACTORS[attempt.factor].prove(attempt, code, now=now)


def closing(attempt: Attempt, proof: Proof, *, origin: Origin, now: datetime) -> list[Write]:
    """Close the challenge, use up the proof, and reset the count of wrong codes.

    Refused as ChallengeClosed if another answer or a newer code came first, as WrongCode if the proof was used before.
    """
    answering = challenges.answering(attempt.challenge)
    return [answering, *proof.writes, forgiving(attempt, origin, now=now)]


def forgiving(attempt: Attempt, origin: Origin, *, now: datetime) -> Write:
    """Reset the count of wrong codes: this one was right."""
    return code_attempts.resetting(_guesser(attempt, origin), now=now)


def _guesser(attempt: Attempt, origin: Origin) -> Guesser:
    return Guesser(attempt.user_id, attempt.challenge, origin, attempt.marks)

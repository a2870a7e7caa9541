"""The story of POST /verify-code and its resend: a second factor is proved once, and a session opens."""

from datetime import datetime

from shared import audit
from shared.auth import attempt_limits, second_factor
from shared.auth.second_factor import Attempt, Proof
from shared.auth.session_opening import Admission, admission
from shared.delivery import queue
from shared.delivery.notices import RecoveryCodeUsed
from shared.domain.activity import Event
from shared.domain.challenges import CONFIRMATION, LOGIN, PHONE, Challenge
from shared.domain.identifiers import user_of
from shared.domain.origins import Origin
from shared.errors import Unavailable
from shared.storage import challenges
from shared.storage.engine import Write, commit


def find_attempt(challenge_id: str, factor: str | None, *, now: datetime) -> Attempt:
    """Raises UnknownChallenge, ChallengeClosed or FactorUnavailable."""
    return second_factor.find(challenge_id, factor, purposes=(LOGIN, CONFIRMATION), now=now)


def verify_code(attempt: Attempt, code: str, *, origin: Origin, now: datetime) -> Admission:
    """A right answer earns a session; any answer is paid for before it is looked at.

    Raises AddressNotAllowed, for an answer that costs no try: right or wrong, it may be given from another address.
    Nothing insists that the list is still the same as the session opens, since each use of it is held against it.
    """
    attempt.account.must_admit(origin.address, now=now)
    commit(*second_factor.paying(attempt, now=now))
    proof = second_factor.prove(attempt, code, now=now)
    challenge = attempt.challenge
    admitted = admission(
        attempt.user_id,
        login=challenge.login,
        factors=f"password {attempt.factor}",
        idle=challenge.idle,
        transport=challenge.transport,
        known=challenge.device_known,
        proved_at=challenge.created_at,
        credentials_at=challenge.credentials_at,
        replaces=challenge.replaces,
        event=Event.CONFIRMED if challenge.replaces else Event.LOGIN,
        origin=origin,
        now=now,
    )
    commit(*second_factor.closing(attempt, proof), *admitted.writes, *_noted(attempt, proof, origin, now=now))
    queue.tell(*_told(attempt, proof, origin, now=now))
    return admitted


def find_resendable(challenge_id: str, *, now: datetime) -> Challenge:
    """Raises UnknownChallenge, ChallengeClosed, or FactorUnavailable where there is no phone to send to."""
    return second_factor.find(challenge_id, "sms", purposes=(LOGIN, CONFIRMATION, PHONE), now=now).challenge


def resend_code(before: Challenge, *, now: datetime) -> Challenge:
    """A new code on the same challenge; the old one is void from this moment, and tries are not given back."""
    before.must_allow_resend(now=now)
    after, message = second_factor.texting(before, now=now)
    commit(
        challenges.resending(before, after),
        attempt_limits.allowing_code(user_of(before.challenge_id), now=now),
        *second_factor.charging(after, now=now),
    )
    try:
        queue.put(message)
    except Unavailable:
        commit(challenges.allowing_resend(after, at=before.resend_at))
        raise
    return after


def _noted(attempt: Attempt, proof: Proof, origin: Origin, *, now: datetime) -> list[Write]:
    if proof.codes_left is None:
        return []
    login = attempt.challenge.login
    return [audit.noting(Event.RECOVERY_CODE_USED, attempt.user_id, actor=login, origin=origin, now=now)]


def _told(attempt: Attempt, proof: Proof, origin: Origin, *, now: datetime) -> list[RecoveryCodeUsed]:
    if proof.codes_left is None:
        return []
    to = attempt.challenge
    notice_id = f"recovery-code:{to.challenge_id}"
    return [RecoveryCodeUsed(notice_id, to.email, to.language, to.login, proof.codes_left, now, origin.address)]

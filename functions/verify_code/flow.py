"""The story of POST /verify-code and its resend: a code proves the phone."""

from dataclasses import replace
from datetime import datetime

from shared import chance, gatekeeper, policy, seal
from shared.admission import Admission, admission
from shared.delivery import queue
from shared.delivery.notices import CodeSent
from shared.domain.challenges import Challenge, code_expiry
from shared.domain.identifiers import is_challenge_id, user_of
from shared.domain.origins import Origin
from shared.errors import Unavailable, UnknownChallenge, WrongCode
from shared.storage import challenges
from shared.storage.engine import commit


def find_challenge(challenge_id: str, *, now: datetime) -> Challenge:
    """Raises UnknownChallenge, or ChallengeClosed where no code can be right any more."""
    challenge = challenges.find(challenge_id) if is_challenge_id(challenge_id) else None
    if challenge is None:
        raise UnknownChallenge
    challenge.must_be_open(now=now)
    return challenge


def verify_code(challenge: Challenge, code: str, *, origin: Origin, now: datetime) -> Admission:
    """A right answer earns a session; any answer is paid for before it is looked at."""
    user_id = user_of(challenge.challenge_id)
    commit(challenges.paying(challenge), gatekeeper.paying_for_code(user_id, now=now))
    if not seal.is_code(challenge.sealed_code, challenge.challenge_id, code):
        raise WrongCode
    admitted = admission(
        user_id,
        factors="password sms",
        idle=challenge.idle,
        transport=challenge.transport,
        known=challenge.device_known,
        proved_at=challenge.created_at,
        origin=origin,
        now=now,
    )
    commit(challenges.answering(challenge), *admitted.writes, gatekeeper.forgiving_codes(user_id))
    return admitted


def resend_code(before: Challenge, *, now: datetime) -> Challenge:
    """A new code on the same challenge; the old one is void from this moment, and tries are not given back."""
    before.must_allow_resend(now=now)
    code, user_id = chance.code(), user_of(before.challenge_id)
    after = replace(
        before,
        sealed_code=seal.code(before.challenge_id, code),
        expires_at=code_expiry(started_at=before.created_at, now=now),
        resend_at=now + policy.RESEND_AFTER,
    )
    commit(
        challenges.resending(before, after),
        gatekeeper.allowing_code(user_id, now=now),
        *gatekeeper.charging_message(before.phone, user_id, now=now),
    )
    notice_id = f"code:{before.challenge_id}:{now.timestamp()}"
    try:
        queue.put(CodeSent(notice_id, before.phone, before.language, code, after.expires_at))
    except Unavailable:
        commit(challenges.allowing_resend(after, at=before.resend_at))
        raise
    return after

"""Flows of POST /verify-code and /verify-code/resend: check the second factor and open a session."""

from datetime import datetime

from shared import audit
from shared.auth import attempt_limits, devices, half_sign_ins, message_limits, second_factor
from shared.auth.factors import sms
from shared.auth.factors.base import Attempt, Proof
from shared.auth.session_opening import NewSession, new_session, open_session
from shared.delivery import account_mail, queue
from shared.delivery.letters import NewDeviceSeen, RecoveryCodeUsed
from shared.domain.activity import Event
from shared.domain.challenges import PHONE, RESET, SIGN_INS, Challenge
from shared.domain.identifiers import account_of, user_of
from shared.domain.origins import Origin
from shared.errors import TooManyNewDevices, Unavailable
from shared.storage import accounts, challenges
from shared.storage.engine import Write, commit


def find_attempt(challenge_id: str, factor: str | None, *, now: datetime) -> Attempt:
    """Return the challenge, to be answered by *factor*.

    Raises UnknownChallenge, ChallengeClosed or FactorUnavailable.
    """
    return second_factor.find(challenge_id, factor, purposes=SIGN_INS, now=now)


def verify_code(attempt: Attempt, code: str, *, origin: Origin, now: datetime) -> NewSession:
    """Open a session if *code* is right.

    Raises WrongCode, TooManyCodes, CodesLocked, ChallengeClosed, AccountSuspended, TooManyNewDevices, or
    AddressNotAllowed, which costs no attempt, so that the same code can still be given from a listed address.
    """
    # The list is not asserted again in the transaction below: each request with the session is checked against it.
    attempt.account.must_admit(origin.address, now=now)
    proof = second_factor.prove(attempt, code, origin=origin, now=now)
    challenge = attempt.challenge
    opened = new_session(
        attempt.user_id,
        login=challenge.login,
        factors=_proved(attempt),
        idle=challenge.idle,
        transport=challenge.transport,
        known=challenge.device_known,
        counted=challenge.purpose != RESET,
        device_seen_at=challenge.device_seen_at,
        # The first factor was proved when the challenge was made: what was voided since then voids this answer too.
        proved_at=challenge.created_at,
        credentials_at=challenge.credentials_at,
        replaces=challenge.replaces,
        event=Event.CONFIRMED if challenge.replaces else Event.LOGIN,
        origin=origin,
        now=now,
    )
    linked, told = _new_device(challenge, origin, now=now)
    beside = [
        *linked,
        accounts.being_active(attempt.account.account_id),
        *second_factor.closing(attempt, proof, origin=origin, now=now),
        *_recovery_code_entry(attempt, proof, origin, now=now),
    ]
    try:
        opened = open_session(opened, lambda opening: commit(*beside, *opening), now=now)
    except TooManyNewDevices as refusal:
        forgiving = second_factor.forgiving(attempt, origin, now=now)
        half_sign_ins.tell_of_refusal(
            refusal, challenge, origin, forgiving, proof=_proved(attempt), known=False, now=now
        )
        raise
    queue.tell(*told, *_recovery_code_letter(attempt, proof, opened, origin, now=now))
    return opened


def _proved(attempt: Attempt) -> str:
    """Return what the user has given: the password, and the second factor of this attempt."""
    return f"password {attempt.factor}"


def _new_device(challenge: Challenge, origin: Origin, *, now: datetime) -> tuple[list[Write], list[NewDeviceSeen]]:
    """Return the e-mail about a session from an unknown device, and the write that stores its link."""
    if challenge.device_known or challenge.expected:
        return [], []
    adding, told = devices.telling(challenge, origin, since=challenge.device_seen_at, now=now)
    return [adding], [told]


def find_resendable(challenge_id: str, *, now: datetime) -> Challenge:
    """Return the challenge whose code is to be sent again. Raises UnknownChallenge, ChallengeClosed, or
    FactorUnavailable if the user has no phone.
    """
    return second_factor.find(challenge_id, "sms", purposes=(*SIGN_INS, PHONE), now=now).challenge


def resend_code(before: Challenge, *, now: datetime) -> Challenge:
    """Send a new code for the same challenge. The old code is void from then on; used attempts stay used.

    Raises ResendTooSoon, TooManyMessages, TooManyCodes, CodesLocked, ChallengeClosed, AccountSuspended or Unavailable.
    """
    before.must_allow_resend(now=now)
    after, message = sms.texting(before, now=now)
    commit(
        accounts.being_active(account_of(before.challenge_id)),
        challenges.resending(before, after),
        attempt_limits.checking_code_attempts(user_of(before.challenge_id), now=now),
        *message_limits.charging_resend(after, now=now),
    )
    try:
        queue.put(message)
    except Unavailable:
        # The new code never left, and the old one is void: let the user ask again at once.
        commit(challenges.allowing_resend(after, at=before.resend_at))
        raise
    return after


def _recovery_code_entry(attempt: Attempt, proof: Proof, origin: Origin, *, now: datetime) -> list[Write]:
    """Return the activity entry of a used recovery code; the session has its own entry."""
    if proof.codes_left is None:
        return []
    login = attempt.challenge.login
    proved = _proved(attempt)
    return [audit.noting(Event.RECOVERY_CODE_USED, attempt.user_id, actor=login, proof=proved, origin=origin, now=now)]


def _recovery_code_letter(
    attempt: Attempt, proof: Proof, opened: NewSession, origin: Origin, *, now: datetime
) -> list[RecoveryCodeUsed]:
    """Return the e-mail about a used recovery code."""
    if proof.codes_left is None:
        return []
    to = attempt.challenge
    notice_id = f"recovery-code:{opened.session.session_id}"
    used = account_mail.addressed(
        RecoveryCodeUsed, notice_id, to, left=proof.codes_left, at=now, address=origin.address
    )
    return [used]

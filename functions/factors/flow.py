"""The story of second factors: each is proved before it is switched on, and every change ends the other sessions."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from factors import qr
from shared import policy
from shared.auth import attempt_limits, second_factor
from shared.auth.sessions import Person
from shared.crypto import kms, randomness, seal
from shared.delivery import account_mail, queue
from shared.domain import phone_numbers, recovery, totp
from shared.domain.activity import Event
from shared.domain.challenges import NO_CODE, PHONE, Challenge
from shared.domain.origins import Origin
from shared.domain.recovery import RecoveryCodes
from shared.domain.totp import Enrolment
from shared.domain.users import User
from shared.errors import ChallengeClosed, EnrolmentClosed, FactorNeeded, NothingThere, UnknownChallenge, WrongCode
from shared.storage import factors, logins, sessions, users
from shared.storage.engine import Write, commit


@dataclass(frozen=True)
class App:
    """What an authenticator app needs to know. It is told this once."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    svg: str = field(repr=False)


def codes_left(user: User) -> int:
    _, codes = factors.of_user(user.user_id)
    return len(codes.codes) if codes else 0


def ask_phone(person: Person, phone: str, *, now: datetime) -> Challenge:
    """A code goes to *phone*; nothing changes before it comes back. Raises NotMobile."""
    user = person.user
    challenge = Challenge(
        challenge_id=randomness.challenge_id(user.user_id),
        purpose=PHONE,
        login=user.login,
        email=user.email,
        phone=phone_numbers.canonical(phone),
        language=user.language,
        channel="sms",
        factors="sms",
        sealed_code=NO_CODE,
        created_at=now,
        expires_at=now,
        resend_at=now,
        tries_left=policy.TRIES_PER_CHALLENGE,
        answered=False,
        idle=person.session.idle,
        transport=person.session.transport,
        device_known=True,
        credentials_at=user.credentials_at,
    )
    question = second_factor.put(challenge, now=now)
    commit(*question.writes, *person.still_allowed())
    queue.put(*question.notices)
    return question.challenge


def prove_phone(person: Person, challenge_id: str, code: str, *, origin: Origin, now: datetime) -> User:
    """The code switches SMS on, or over to the new number; the old factor was proved by the step-up."""
    attempt = second_factor.find(challenge_id, "sms", purposes=(PHONE,), now=now)
    if attempt.user_id != person.user.user_id:
        raise UnknownChallenge
    if not person.user.honours(proved_at=attempt.challenge.created_at, credentials_at=attempt.challenge.credentials_at):
        raise ChallengeClosed
    commit(*second_factor.paying(attempt, now=now))
    proof = second_factor.prove(attempt, code, now=now)
    change, event = ("sms_changed", Event.FACTOR_CHANGED) if person.user.phone else ("sms_on", Event.FACTOR_ADDED)
    changing = _changing(person, "sms", event, origin, now=now, phone=attempt.challenge.phone)
    commit(*second_factor.closing(attempt, proof), *changing)
    queue.tell(*account_mail.change_made(change, person.user, origin=origin, now=now))
    return replace(person.user, phone=attempt.challenge.phone)


def drop_phone(person: Person, *, origin: Origin, now: datetime) -> None:
    """Raises NothingThere where SMS is not on."""
    if person.user.phone is None:
        raise NothingThere
    _drop(person, "sms", "sms_off", [], origin, now=now, phone=None)


def enrol_app(person: Person, *, now: datetime) -> App:
    """A secret for an authenticator app. It is good for nothing until a code made with it has come back."""
    user_id, secret = person.user.user_id, randomness.totp_secret()
    blob = kms.encrypt(secret, user_id=user_id)
    enrolment = Enrolment(user_id, blob, now + policy.ENROLMENT_LIFETIME)
    commit(factors.enrolling(enrolment), *person.still_allowed())
    uri = totp.provisioning_uri(secret, login=person.user.login)
    return App(secret, uri, qr.svg(uri))


def prove_app(person: Person, code: str, *, origin: Origin, now: datetime) -> User:
    """The first code switches the app on. Raises EnrolmentClosed, or WrongCode once the try is paid for."""
    user_id = person.user.user_id
    enrolment = factors.find_enrolment(user_id)
    if enrolment is None or not enrolment.is_open(now=now):
        raise EnrolmentClosed
    commit(attempt_limits.paying_for_code(user_id, now=now))
    secret = kms.decrypt(enrolment.secret_blob, user_id=user_id)
    step = totp.matching_step(secret, code, after=0, now=now)
    if step is None:
        raise WrongCode
    event = Event.FACTOR_CHANGED if person.user.has_totp else Event.FACTOR_ADDED
    commit(
        *factors.confirming(enrolment, step=step, now=now),
        attempt_limits.forgiving_codes(user_id),
        *_changing(person, "totp", event, origin, now=now, has_totp=True),
    )
    queue.tell(*account_mail.change_made("totp_on", person.user, origin=origin, now=now))
    return replace(person.user, has_totp=True)


def drop_app(person: Person, *, origin: Origin, now: datetime) -> None:
    """Raises NothingThere where no app is on."""
    if not person.user.has_totp:
        raise NothingThere
    _drop(person, "totp", "totp_off", [factors.removing_totp(person.user.user_id)], origin, now=now, has_totp=False)


def make_codes(person: Person, *, origin: Origin, now: datetime) -> list[str]:
    """New recovery codes as a person writes them; all older ones are void. Raises FactorNeeded."""
    user = person.user
    if not user.has_second_factor:
        raise FactorNeeded
    codes = randomness.recovery_codes()
    sealed = frozenset(seal.digest("recovery", user.user_id, code) for code in codes)
    commit(
        factors.making_codes(RecoveryCodes(user.user_id, sealed, of=len(codes), since=now)),
        logins.having_codes(user.login),
        users.ending_everything(user.user_id, now=now, by=person.session),
        sessions.keeping(person.session, now=now),
        person.noting(Event.RECOVERY_CODES_MADE, origin, now=now, detail="recovery_code"),
    )
    queue.tell(*account_mail.change_made("recovery_codes_made", person.user, origin=origin, now=now))
    return [recovery.written(code) for code in codes]


def _drop(
    person: Person, factor: str, change: str, writes: list[Write], origin: Origin, *, now: datetime, **facts: Any
) -> None:
    """Recovery codes go with the last factor that they stand in for."""
    if not replace(person.user, **facts).has_second_factor:
        writes = [*writes, factors.removing_codes(person.user.user_id)]
    commit(*writes, *_changing(person, factor, Event.FACTOR_REMOVED, origin, now=now, **facts))
    queue.tell(*account_mail.change_made(change, person.user, origin=origin, now=now))


def _changing(person: Person, factor: str, event: Event, origin: Origin, *, now: datetime, **facts: Any) -> list[Write]:
    """The sign-in and the user learn of it in one moment, every other session ends, and this one goes on."""
    user, session = person.user, person.session
    left = {} if replace(user, **facts).has_second_factor else {"has_recovery_codes": False}
    proved = [*session.factors.split(), factor] if event != Event.FACTOR_REMOVED else session.factors.split()
    return [
        users.ending_everything(user.user_id, now=now, by=session, credentials_at=now, **facts),
        logins.changing(user.login, credentials_at=now, **facts, **left),
        sessions.keeping(session, now=now, credentials_at=now, factors=" ".join(dict.fromkeys(proved))),
        person.noting(event, origin, now=now, detail=factor),
    ]

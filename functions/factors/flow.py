"""Flows of second factors: enrol, prove and remove one.

A factor counts only after it was proved, and every change ends the user's other sessions (ASVS V7.4.3).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from factors import qr
from shared import policy, settings
from shared.auth import attempt_limits, code_attempts, email_links, kept_values, message_limits, second_factor
from shared.auth.code_attempts import Guesser
from shared.auth.email_links import IssuedLink
from shared.auth.factors.base import Factor
from shared.auth.sessions import Person
from shared.crypto import kms, randomness, seal
from shared.delivery import account_mail, queue
from shared.delivery.notices import Notice, PhoneTold
from shared.domain import phone_numbers, recovery, totp
from shared.domain.activity import Event
from shared.domain.challenges import NEW, NO_CODE, PHONE, Challenge
from shared.domain.links import UNDO
from shared.domain.origins import Origin
from shared.domain.recovery import RecoveryCodes
from shared.domain.totp import Enrolment
from shared.domain.users import User
from shared.errors import (
    ChallengeClosed,
    EnrolmentClosed,
    FactorNeeded,
    LastFactorRequired,
    NotFound,
    PhoneCountryRefused,
    UnknownChallenge,
    WrongCode,
)
from shared.sending import price_list
from shared.storage import accounts, factors, failure_marks, logins, sessions, users
from shared.storage.engine import Write, commit


@dataclass(frozen=True)
class App:
    """The secret of a new authenticator app, as text, as an `otpauth:` URI and as a QR code. It is shown only once."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    svg: str = field(repr=False)


def codes_left(user: User) -> int:
    """Return how many recovery codes are unused."""
    _, codes = factors.of_user(user.user_id)
    return len(codes.codes) if codes else 0


def ask_phone(person: Person, phone: str, *, origin: Origin, now: datetime) -> Challenge:
    """Send a code to *phone*. Nothing changes until `prove_phone` gets it back.

    Raises NotMobile, PhoneCountryRefused, PhoneInUse, TooManyMessages, TooManyChallenges, TooManyCodes or CodesLocked.
    """
    user, number = person.user, phone_numbers.canonical(phone)
    if number != user.phone:
        _must_be_enrollable(number)
    challenge = Challenge(
        challenge_id=randomness.challenge_id(user.user_id),
        purpose=PHONE,
        login=user.login,
        email=user.email,
        phone=number,
        language=user.language,
        channel="sms",
        factors="sms",
        sealed_code=NO_CODE,
        created_at=now,
        expires_at=now,
        resend_at=now,
        tries_left=policy.ATTEMPTS_PER_CHALLENGE,
        answered=False,
        idle=person.session.idle,
        transport=person.session.transport,
        device_known=True,
        credentials_at=user.credentials_at,
        phone_unproved=None if number == user.phone else NEW,
    )
    question = second_factor.put(challenge, now=now)
    enrolling = message_limits.enrolling(user, number, origin, now=now)
    commit(*enrolling, *question.writes, *person.still_allowed())
    queue.put(*question.notices)
    return question.challenge


def prove_phone(person: Person, challenge_id: str, code: str, *, origin: Origin, now: datetime) -> User:
    """Turn on SMS as a second factor, or change its number, if *code* is the one that was sent there.

    The old factor was proved by the step-up that the route asks for. Raises UnknownChallenge, ChallengeClosed,
    WrongCode, TooManyCodes, CodesLocked, or PhoneInUse if others of the account got the number meanwhile.
    """
    attempt = second_factor.find(challenge_id, "sms", purposes=(PHONE,), now=now)
    if attempt.user_id != person.user.user_id:
        raise UnknownChallenge
    if not person.user.honours(proved_at=attempt.challenge.created_at, credentials_at=attempt.challenge.credentials_at):
        raise ChallengeClosed
    proof = second_factor.prove(attempt, code, origin=origin, now=now)
    change, event = ("sms_changed", Event.FACTOR_CHANGED) if person.user.phone else ("sms_on", Event.FACTOR_ADDED)
    changing = _changing_factor(person, "sms", event, origin, now=now, phone=attempt.challenge.phone)
    undo = email_links.issue(UNDO, person.user, now=now)
    keeping = kept_values.keeping_phone(person, now=now)
    holding = message_limits.holding(person.user, attempt.challenge.phone)
    commit(*second_factor.closing(attempt, proof, origin=origin, now=now), *changing, *holding, keeping, undo.adding)
    _tell_of_phone(change, person, undo, origin, now=now)
    return replace(person.user, phone=attempt.challenge.phone)


def enrol_app(person: Person, *, now: datetime) -> App:
    """Return a new secret for an authenticator app. It counts only once `prove_app` gets a code made with it."""
    user_id, secret = person.user.user_id, randomness.totp_secret()
    blob = kms.encrypt(secret, user_id=user_id)
    enrolment = Enrolment(user_id, blob, now + policy.ENROLMENT_LIFETIME)
    commit(factors.enrolling(enrolment), *person.still_allowed())
    uri = totp.provisioning_uri(secret, login=person.user.login)
    return App(secret, uri, qr.svg(uri))


def prove_app(person: Person, code: str, *, origin: Origin, now: datetime) -> User:
    """Turn on the authenticator app by its first code.

    Raises EnrolmentClosed, WrongCode, TooManyCodes or CodesLocked.
    """
    user_id = person.user.user_id
    enrolment, before, counted = factors.find_enrolment(user_id, attempt_limits.code_attempts_key(user_id))
    if enrolment is None or not enrolment.is_open(now=now):
        raise EnrolmentClosed
    guesser = Guesser(user_id, person.user, origin, failure_marks.marks_in(counted))
    with code_attempts.paid_for(guesser, now=now):
        step = _first_step(enrolment, code, now=now)
    event = Event.FACTOR_CHANGED if person.user.has_totp else Event.FACTOR_ADDED
    commit(
        *factors.confirming(enrolment, step=step, now=now),
        code_attempts.resetting(guesser, now=now),
        kept_values.keeping_totp(person, before, now=now),
        *_changing_factor(person, "totp", event, origin, now=now, has_totp=True),
    )
    queue.tell(*account_mail.change_made("totp_on", person.user, origin=origin, now=now))
    return replace(person.user, has_totp=True)


def drop(person: Person, name: str, *, origin: Origin, now: datetime) -> None:
    """Turn off the factor of that name. Recovery codes go with the last factor that they stand in for.

    Raises NotFound if it is not on, LastFactorRequired if the account requires one and there is no other.
    """
    factor, user = second_factor.FACTORS[name], person.user
    if not factor.is_on(user):
        raise NotFound
    if person.account.requires_factor(now=now) and not replace(user, **factor.off).has_factor:
        raise LastFactorRequired
    dropped = [factor, *([] if second_factor.of(replace(user, **factor.off)) else _standing_in())]
    removing = [write for one in dropped for write in one.removing(user.user_id)]
    keeping = _keeping_all(person, dropped, now=now)
    changing = _changing_factor(person, name, Event.FACTOR_REMOVED, origin, now=now, **factor.off)
    if "phone" not in factor.off:
        commit(*removing, *keeping, *changing)
        return queue.tell(*account_mail.change_made(f"{name}_off", user, origin=origin, now=now))
    undo = email_links.issue(UNDO, user, now=now)
    commit(*removing, *message_limits.holding(user, None), *keeping, *changing, undo.adding)
    return _tell_of_phone("sms_off", person, undo, origin, now=now)


def make_codes(person: Person, *, origin: Origin, now: datetime) -> list[str]:
    """Return new recovery codes, spelled for people; all older ones are void. The other sessions end.

    Raises FactorNeeded if the user has no second factor that the codes could stand in for.
    """
    user = person.user
    if not second_factor.of(user):
        raise FactorNeeded
    _, before = factors.of_user(user.user_id)
    codes = randomness.recovery_codes()
    sealed = frozenset(seal.digest("recovery", user.user_id, code) for code in codes)
    commit(
        factors.making_codes(RecoveryCodes(user.user_id, sealed, of=len(codes), since=now)),
        kept_values.keeping_recovery_codes(person, before, now=now),
        logins.having_codes(user.login),
        users.ending_everything(user.user_id, now=now, by=person),
        accounts.being_active(user.account_id),
        sessions.keeping(person.session, now=now),
        person.noting(Event.RECOVERY_CODES_MADE, origin, now=now, detail="recovery_code"),
    )
    queue.tell(*account_mail.change_made("recovery_codes_made", person.user, origin=origin, now=now))
    return [recovery.written(code) for code in codes]


def _must_be_enrollable(number: str) -> None:
    """Raise PhoneCountryRefused unless new numbers of its country are taken, NotMobile if it belongs to no country."""
    taken = {settings.HOME_COUNTRY, *settings.ENROLMENT_COUNTRIES.split()} & price_list.current().keys()
    if phone_numbers.country_of(number) not in taken:
        raise PhoneCountryRefused


def _first_step(enrolment: Enrolment, code: str, *, now: datetime) -> int:
    """Return the time step that the first code of a new app belongs to. Raises WrongCode."""
    secret = kms.decrypt(enrolment.secret_blob, user_id=enrolment.user_id)
    step = totp.matching_step(secret, code, after=0, now=now)
    if step is None:
        raise WrongCode
    return step


def _keeping_all(person: Person, dropped: Iterable[Factor], *, now: datetime) -> list[Write]:
    """Keep what the *dropped* factors need, for a rescue or an undo."""
    app, codes = factors.of_user(person.user.user_id)
    keeping = {
        "sms": kept_values.keeping_phone(person, now=now),
        "totp": kept_values.keeping_totp(person, app, now=now),
        "recovery_code": kept_values.keeping_recovery_codes(person, codes, now=now),
    }
    return [keeping[factor.name] for factor in dropped]


def _tell_of_phone(change: str, person: Person, undo: IssuedLink, origin: Origin, *, now: datetime) -> None:
    """Tell the user by e-mail, with a link to undo it, and at the phone of before, without one."""
    user = person.user
    told: list[Notice] = [*account_mail.change_undoable(change, user, undo.token, origin=origin, now=now)]
    if user.phone:
        told.append(PhoneTold(f"phone-replaced:{undo.id}", user.phone, user.language, "phone_replaced"))
    queue.tell(*told)


def _standing_in() -> list[Factor]:
    """Return the factors that only stand in for another one."""
    return [factor for factor in second_factor.FACTORS.values() if factor.stands_in]


def _changing_factor(
    person: Person, factor: str, event: Event, origin: Origin, *, now: datetime, **facts: Any
) -> list[Write]:
    """Return the writes of a changed factor: user and login change together, every other session ends, this one stays.

    *facts* are the changed fields, which user and login both have.
    """
    user, session = person.user, person.session
    left: dict[str, Any] = {"phone_given": None} if "phone" in facts else {}
    if not second_factor.of(replace(user, **facts)):
        left |= {name: value for factor in _standing_in() for name, value in factor.off.items()}
    proved = [*session.factors.split(), factor] if event != Event.FACTOR_REMOVED else session.factors.split()
    return [
        users.ending_everything(user.user_id, now=now, by=person, credentials_at=now, **facts),
        accounts.being_active(user.account_id),
        logins.changing(user.login, credentials_at=now, **facts, **left),
        sessions.keeping(session, now=now, credentials_at=now, factors=" ".join(dict.fromkeys(proved))),
        person.noting(event, origin, now=now, detail=factor),
    ]

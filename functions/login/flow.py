"""The story of POST /login: a password, and then a code or a session."""

from datetime import datetime

from shared import chance, gatekeeper, hashing, policy, seal
from shared.admission import Admission, admission
from shared.delivery import queue
from shared.delivery.notices import CodeSent, CodesWereLocked, NewDeviceSeen
from shared.domain.challenges import Challenge, code_expiry
from shared.domain.devices import Device
from shared.domain.identifiers import Token
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.errors import CodesLocked, LoginDisabled, Refusal, TooMany, UnknownLogin, WrongPassword
from shared.gatekeeper import PasswordTries
from shared.storage import challenges, devices, logins
from shared.storage.engine import Write, commit


def sign_in(
    login: str, password: str, *, transport: str, device: Token | None, origin: Origin, now: datetime
) -> Challenge | Admission:
    """A right password earns a challenge, or a session where there is no second factor. *login* is canonical."""
    found, remembered = logins.find_with_device(login, device)
    known = _known(found, device, remembered, now=now)
    tries = PasswordTries(login, origin, known)
    commit(*tries.paying(now=now))
    owner = _proved(found, password)
    if owner.phone:
        return _begin_challenge(owner, owner.phone, known, tries, transport=transport, origin=origin, now=now)
    return _open_session(owner, known, tries, transport=transport, origin=origin, now=now)


def _known(found: Login | None, device: Token | None, remembered: Device | None, *, now: datetime) -> Device | None:
    """The device, if it is this login's and its secret is right."""
    if not (found and device and remembered and remembered.user_id == found.user_id):
        return None
    is_it = seal.is_token(remembered.sealed_secret, device) and remembered.is_remembered(now=now)
    return remembered if is_it else None


def _proved(found: Login | None, password: str) -> Login:
    """Every no costs one hash and looks the same."""
    right = hashing.is_password(found.password_hash if found else None, password)
    if found is None:
        raise UnknownLogin
    if not right:
        raise WrongPassword
    if not found.enabled:
        raise LoginDisabled
    return found


def _begin_challenge(
    owner: Login,
    phone: str,
    known: Device | None,
    tries: PasswordTries,
    *,
    transport: str,
    origin: Origin,
    now: datetime,
) -> Challenge:
    code, challenge_id = chance.code(), chance.challenge_id(owner.user_id)
    challenge = Challenge(
        challenge_id=challenge_id,
        login=owner.login,
        phone=phone,
        language=owner.language,
        sealed_code=seal.code(challenge_id, code),
        created_at=now,
        expires_at=code_expiry(started_at=now, now=now),
        resend_at=now + policy.RESEND_AFTER,
        tries_left=policy.TRIES_PER_CHALLENGE,
        answered=False,
        idle=owner.idle,
        transport=transport,
        device_known=known is not None,
    )
    try:
        commit(
            gatekeeper.allowing_code(owner.user_id, now=now),
            *gatekeeper.charging_message(phone, owner.user_id, now=now),
            challenges.adding(challenge),
            *_seeing(known, now=now),
            *tries.forgiving(),
        )
    except (TooMany, CodesLocked) as refusal:
        commit(*tries.forgiving())  # the password was right all the same
        queue.put(*_about_lock(refusal, owner, now=now))
        raise
    message = CodeSent(f"code:{challenge_id}:{now.timestamp()}", phone, owner.language, code, challenge.expires_at)
    queue.put(message, *_new_device(challenge_id, owner, known, origin, now=now))
    return challenge


def _open_session(
    owner: Login, known: Device | None, tries: PasswordTries, *, transport: str, origin: Origin, now: datetime
) -> Admission:
    admitted = admission(
        owner.user_id,
        factors="password",
        idle=owner.idle,
        transport=transport,
        known=known is not None,
        proved_at=now,
        origin=origin,
        now=now,
    )
    commit(*admitted.writes, *_seeing(known, now=now), *tries.forgiving())
    queue.put(*_new_device(admitted.session.session_id, owner, known, origin, now=now))
    return admitted


def _seeing(known: Device | None, *, now: datetime) -> list[Write]:
    """A known device is remembered for longer from each right password on."""
    return [devices.seeing(known.device_id, now=now)] if known else []


def _new_device(
    about: str, owner: Login, known: Device | None, origin: Origin, *, now: datetime
) -> list[NewDeviceSeen]:
    if known:
        return []
    return [
        NewDeviceSeen(
            f"new-device:{about}",
            owner.email,
            owner.language,
            owner.login,
            now,
            origin.address,
            origin.user_agent,
        )
    ]


def _about_lock(refusal: Refusal, owner: Login, *, now: datetime) -> list[CodesWereLocked]:
    """At most one a day, since its id says the day."""
    if not isinstance(refusal, CodesLocked):
        return []
    return [
        CodesWereLocked(f"codes-locked:{owner.user_id}:{now:%Y-%m-%d}", owner.email, owner.language, owner.login, now)
    ]

"""Half sign-ins: a right password that opened no session. They are told to the owner (ASVS V6.3.5).

One e-mail tells of all from one network, browser and system within an hour: those that were refused, at once, and those
whose challenge was not answered, when it ended. Where there are many such places, one e-mail tells of the others.
"""

from datetime import datetime

from shared import audit
from shared.auth.devices import Holder
from shared.crypto import seal
from shared.delivery import account_mail, queue
from shared.delivery.letters import NewDevicesStopped, PasswordGiven
from shared.domain import browsers
from shared.domain.activity import Event
from shared.domain.origins import Origin
from shared.errors import Refusal, TooManyNewDevices
from shared.storage import half_sign_ins
from shared.storage.engine import Write, commit
from shared.storage.half_sign_ins import AlreadyNoted


def unanswered(holder: Holder, challenge_row: str, origin: Origin, *, now: datetime) -> PasswordGiven:
    """Return the e-mail that is sent if the challenge in *challenge_row* ends without an answer."""
    return _password_given(holder, origin, challenge_row, now=now)


def tell_of_refusal(
    refusal: Refusal, holder: Holder, origin: Origin, *writes: Write, proof: str, known: bool, now: datetime
) -> None:
    """Tell the owner that a right password was refused, and commit *writes*. Raises nothing but what refuses those.

    The activity log gets an entry for each kind of refusal, network, browser and hour. A *known* device is the owner's:
    no e-mail tells of it.
    """
    entry = audit.noting(
        Event.LOGIN_REFUSED,
        holder.user_id,
        actor=holder.login,
        proof=proof,
        origin=origin,
        now=now,
        outcome="failure",
        detail=refusal.code,
    )
    noting = half_sign_ins.noting_once(holder.user_id, f"{refusal.code}:{_place(origin)}", now=now)
    try:
        commit(noting, entry, *writes)
    except AlreadyNoted:
        return commit(*writes) if writes else None
    return None if known else queue.tell(_letter(refusal, holder, origin, now=now))


def _letter(refusal: Refusal, holder: Holder, origin: Origin, *, now: datetime) -> PasswordGiven | NewDevicesStopped:
    if not isinstance(refusal, TooManyNewDevices):
        return _password_given(holder, origin, now=now)
    notice_id = f"new-devices-stopped:{holder.user_id}:{now:%Y-%m-%d}"
    return account_mail.addressed(NewDevicesStopped, notice_id, holder, at=now, address=origin.address)


def _password_given(holder: Holder, origin: Origin, challenge_row: str = "", *, now: datetime) -> PasswordGiven:
    place = _place(origin)
    return account_mail.addressed(
        PasswordGiven,
        f"password-given:{holder.user_id}:{place}:{now:%Y-%m-%dT%H}",
        holder,
        at=now,
        address=origin.address,
        device=origin.user_agent,
        user_id=holder.user_id,
        credentials_at=holder.credentials_at,
        email_at=holder.email_at,
        place=place,
        challenge_row=challenge_row,
    )


def _place(origin: Origin) -> str:
    """Return the name of a network and a browser with its system."""
    return seal.fingerprint("half-sign-in", f"{origin.network} {browsers.named(origin.user_agent)}")

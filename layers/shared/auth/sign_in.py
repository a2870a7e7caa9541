"""The way on from a right password: a second factor where there is one, a session where there is none."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared import audit, policy
from shared.auth import second_factor
from shared.auth.session_opening import Admission, Renewal, admission
from shared.crypto import randomness, seal
from shared.delivery import queue
from shared.delivery.notices import NewDeviceSeen, Notice
from shared.domain import identifiers
from shared.domain.accounts import Account
from shared.domain.activity import Event
from shared.domain.challenges import CONFIRMATION, LOGIN, Challenge
from shared.domain.devices import Device
from shared.domain.links import Link
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.errors import GivenPasswordOver
from shared.storage import accounts, devices, links, users
from shared.storage.accounts import ListIsOn
from shared.storage.engine import Write, commit


@dataclass(frozen=True)
class Visit:
    """How somebody comes to the door.

    `factor` is the one that he wants to be asked for. `replaces` is his session, where he comes to confirm it.
    `expected` is whether he has just been told by e-mail of what he does, so that no new device is news.
    `account` is his, where it was read already.
    """

    origin: Origin
    transport: str
    known: Device | None = None
    factor: str | None = None
    replaces: str | None = None
    expected: bool = False
    account: Account | None = None


@dataclass(frozen=True)
class _Step:
    """What comes next, and all that has to be written and told for it."""

    outcome: Challenge | Admission
    writes: list[Write] = field(repr=False)
    notices: list[Notice] = field(repr=False)


def enter(
    owner: Login,
    visit: Visit,
    *writes: Write,
    notices: Sequence[Notice] = (),
    renewal: Renewal | None = None,
    proved_at: datetime,
    now: datetime,
) -> Challenge | Admission:
    """All of *writes* and what comes next, or nothing.

    With *renewal* everything that was proved before is void. Raises TooManyMessages, TooManyCodes or CodesLocked
    where no second factor can be asked for now, ChallengeClosed where the proof was voided meanwhile, and
    AddressNotAllowed where the account's list does not hold the address, GivenPasswordOver where the password was given
    for one sign-in, and that was.
    """
    step = (_question if owner.factors else _session)(owner, visit, renewal, proved_at=proved_at, now=now)
    _commit_if_admitted(owner, visit, *step.writes, *_seeing(visit.known, now=now), *writes, now=now)
    queue.put(*step.notices, *notices)
    return step.outcome


def _commit_if_admitted(owner: Login, visit: Visit, *writes: Write, now: datetime) -> None:
    """Hardly any account has its list on, so none is read for it: the writes themselves insist that it is off.

    Where it is on their refusal brings the account along, and they are made once more: a round trip that only those
    pay for who have the list on. Refused as Outrun where the list changed after it was looked at.
    """
    account = visit.account
    if account is None:
        try:
            return commit(accounts.admitting_everybody(owner.account_id), *writes)
        except ListIsOn as refusal:
            account = refusal.account
    account.must_admit(visit.origin.address, now=now)
    return commit(accounts.still_admitting(account), *writes)


def _question(owner: Login, visit: Visit, renewal: Renewal | None, *, proved_at: datetime, now: datetime) -> _Step:
    question = second_factor.asking(
        owner,
        factor=visit.factor,
        purpose=CONFIRMATION if visit.replaces else LOGIN,
        transport=visit.transport,
        device_known=visit.known is not None or visit.replaces is not None,
        replaces=visit.replaces,
        proved_at=proved_at,
        now=now,
    )
    asked = audit.noting(
        Event.LOGIN_CHALLENGED,
        owner.user_id,
        actor=owner.login,
        origin=visit.origin,
        now=now,
        outcome="started",
        detail=question.challenge.channel,
    )
    voiding = [users.ending_everything(owner.user_id, now=now, **renewal)] if renewal else []
    if owner.given_until and not visit.replaces:
        voiding.append(users.being_unused(owner.user_id, refused=GivenPasswordOver(), now=now))
    linked, told = _new_device(question.challenge.challenge_id, owner, visit, now=now)
    return _Step(question.challenge, [*voiding, *question.writes, asked, *linked], [*question.notices, *told])


def _session(owner: Login, visit: Visit, renewal: Renewal | None, *, proved_at: datetime, now: datetime) -> _Step:
    admitted = admission(
        owner.user_id,
        login=owner.login,
        factors="password",
        idle=owner.session_idle,
        transport=visit.transport,
        known=visit.known is not None or visit.replaces is not None,
        proved_at=proved_at,
        credentials_at=owner.credentials_at,
        replaces=visit.replaces,
        renewal=renewal,
        refused=GivenPasswordOver() if owner.given_until else None,
        event=Event.CONFIRMED if visit.replaces else Event.LOGIN,
        origin=visit.origin,
        now=now,
    )
    linked, told = _new_device(admitted.session.session_id, owner, visit, now=now)
    return _Step(admitted, [*admitted.writes, *linked], [*told])


def _seeing(known: Device | None, *, now: datetime) -> list[Write]:
    """A known device is remembered for longer from each right password on."""
    return [devices.seeing(known.device_id, now=now)] if known else []


def _new_device(about: str, owner: Login, visit: Visit, *, now: datetime) -> tuple[list[Write], list[NewDeviceSeen]]:
    """The e-mail, with its link for one whom it surprises."""
    if visit.known or visit.replaces or visit.expected:
        return [], []
    token = randomness.token("notme", owner.user_id)
    until = now + policy.NOT_ME_LIFETIME
    link = Link(token.id, owner.login, seal.token(token), now, until, credentials_at=owner.credentials_at)
    told = NewDeviceSeen(
        f"new-device:{about}",
        owner.email,
        owner.language,
        owner.login,
        now,
        visit.origin.address,
        visit.origin.user_agent,
        identifiers.write(token),
    )
    return [links.adding(link)], [told]

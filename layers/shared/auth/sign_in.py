"""What follows a right password: a challenge for the second factor, or a session if the user has none."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared import audit
from shared.auth import devices, second_factor
from shared.auth.principals import OwnRow
from shared.auth.session_opening import NewSession, Renewal, new_session
from shared.auth.sessions import Person
from shared.delivery import queue
from shared.delivery.notices import NewDeviceSeen, Notice
from shared.domain.accounts import Account
from shared.domain.activity import Event
from shared.domain.challenges import CONFIRMATION, LOGIN, Challenge
from shared.domain.devices import Device
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.errors import GivenPasswordOver, Outrun, Refusal
from shared.storage import accounts, users
from shared.storage.accounts import ListIsOn
from shared.storage.engine import Write, commit


@dataclass(frozen=True)
class SignInContext:
    """The circumstances of one sign-in.

    `known` is the user's known device, None for a new one. `factor` is the second factor the user prefers.
    `confirming` is whoever is signed in and gives their proofs again (step-up): their session ends when the new one
    begins.
    `expected`: another e-mail already tells the user about this sign-in, so no new-device e-mail is sent.
    `account` is the user's account if the caller has read it already.
    """

    origin: Origin
    transport: str
    known: Device | None = None
    factor: str | None = None
    confirming: Person | None = None
    expected: bool = False
    account: Account | None = None

    @property
    def replaces(self) -> str | None:
        """The id of the session that ends when the new one begins."""
        return self.confirming.session.session_id if self.confirming else None

    @property
    def is_known(self) -> bool:
        """Whether the user need not be told of the device: it is a known one, or was told of at the sign-in."""
        return self.known is not None or self.confirming is not None


@dataclass(frozen=True)
class _Step:
    """A challenge or a session, with the writes and notices it needs."""

    outcome: Challenge | NewSession
    writes: list[Write] = field(repr=False)
    notices: list[Notice] = field(repr=False)


def enter(
    owner: Login,
    context: SignInContext,
    *writes: Write,
    notices: Sequence[Notice] = (),
    renewal: Renewal | None = None,
    proved_at: datetime,
    now: datetime,
) -> Challenge | NewSession:
    """Return a challenge for the owner's second factor, or a session if they have none.

    *writes* are committed in the same transaction, *notices* are queued after it. *renewal*, if given, voids
    everything that the user proved before. Raises TooManyMessages, TooManyCodes or CodesLocked if no second factor can
    be asked for now; ChallengeClosed if the proof was voided meanwhile; AccountSuspended; AddressNotAllowed if the
    panel's IP list does not contain the address; GivenPasswordOver if a given password was used before; Outrun if the
    IP list changed after it was read.
    """
    step = (_challenge_step if second_factor.of(owner) else _session_step)(
        owner, context, renewal, proved_at=proved_at, now=now
    )
    _commit_if_admitted(owner, context, *step.writes, *devices.seeing(context.known, now=now), *writes, now=now)
    # Tell only after storing: a code that arrives for a challenge that was not written could never be right.
    queue.put(*step.notices, *notices)
    return step.outcome


def _commit_if_admitted(owner: Login, context: SignInContext, *writes: Write, now: datetime) -> None:
    """Commit *writes* if the account is not suspended and the panel's IP list admits the address.

    Raises AccountSuspended or AddressNotAllowed if not, Outrun if the list changed between the check and the write.
    """
    account = context.account
    if account is None:
        # Few accounts have the list on, and fewer are suspended. Reading each account first would cost every sign-in a
        # round trip, so the transaction asserts that neither is so. If the list is on, the failed condition returns the
        # account's row, and only these accounts pay for a second transaction.
        try:
            return commit(accounts.admitting_everybody(owner.account_id), *writes)
        except ListIsOn as refusal:
            account = refusal.account
    accounts.must_be_active(account)
    account.must_admit(context.origin.address, now=now)
    return commit(accounts.still_admitting(account), *writes)


def _challenge_step(
    owner: Login, context: SignInContext, renewal: Renewal | None, *, proved_at: datetime, now: datetime
) -> _Step:
    """Prepare a challenge for the owner's second factor."""
    question = second_factor.asking(
        owner,
        factor=context.factor,
        purpose=CONFIRMATION if context.confirming else LOGIN,
        transport=context.transport,
        device_known=context.is_known,
        replaces=context.replaces,
        proved_at=proved_at,
        now=now,
    )
    asked = audit.noting(
        Event.LOGIN_CHALLENGED,
        owner.user_id,
        actor=owner.login,
        origin=context.origin,
        now=now,
        outcome="started",
        detail=question.challenge.channel,
    )
    voiding = [users.ending_everything(owner.user_id, now=now, **renewal)] if renewal else []
    if owner.given_until and not context.confirming:
        # A given password that is used up earns no challenge either, so that no SMS is spent on it.
        voiding.append(users.being_unused(owner.user_id, refused=GivenPasswordOver(), now=now))
    allowed = context.confirming.still_allowed(writing=[OwnRow.ACCOUNT]) if context.confirming else []
    linked, told = _new_device(question.challenge.challenge_id, owner, context, now=now)
    return _Step(question.challenge, [*voiding, *question.writes, asked, *linked, *allowed], [*question.notices, *told])


def _session_step(
    owner: Login, context: SignInContext, renewal: Renewal | None, *, proved_at: datetime, now: datetime
) -> _Step:
    """Prepare a session: the owner has no second factor, so the password alone opens it."""
    opened = new_session(
        owner.user_id,
        login=owner.login,
        factors="password",
        idle=owner.session_idle,
        transport=context.transport,
        known=context.is_known,
        proved_at=proved_at,
        credentials_at=owner.credentials_at,
        replaces=context.replaces,
        by=context.confirming,
        renewal=renewal,
        refused=_why_not_opened(owner),
        event=Event.CONFIRMED if context.confirming else Event.LOGIN,
        origin=context.origin,
        now=now,
    )
    linked, told = _new_device(opened.session.session_id, owner, context, now=now)
    return _Step(opened, [*opened.writes, *linked], [*told])


def _why_not_opened(owner: Login) -> Refusal:
    """Return what a session is refused as that the password alone would open.

    There was no challenge to close. Where the sessions were ended meanwhile, signing in again helps.
    """
    return GivenPasswordOver() if owner.given_until else Outrun()


def _new_device(
    about: str, owner: Login, context: SignInContext, *, now: datetime
) -> tuple[list[Write], list[NewDeviceSeen]]:
    """Return the new-device e-mail and the write that stores its link.

    Both are empty for a known device, a step-up, and a sign-in that another e-mail tells about.
    """
    if context.is_known or context.expected:
        return [], []
    adding, told = devices.telling(about, owner, context.origin, now=now)
    return [adding], [told]

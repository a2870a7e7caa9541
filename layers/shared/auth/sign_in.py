"""What follows a right password: a challenge for the second factor, or a session if the user has none."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from shared import audit
from shared.auth import devices, half_sign_ins, message_limits, second_factor
from shared.auth.principals import OwnRow
from shared.auth.session_opening import NewSession, Renewal, new_session, open_session
from shared.auth.sessions import Person
from shared.delivery import queue
from shared.delivery.letters import NewDeviceSeen, PasswordGiven
from shared.delivery.notices import CodeSent, Notice
from shared.domain.accounts import Account
from shared.domain.activity import LINK, Event
from shared.domain.challenges import CONFIRMATION, LOGIN, RESET, Challenge
from shared.domain.devices import Device
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.errors import GivenPasswordOver, Outrun, Refusal, Unavailable, UserSuspended
from shared.storage import accounts, challenges, users
from shared.storage.accounts import AdmitsNotEverybody
from shared.storage.engine import Write, commit
from shared.storage.message_budgets import Asking, AskOtherwise


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
    def device_seen_at(self) -> datetime | None:
        """When the device of the sign-in was first seen; None for a new one."""
        if self.confirming:
            return self.confirming.session.device_seen_at
        return self.known.first_seen_at if self.known else None

    @property
    def is_known(self) -> bool:
        """Whether the user need not be told of the device: it is a known one, or was told of at the sign-in."""
        return self.known is not None or self.confirming is not None


WAYS_TO_ASK = 4
"""A challenge as it is; onto the code of one just before; with a new code if that is over; to a number given before."""


@dataclass(frozen=True)
class _Step[Outcome: (Challenge, NewSession)]:
    """A challenge or a session, with the writes and notices it needs; a session has writes of its own."""

    outcome: Outcome
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
    everything that the user proved before. Raises TooManyChallenges, TooManyMessages, TooManyCodes or CodesLocked if
    no second factor can be asked for now; TooManyNewDevices; ChallengeClosed if the proof was voided meanwhile;
    AccountSuspended; AddressNotAllowed if the panel's IP list does not contain the address; UserSuspended if a sign-in
    that was reported suspends the owner; GivenPasswordOver if a given password was used before; Outrun if the account
    changed after it was read.
    """
    also = [*devices.seeing(context.known, now=now), *writes]
    # Tell only after storing: a code that arrives for a challenge that was not written could never be right.
    if second_factor.of(owner):
        asked = _ask(owner, context, renewal, also, proved_at=proved_at, now=now)
        _tell(asked, notices)
        return asked.outcome
    opened = _session_step(owner, context, renewal, proved_at=proved_at, now=now)
    with_all = partial(_commit_session, owner, context, [*opened.writes, *also], now=now)
    outcome = open_session(opened.outcome, with_all, now=now)
    queue.put(*opened.notices, *notices)
    return outcome


def _commit_session(
    owner: Login, context: SignInContext, writes: Sequence[Write], opening: Sequence[Write], *, now: datetime
) -> None:
    """Commit the writes of a session, *opening*, together with *writes*. Raises as `_commit_if_admitted`."""
    _commit_if_admitted(owner, context, *opening, *writes, now=now)


def _ask(
    owner: Login,
    context: SignInContext,
    renewal: Renewal | None,
    also: Sequence[Write],
    *,
    proved_at: datetime,
    now: datetime,
) -> _Step[Challenge]:
    """Store a challenge with the writes *also*, and return it.

    How it is to be put is found out by its guards, so that most sign-ins need no read for it.
    """
    # A reset moves the user's epoch: it shares no code, since what was proved before it is void.
    asking = Asking(None if renewal else message_limits.browser_of(context.origin))
    for _ in range(WAYS_TO_ASK):
        step = _challenge_step(owner, context, renewal, asking, proved_at=proved_at, now=now)
        try:
            _commit_if_admitted(owner, context, *step.writes, *also, now=now)
        except AskOtherwise as refusal:
            asking = asking.otherwise(refusal)
        except Unavailable:
            _forget(step)
            raise
        else:
            return step
    raise Outrun


def _tell(step: _Step[Challenge], notices: Sequence[Notice]) -> None:
    """Queue the notices of a challenge that is stored. Raises Unavailable."""
    try:
        queue.put(*step.notices, *notices)
    except Unavailable:
        _forget(step)
        raise


def _forget(step: _Step[Challenge]) -> None:
    """Let a repeated sign-in get a code at once, as the code of this challenge was not sent. Raises nothing."""
    if any(isinstance(notice, CodeSent) for notice in step.notices):
        with suppress(Outrun, Unavailable):
            commit(message_limits.forgetting_asked(step.outcome))


def _commit_if_admitted(owner: Login, context: SignInContext, *writes: Write, now: datetime) -> None:
    """Commit *writes* if the account is not suspended, its panel's IP list admits the address, and no reported sign-in
    suspends the owner.

    Raises AccountSuspended, AddressNotAllowed or UserSuspended if not, Outrun if that changed between the check and
    the write.
    """
    account = context.account
    if account is None:
        # Few accounts have the list on or a rescue, and fewer are suspended. Reading each account first would cost
        # every sign-in a round trip, so the transaction asserts that there is none of it. If there is, the failed
        # condition returns the account's row, and only these accounts pay for a second transaction.
        try:
            return commit(accounts.admitting_everybody(owner.account_id), *writes)
        except AdmitsNotEverybody as refusal:
            account = refusal.account
    accounts.must_be_active(account)
    account.must_admit(context.origin.address, now=now)
    if account.rescues:
        _must_not_be_suspended(owner, account)
    return commit(accounts.still_admitting(account), *writes)


def _must_not_be_suspended(owner: Login, account: Account) -> None:
    """Raise UserSuspended if the user was made or changed by a sign-in that was reported."""
    user, _ = users.find(owner.user_id)
    if user and account.suspends(user.provenance):
        raise UserSuspended


def _challenge_step(
    owner: Login,
    context: SignInContext,
    renewal: Renewal | None,
    asking: Asking,
    *,
    proved_at: datetime,
    now: datetime,
) -> _Step[Challenge]:
    """Prepare a challenge for the owner's second factor."""
    question = second_factor.asking(
        owner,
        factor=context.factor,
        purpose=_purpose(context, renewal),
        transport=context.transport,
        device_known=context.is_known,
        device_seen_at=context.device_seen_at or now,
        expected=context.expected,
        replaces=context.replaces,
        asking=asking,
        proved_at=proved_at,
        now=now,
    )
    asked = audit.noting(
        Event.LOGIN_CHALLENGED,
        owner.user_id,
        actor=owner.login,
        proof=LINK if renewal else "password",
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
    told = _if_unanswered(owner, question.challenge, context, now=now)
    return _Step(question.challenge, [*voiding, *question.writes, asked, *allowed], [*question.notices, *told])


def _if_unanswered(owner: Login, challenge: Challenge, context: SignInContext, *, now: datetime) -> list[PasswordGiven]:
    """Return the e-mail that is sent if the challenge of an unknown device is not answered."""
    # Who shares an earlier code is told of with it.
    if context.is_known or context.expected or challenge.shares:
        return []
    return [half_sign_ins.unanswered(owner, challenges.code_row(challenge), context.origin, now=now)]


def _purpose(context: SignInContext, renewal: Renewal | None) -> str:
    """Return the purpose of the challenge: each has messages of its own, so that none uses up another's."""
    if context.confirming:
        return CONFIRMATION
    return RESET if renewal else LOGIN


def _session_step(
    owner: Login, context: SignInContext, renewal: Renewal | None, *, proved_at: datetime, now: datetime
) -> _Step[NewSession]:
    """Prepare a session: the owner has no second factor, so the password alone opens it."""
    opened = new_session(
        owner.user_id,
        login=owner.login,
        factors="password",
        idle=owner.session_idle,
        transport=context.transport,
        known=context.is_known,
        device_seen_at=context.device_seen_at,
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
    linked, told = _new_device(owner, context, now=now)
    return _Step(opened, linked, [*told])


def _why_not_opened(owner: Login) -> Refusal:
    """Return what a session is refused as that the password alone would open.

    There was no challenge to close. Where the sessions were ended meanwhile, signing in again helps.
    """
    return GivenPasswordOver() if owner.given_until else Outrun()


def _new_device(owner: Login, context: SignInContext, *, now: datetime) -> tuple[list[Write], list[NewDeviceSeen]]:
    """Return the new-device e-mail and the write that stores its link.

    Both are empty for a known device, a step-up, and a sign-in that another e-mail tells about.
    """
    if context.is_known or context.expected:
        return [], []
    adding, told = devices.telling(owner, context.origin, since=now, now=now)
    return [adding], [told]

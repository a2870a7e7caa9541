"""Flow of POST /ip-lists/break-glass: an owner who is locked out by their IP lists turns them off.

It takes the password and a recovery code, and every user of the account is told.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Never

from shared import audit
from shared.auth import announcements, attempt_limits, code_attempts, credentials_check, ip_lists, kept_values
from shared.auth.attempt_limits import PasswordAttempts, ToldBefore
from shared.auth.code_attempts import Guesser
from shared.auth.factors import recovery_code
from shared.auth.factors.base import Proof
from shared.crypto import randomness
from shared.delivery import account_mail, queue
from shared.delivery.letters import ChangeMade, RecoveryCodeUsed
from shared.domain.accounts import Account
from shared.domain.activity import BREAK_GLASS, Event
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.domain.provenance import of
from shared.domain.recovery import RecoveryCodes
from shared.domain.users import User
from shared.errors import (
    CodesLocked,
    Outrun,
    PasswordHeld,
    TooManyCodes,
    WrongCode,
    WrongGlassProof,
    WrongPassword,
)
from shared.storage import accounts, factors, failure_marks, logins, users
from shared.storage.engine import Row, Write, commit


@dataclass(frozen=True)
class _Owner:
    """An owner who gave the right password and has recovery codes."""

    login: Login
    user: User
    account: Account
    codes: RecoveryCodes
    guesser: Guesser


@dataclass(frozen=True)
class _Caller:
    """Whoever asks: `knows` is the login whose password they gave, None if it is wrong.

    `told` is the row that says when its user was last told of such a refusal.
    """

    attempts: PasswordAttempts
    origin: Origin
    knows: Login | None
    told: Row


def break_glass(login: str, password: str, code: str, *, origin: Origin, now: datetime) -> None:
    """Turn off both IP lists of the account, from any address, and tell every user of it. *login* is canonical.

    Opens no session; the owner signs in after this as usual. Raises TooManyPasswords, WrongGlassProof whatever is
    wrong; and for who proved everything AccountSuspended, or Outrun if a list changed meanwhile.
    """
    found, rows = logins.find_beside(login, attempt_limits.keys_at_arrival(login, origin))
    attempts = attempt_limits.at_arrival(login, found, None, rows, origin=origin, now=now)
    commit(*attempts.recording(now=now))  # count the attempt before looking
    caller, owner = _look(found, password, attempts, origin, now=now)
    if owner is None:
        _refuse(caller, now=now)
    proof = _prove(caller, owner, code, now=now)
    accounts.must_be_active(owner.account)
    _open(caller, owner, proof, now=now)


def _look(
    found: Login | None, password: str, attempts: PasswordAttempts, origin: Origin, *, now: datetime
) -> tuple[_Caller, _Owner | None]:
    """Return the caller, and who they are if they may go on to their recovery code."""
    knows, may_use = _with_password(found, password, now=now)
    # A wrong password costs the same read, so that the time does not tell it from a right one.
    user_id = knows.user_id if knows else randomness.user_id(randomness.account_id())
    keys = [attempt_limits.code_attempts_key(user_id), attempt_limits.glass_refusal_key(user_id)]
    codes, user, account, (counted, told) = factors.codes_with_holder(user_id, *keys)
    caller = _Caller(attempts, origin, knows, told)
    if not (knows and may_use and codes and user and user.owner and account):
        return caller, None
    if not attempt_limits.takes_codes(counted, now=now):
        return caller, None
    guesser = Guesser(user_id, knows, origin, failure_marks.marks_in(counted))
    return caller, _Owner(knows, user, account, codes, guesser)


def _with_password(found: Login | None, password: str, *, now: datetime) -> tuple[Login | None, bool]:
    """Return the login if the password is right and it is enabled, and whether the password works already."""
    try:
        return credentials_check.check(found, password, now=now), True
    except PasswordHeld:
        return found, False
    except WrongPassword:
        return None, False


def _prove(caller: _Caller, owner: _Owner, code: str, *, now: datetime) -> Proof:
    """Count an attempt at a code, and return the proof if *code* is right. Raises WrongGlassProof."""
    try:
        proof = recovery_code.prove(owner.codes, code)
    except WrongCode:
        _refuse(caller, owner.guesser, now=now)
    try:
        with code_attempts.paid_for(owner.guesser, now=now):
            return proof
    except (TooManyCodes, CodesLocked):  # since they were read
        _refuse(caller, now=now)


def _refuse(caller: _Caller, guesser: Guesser | None = None, *, now: datetime) -> Never:
    """Count the refusal, as one of a code too if there is a *guesser*, and raise WrongGlassProof.

    If the password was right, its user is told by e-mail and in their activity, unless they were just now.
    """
    counting, telling, letters = caller.attempts.recording_refusal(now=now), *_trace(caller, now=now)
    if guesser is None:
        # A transaction takes longer than one write, so without a code to count there is one all the same.
        counting = [*counting, attempt_limits.counting_no_code(caller.attempts.login, now=now)]
    try:
        _count(guesser, *counting, *telling, now=now)
    except ToldBefore:
        _count(guesser, *counting, now=now)
    else:
        queue.tell(*letters)
    raise WrongGlassProof


def _count(guesser: Guesser | None, *writes: Write, now: datetime) -> None:
    """Commit *writes*, and a wrong code of *guesser* with them unless codes wait by now."""
    try:
        if guesser:
            # It is known to be wrong already, so one round trip counts it and the rest, as for a wrong password.
            with code_attempts.paid_for(guesser, *writes, now=now):
                raise WrongCode
    except WrongCode:
        return
    except (TooManyCodes, CodesLocked, Outrun):
        pass
    commit(*writes)


def _trace(caller: _Caller, *, now: datetime) -> tuple[list[Write], list[ChangeMade]]:
    """Return the writes and the e-mail that tell a user that their right password was refused here."""
    knows, origin = caller.knows, caller.origin
    telling = attempt_limits.telling_of_glass_refusal(knows.user_id, caller.told, now=now) if knows else []
    if not (knows and telling):
        return [], []
    entry = audit.noting(
        Event.LOGIN_REFUSED,
        knows.user_id,
        actor=knows.login,
        proof="password",
        origin=origin,
        now=now,
        outcome="failure",
        detail=BREAK_GLASS,
    )
    notice_id = f"glass-refused:{knows.user_id}:{now:%Y-%m-%dT%H}"
    letter = account_mail.addressed(
        ChangeMade, notice_id, knows, change="glass_refused", at=now, address=origin.address
    )
    return [*telling, entry], [letter]


def _open(caller: _Caller, owner: _Owner, proof: Proof, *, now: datetime) -> None:
    """Open the lists and tell everybody. Raises Outrun, or WrongGlassProof if the code was used meanwhile."""
    login, account, origin = owner.login, owner.account, caller.origin
    # Written before the lists are opened: if the users could not be read after it, nobody would be told.
    alarm = announcements.letters("lists_opened", account.account_id, origin=origin, now=now)
    try:
        commit(
            ip_lists.opening_lists(account, now=now),
            *_keeping(account, owner.user, now=now),
            users.honouring(login.user_id, proved_at=now, credentials_at=login.credentials_at),
            *proof.writes,
            *caller.attempts.resetting(now=now),
            code_attempts.resetting(owner.guesser, now=now),
            *_entries(login, origin, now=now),
        )
    except WrongCode:
        _refuse(caller, now=now)
    announcements.tell(alarm)
    queue.tell(_letter(login, proof, origin, now=now))


def _keeping(account: Account, user: User, *, now: datetime) -> list[Write]:
    """Keep the lists for a rescue: whoever turned them off showed no device, so it counts as new."""
    provenance = of(user.user_id, now)
    return [
        kept_values.keeping(kind, kept_values.list_facts(account, name), user.user_id, provenance=provenance, now=now)
        for name, kind in kept_values.LIST_KINDS.items()
    ]


def _entries(owner: Login, origin: Origin, *, now: datetime) -> list[Write]:
    """Return the activity entries: the lists were opened, and a recovery code was used."""
    opened, used = (
        audit.noting(
            event,
            owner.user_id,
            actor=owner.login,
            proof="password recovery_code",
            origin=origin,
            now=now,
            detail=detail,
        )
        for event, detail in ((Event.LISTS_OPENED, "recovery_code"), (Event.RECOVERY_CODE_USED, ""))
    )
    return [opened, used]


def _letter(owner: Login, proof: Proof, origin: Origin, *, now: datetime) -> RecoveryCodeUsed:
    notice_id = f"break-glass:{owner.user_id}:{now.timestamp()}"
    return account_mail.addressed(
        RecoveryCodeUsed, notice_id, owner, left=proof.codes_left or 0, at=now, address=origin.address
    )

"""Flow of POST /ip-lists/break-glass: an owner who is locked out by their IP lists turns them off.

It takes the password and a recovery code, and every user of the account is told.
"""

from datetime import datetime

from shared import audit
from shared.auth import announcements, attempt_limits, code_attempts, credentials_check, ip_lists, kept_values
from shared.auth.code_attempts import Guesser
from shared.auth.factors import recovery_code
from shared.auth.factors.base import Proof
from shared.delivery import account_mail, queue
from shared.delivery.notices import RecoveryCodeUsed
from shared.domain.accounts import Account
from shared.domain.activity import Event
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.domain.provenance import of
from shared.domain.users import User
from shared.errors import OwnerOnly, WrongCode
from shared.storage import accounts, factors, failure_marks, logins, users
from shared.storage.engine import Write, commit


def break_glass(login: str, password: str, code: str, *, origin: Origin, now: datetime) -> None:
    """Turn off both IP lists of the account, from any address, and tell every user of it. *login* is canonical.

    Opens no session; the owner signs in after this as usual. Raises WrongPassword, TooManyPasswords, WrongCode,
    TooManyCodes, CodesLocked, OwnerOnly for a sub-user, AccountSuspended, or Outrun if a list changed meanwhile.
    """
    found, rows = logins.find_beside(login, attempt_limits.keys_at_arrival(login, origin))
    attempts = attempt_limits.at_arrival(login, found, None, rows, origin=origin, now=now)
    commit(*attempts.recording(now=now))  # count the attempt before looking
    with attempts.judged(now=now):
        owner = credentials_check.check(found, password, now=now)
    key = attempt_limits.code_attempts_key(owner.user_id)
    codes, user, account, counted = factors.codes_with_holder(owner.user_id, key)
    guesser = Guesser(owner.user_id, owner.login, origin, failure_marks.marks_in(counted))
    with code_attempts.paid_for(guesser, *attempts.resetting(now=now), now=now):
        if not (codes and user and account):
            raise WrongCode
        if not user.owner:
            raise OwnerOnly
        accounts.must_be_active(account)
        proof = recovery_code.prove(codes, code)
    # Written before the lists are opened: if the users could not be read after it, nobody would be told.
    alarm = announcements.letters("lists_opened", account.account_id, origin=origin, now=now)
    commit(
        ip_lists.opening_lists(account, now=now),
        *_keeping(account, user, now=now),
        users.honouring(owner.user_id, proved_at=now, credentials_at=owner.credentials_at),
        *proof.writes,
        code_attempts.resetting(guesser, now=now),
        *_entries(owner, origin, now=now),
    )
    announcements.tell(alarm)
    queue.tell(_letter(owner, proof, origin, now=now))


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
        audit.noting(event, owner.user_id, actor=owner.login, origin=origin, now=now, detail=detail)
        for event, detail in ((Event.LISTS_OPENED, "recovery_code"), (Event.RECOVERY_CODE_USED, ""))
    )
    return [opened, used]


def _letter(owner: Login, proof: Proof, origin: Origin, *, now: datetime) -> RecoveryCodeUsed:
    notice_id = f"break-glass:{owner.user_id}:{now.timestamp()}"
    return account_mail.addressed(
        RecoveryCodeUsed, notice_id, owner, left=proof.codes_left or 0, at=now, address=origin.address
    )

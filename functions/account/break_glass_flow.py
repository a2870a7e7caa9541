"""The story of the glass that an owner breaks when his lists keep him out: password, recovery code, an alarm."""

from datetime import datetime

from shared import audit
from shared.auth import attempt_limits, credentials_check, ip_lists, second_factor
from shared.auth.attempt_limits import PasswordTries
from shared.auth.second_factor import Proof
from shared.delivery import queue
from shared.delivery.notices import RecoveryCodeUsed
from shared.domain.activity import Event
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.errors import OwnerOnly, WrongCode
from shared.storage import factors, logins, users
from shared.storage.engine import Write, commit


def break_glass(login: str, password: str, code: str, *, origin: Origin, now: datetime) -> None:
    """Both lists are off, from wherever it is asked, and everybody in the account is told. *login* is canonical.

    It opens no session: that is for the sign-in, which needs its second factor as ever. Each try is paid for before
    it is looked at, and nobody without the right password learns more than that.
    """
    found = logins.find(login)
    tries = PasswordTries(login, origin, None)
    commit(*tries.paying(now=now))
    owner = credentials_check.proved(found, password, now=now)
    commit(attempt_limits.paying_for_code(owner.user_id, now=now), *tries.forgiving())
    codes, user, account = factors.codes_with_holder(owner.user_id)
    if not (codes and user and account):
        raise WrongCode
    if not user.owner:
        raise OwnerOnly
    proof = second_factor.by_recovery_code(codes, code)
    alarm = ip_lists.letters_to_everybody(account.account_id, origin=origin, now=now)
    commit(
        ip_lists.opening_lists(account, now=now),
        users.honouring(owner.user_id, proved_at=now, credentials_at=owner.credentials_at),
        *proof.writes,
        attempt_limits.forgiving_codes(owner.user_id),
        *_noted(owner, origin, now=now),
    )
    ip_lists.tell(alarm)
    queue.tell(_code_used(owner, proof, origin, now=now))


def _noted(owner: Login, origin: Origin, *, now: datetime) -> list[Write]:
    """What was done, and by what."""
    opened, used = (
        audit.noting(event, owner.user_id, actor=owner.login, origin=origin, now=now, detail=detail)
        for event, detail in ((Event.LISTS_OPENED, "recovery_code"), (Event.RECOVERY_CODE_USED, ""))
    )
    return [opened, used]


def _code_used(owner: Login, proof: Proof, origin: Origin, *, now: datetime) -> RecoveryCodeUsed:
    notice_id = f"break-glass:{owner.user_id}:{now.timestamp()}"
    left = proof.codes_left or 0
    return RecoveryCodeUsed(notice_id, owner.email, owner.language, owner.login, left, now, origin.address)

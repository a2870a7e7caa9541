"""Looking for a password among leaked ones after a sign-in: what the sign-in leaves behind for it."""

from datetime import datetime

from shared import policy, settings
from shared.auth import breached_passwords
from shared.delivery.notices import PasswordUsed
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.storage import logins
from shared.storage.engine import Write


def asking(owner: Login, password: str, origin: Origin, *, now: datetime) -> tuple[list[Write], list[PasswordUsed]]:
    """Return the write that notes the question, and the notice that asks it; both empty if there is none to ask.

    There is none where the account does not check, no list is configured, or the password was asked about within
    policy.BREACH_ASKED_EVERY. The write is refused as Outrun if another sign-in asked first.
    """
    if not (owner.checks_breaches and settings.BREACHED_PASSWORDS_URL):
        return [], []
    if now < owner.breach_asked_at + policy.BREACH_ASKED_EVERY:
        return [], []
    traced = breached_passwords.trace(owner.user_id, password)
    asked = PasswordUsed(
        id=f"breach:{owner.user_id}:{now.timestamp()}",
        user_id=owner.user_id,
        first=traced.first,
        sealed=traced.sealed,
        credentials_at=owner.credentials_at,
        at=now,
        address=origin.address,
    )
    return [logins.asking_for_breach(owner, now=now)], [asked]

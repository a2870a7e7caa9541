"""Account recovery: what operators change for a user who lost address, phone or factors, and when it has to wait."""

from dataclasses import dataclass, field
from datetime import datetime

from shared import policy
from shared.domain.instants import NEVER

EMAIL, PHONE, FACTORS = "email", "phone", "factors"
"""What operators can change of a login."""


@dataclass(frozen=True)
class PendingRecovery:
    """A recovery that waits until `due_at`, so that the user can cancel it. `sealed` is what it will change."""

    asked_at: datetime
    due_at: datetime
    link_id: str
    sealed: str = field(repr=False)


@dataclass(frozen=True)
class OperatorChanges:
    """When operators last changed address, phone and factors of a login."""

    email: datetime = NEVER
    phone: datetime = NEVER
    factors: datetime = NEVER

    def need_the_hold(self, what: str, *, now: datetime) -> bool:
        """Whether operators changed something else so lately that changing *what* as well has to wait.

        Whoever can talk an operator into two of them owns the login.
        """
        others = (at for name, at in vars(self).items() if name != what)
        return any(now < at + policy.RECOVERY_HELD_FOR for at in others)


NO_CHANGES = OperatorChanges()

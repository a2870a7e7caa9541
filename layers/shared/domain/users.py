"""Who a request comes from, as far as every request needs to know it."""

from dataclasses import dataclass
from datetime import UTC, datetime

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class User:
    """What was proved at `epoch` or before is void: moving it forward ends every session with one write."""

    account_id: str
    user_id: str
    login: str
    enabled: bool
    created_at: datetime
    epoch: datetime = NEVER

    def honours(self, *, proved_at: datetime) -> bool:
        """Whether a proof of that time still counts."""
        return self.enabled and proved_at > self.epoch

"""Who a request comes from, as far as every request needs to know it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared import policy

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class User:
    """What was proved at `epoch` or before is void: moving it forward ends every session with one write.

    So is what was proved with other credentials than those of `credentials_at`, when password or factors last changed:
    requests are stamped as they arrive, and one that comes later may be done sooner.
    """

    account_id: str
    user_id: str
    login: str
    enabled: bool
    created_at: datetime
    email: str = field(default="", repr=False)
    language: str = "en"
    owner: bool = True
    phone: str | None = field(default=None, repr=False)
    has_totp: bool = False
    password_set_at: datetime = NEVER
    epoch: datetime = NEVER
    devices_since: datetime = NEVER
    """Devices that were seen before are not known: then he said that somebody else had got in."""
    credentials_at: datetime = NEVER
    crowded_since: datetime | None = None
    """When the oldest of the last `policy.SESSIONS_AT_ONCE` sessions was opened; None while there were fewer."""

    @property
    def role(self) -> str:
        """What he is in `domain.access`."""
        return "owner" if self.owner else "subuser"

    @property
    def has_second_factor(self) -> bool:
        return self.has_totp or self.phone is not None

    def honours(self, *, proved_at: datetime, credentials_at: datetime) -> bool:
        """Whether a proof of that time, by credentials of that other, still counts."""
        return self.enabled and proved_at > self.epoch and credentials_at == self.credentials_at

    def may_be_crowded_out(self, *, opened_at: datetime) -> bool:
        """Whether so many sessions were opened after that time that one opened then may have to end.

        They were counted as they were written down: one that came later may have been written down sooner.
        """
        return self.crowded_since is not None and opened_at <= self.crowded_since + policy.REQUEST_LASTS

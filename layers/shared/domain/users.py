"""Who a request comes from, as far as every request needs to know it."""

from dataclasses import dataclass, field
from datetime import datetime

from shared import policy
from shared.domain.instants import NEVER
from shared.domain.scopes import ROLES
from shared.domain.sending_hours import Hours
from shared.domain.shares import EVERYTHING, Share


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
    permissions: str | None = None
    """Scopes that a sub-user was left, with blanks between; None for all that his role may have."""
    hours: Hours | None = None
    """When a sub-user may send; None for always."""
    senders: Share = EVERYTHING
    """Which of the account's sender names a sub-user may use."""
    phonebook: bool = False
    """Whether all groups of the account's contacts are shared with a sub-user; the groups' own row says the same."""
    description: str = ""
    """What the account's owner wrote beside a sub-user."""
    own_email: bool = True
    """Whether `email` is his. If not it is the owner's of his account: news go there, but no link to set a password."""
    given_until: datetime | None = None
    """How long the password works that the account's owner gave him; None for one that he chose himself."""
    crowded_since: datetime | None = None
    """When the oldest of the last `policy.SESSIONS_AT_ONCE` sessions was opened; None while there were fewer."""

    @property
    def role(self) -> str:
        """The key of the user in `domain.scopes.ROLES`."""
        return "owner" if self.owner else "subuser"

    @property
    def scopes(self) -> frozenset[str]:
        """What he, and any token of his, may do at most."""
        most = ROLES[self.role]
        return most if self.owner or self.permissions is None else most & frozenset(self.permissions.split())

    def honours(self, *, proved_at: datetime, credentials_at: datetime) -> bool:
        """Whether a proof of that time, by credentials of that other, still counts."""
        return self.enabled and proved_at > self.epoch and credentials_at == self.credentials_at

    def may_be_crowded_out(self, *, opened_at: datetime) -> bool:
        """Whether so many sessions were opened after that time that one opened then may have to end.

        They were counted as they were written down: one that came later may have been written down sooner.
        """
        return self.crowded_since is not None and opened_at <= self.crowded_since + policy.REQUEST_LASTS

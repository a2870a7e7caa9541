"""A user, with everything that each request needs to know of them."""

from dataclasses import dataclass, field
from datetime import datetime

from shared import policy
from shared.domain.instants import NEVER
from shared.domain.scopes import ROLES
from shared.domain.sending_hours import Hours
from shared.domain.shares import EVERYTHING, Share


@dataclass(frozen=True)
class User:
    """The owner of an account, or one of its sub-users.

    Sessions and links that were made at `epoch` or before are void: one write to `epoch` ends every session.
    `credentials_at` is when the password or a second factor last changed. A session or link made with other credentials
    is void as well, whatever its time: requests are stamped when they arrive, and a later one may be committed first.
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
    """Devices first seen at this instant or before are unknown: then the user reported somebody else's sign-in."""
    credentials_at: datetime = NEVER
    permissions: str | None = None
    """The scopes of a sub-user, with blanks between. None: every scope of the role, including ones added later."""
    hours: Hours | None = None
    """When a sub-user may send messages; None: always."""
    senders: Share = EVERYTHING
    """Which of the account's sender names a sub-user may use."""
    phonebook: bool = False
    """Whether a sub-user may use all groups of contacts (`contact_access.PHONEBOOK`). The row of groups repeats it."""
    description: str = ""
    """The owner's note about a sub-user."""
    own_email: bool = True
    """Whether `email` is the user's. If not, it is the account owner's, and no link to set a password is sent there."""
    given_until: datetime | None = None
    """Until when a password works that the account's owner gave a sub-user; None if the user chose it."""
    leaked_at: datetime | None = None
    """When the password that was used then turned out to be leaked; None if none did."""
    crowded_since: datetime | None = None
    """When the oldest of the last `policy.SESSIONS_AT_ONCE` sessions was opened; None if there were fewer."""

    @property
    def role(self) -> str:
        """The user's key in `domain.scopes.ROLES`."""
        return "owner" if self.owner else "subuser"

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that the user and their tokens have at most."""
        most = ROLES[self.role]
        return most if self.owner or self.permissions is None else most & frozenset(self.permissions.split())

    @property
    def has_factor(self) -> bool:
        """Whether the user has a second factor. Recovery codes only stand in for one."""
        return self.phone is not None or self.has_totp

    def honours(self, *, proved_at: datetime, credentials_at: datetime) -> bool:
        """Whether a session or link made at *proved_at*, with the credentials of *credentials_at*, is still valid."""
        return self.enabled and proved_at > self.epoch and credentials_at == self.credentials_at

    def has_leaked_password(self, *, signed_in_at: datetime) -> bool:
        """Whether a session opened at *signed_in_at* was opened with a password that is known to be leaked."""
        return self.leaked_at is not None and self.password_set_at < self.leaked_at < signed_in_at

    def may_be_crowded_out(self, *, opened_at: datetime) -> bool:
        """Whether so many newer sessions exist that one opened at *opened_at* may have to end.

        True asks the caller to count the living ones. False is certain.
        """
        # Openings are counted in the order of their commits, which may differ from that of their times by as much
        # as a request lasts.
        return self.crowded_since is not None and opened_at <= self.crowded_since + policy.REQUEST_LASTS

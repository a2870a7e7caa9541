"""What an account's owner decides for everybody in it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared import policy

PROFILES = ("smsapi", "nist")
"""Named sets of rules for passwords, see `domain.passwords`."""

CHANGES = ("off", "remind", "force")
"""What happens when a password has got old: nothing, an e-mail, or an e-mail and no way past a new password."""


@dataclass(frozen=True)
class Account:
    """The company's name is one more word that no password may hold."""

    account_id: str
    company: str = ""
    profile: str = "smsapi"
    change: str = "off"
    change_every: timedelta = policy.PASSWORD_CHANGED_EVERY
    longest_idle: timedelta = policy.SESSION_LIFETIME

    def password_due(self, *, set_at: datetime) -> datetime | None:
        """When a password of that age is to be changed; None where the account does not ask for it."""
        return None if self.change == "off" else set_at + self.change_every

    def must_change(self, *, set_at: datetime, signed_in_at: datetime) -> bool:
        """Whether a session opened at that time may do nothing but change the password."""
        return self.change == "force" and signed_in_at >= set_at + self.change_every

"""What an account's owner decides for everybody in it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared import policy
from shared.domain.instants import NEVER
from shared.domain.ip_lists import Gate
from shared.errors import AddressNotAllowed, TooManyCodes

PROFILES = ("smsapi", "nist")
"""Named sets of rules for passwords, see `domain.passwords`."""

CHANGES = ("off", "remind", "force")
"""What happens when a password has got old: nothing, an e-mail, or an e-mail and no way past a new password."""


@dataclass(frozen=True)
class Account:
    """The company's name is one more word that no password may hold.

    `panel` is from where people may come in, `api` from where machines may: those of sub-users too, if
    `api_for_subusers`. With `legacy_api` a user may call the API with a password of its own.
    """

    account_id: str
    company: str = ""
    profile: str = "smsapi"
    change: str = "off"
    change_every: timedelta = policy.PASSWORD_CHANGED_EVERY
    longest_idle: timedelta = policy.SESSION_LIFETIME
    panel: Gate = field(default=Gate(), repr=False)
    api: Gate = field(default=Gate(), repr=False)
    api_for_subusers: bool = True
    legacy_api: bool = False
    abroad: str = ""
    """Countries besides home that it may send to, ISO 3166 codes with blanks between."""
    codes_closed_until: datetime = NEVER
    """SMS Authenticator takes no codes until then: too many were wrong."""
    code_digits: int = policy.CODE_DIGITS
    code_lifetime: timedelta = policy.CODE_LIFETIME
    """Of the codes that SMS Authenticator sends for it."""

    def takes_passwords(self, *, now: datetime) -> bool:
        """Whether programs may show a login and an API password: never without a list of where from."""
        return self.legacy_api and self.has_api_list(now=now)

    def has_api_list(self, *, now: datetime) -> bool:
        """Whether machines may come from some addresses only."""
        gate = self.api.in_force(now=now)
        return gate.on and gate.sources != ""

    def password_due(self, *, set_at: datetime) -> datetime | None:
        """When a password of that age is to be changed; None where the account does not ask for it."""
        return None if self.change == "off" else set_at + self.change_every

    def must_change(self, *, set_at: datetime, signed_in_at: datetime) -> bool:
        """Whether a session opened at that time may do nothing but change the password."""
        return self.change == "force" and signed_in_at >= set_at + self.change_every

    def must_take_codes(self, *, now: datetime) -> None:
        """Raises TooManyCodes while SMS Authenticator takes none."""
        if now < self.codes_closed_until:
            raise TooManyCodes(retry_after=self.codes_closed_until - now)

    def must_admit(self, address: str, *, now: datetime) -> None:
        """Raises AddressNotAllowed where people may not come in from *address*."""
        if not self.panel.admits(address, now=now):
            raise AddressNotAllowed

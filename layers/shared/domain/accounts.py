"""An account's settings, which its owner decides for all its users."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared import policy
from shared.domain import ip_ranges
from shared.domain.ip_lists import IpList
from shared.domain.provenance import Provenance, Rescue
from shared.errors import AddressNotAllowed

PROFILES = ("smsapi", "nist")
"""Password profiles: the platform's published rule, and that of NIST SP 800-63B-4. See `domain.passwords`."""

CHANGES = ("off", "remind", "force")
"""What happens when a password gets older than `change_every`: nothing, an e-mail, or an e-mail and a forced change."""


@dataclass(frozen=True)
class Account:
    """The settings of one account.

    No password may contain `company`. `panel` is the IP list for people in the panel, `api` the one for API clients;
    it applies to the clients of sub-users as well if `api_for_subusers`. `legacy_api` lets API clients authenticate
    with a login and an API password.
    """

    account_id: str
    company: str = ""
    profile: str = "smsapi"
    change: str = "off"
    change_every: timedelta = policy.PASSWORD_CHANGED_EVERY
    longest_idle: timedelta = policy.SESSION_LIFETIME
    panel: IpList = field(default=IpList(), repr=False)
    api: IpList = field(default=IpList(), repr=False)
    api_for_subusers: bool = True
    legacy_api: bool = False
    changes_by_get: bool = False
    """Whether API clients may send, remove and change with GET, as SMSAPI's old clients do on `*.do`."""
    notify_url: str = field(default="", repr=False)
    """Where delivery reports go of messages that name no URL themselves; empty for nowhere."""
    factor_from: datetime | None = None
    """From when on every user needs a second factor; None if the account does not require one."""
    checks_breaches: bool = False
    """Whether passwords are looked for among leaked ones after a sign-in, at most once in policy.BREACH_ASKED_EVERY."""
    suspended: bool = False
    """Whether an operator suspended the account: nobody gets in, and nothing is sent for it."""
    sending_off: bool = False
    """Whether messages of customers and codes of SMS Authenticator are stopped. Codes for a sign-in never are."""
    sending_switched_at: datetime | None = None
    """When that was changed the last time. What was due by then and has not left never does."""
    abroad: str = ""
    """Countries besides the home country that messages may go to: ISO 3166 codes with blanks between."""
    abroad_per_day: int | None = None
    """Messages that may go to each of them in a UTC day; None for policy.SMS_ABROAD_PER_DAY."""
    rescues: tuple[Rescue, ...] = ()
    """The reports "it was not me" of the account's users."""
    code_digits: int = policy.CODE_DIGITS
    code_lifetime: timedelta = policy.CODE_LIFETIME
    """Number of digits and lifetime of the codes that SMS Authenticator sends for this account."""

    def suspends(self, *provenances: Provenance) -> bool:
        """Whether a user has reported the sign-in that any of these came from: then it does nothing until confirmed."""
        return any(rescue.covers(provenance) for rescue in self.rescues for provenance in provenances)

    def accepts_api_passwords(self, *, now: datetime) -> bool:
        """Whether API clients may authenticate with an API password: only while the IP list for them is on."""
        return self.legacy_api and self.has_api_list(now=now)

    def has_api_list(self, *, now: datetime) -> bool:
        """Whether API clients may come from listed addresses only. A list that holds everybody is none."""
        ip_list = self.api.in_force(now=now)
        return ip_list.on and ip_list.sources != "" and not ip_ranges.holds_everybody(ip_list.sources)

    def password_due(self, *, set_at: datetime) -> datetime | None:
        """Return when a password that was set at *set_at* is due for a change; None if the account asks for none."""
        return None if self.change == "off" else set_at + self.change_every

    def must_change(self, *, set_at: datetime, signed_in_at: datetime) -> bool:
        """Whether a session that was opened at *signed_in_at* may do nothing but change the password."""
        return self.change == "force" and signed_in_at >= set_at + self.change_every

    def requires_factor(self, *, now: datetime) -> bool:
        """Whether a user without a second factor may do nothing but enable one (ASVS V6.3.3)."""
        return self.factor_from is not None and now >= self.factor_from

    def must_admit(self, address: str, *, now: datetime) -> None:
        """Raise AddressNotAllowed if the panel's IP list does not admit *address*."""
        if not self.panel.admits(address, now=now):
            raise AddressNotAllowed

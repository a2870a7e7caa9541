"""A user, with everything that each request needs to know of them."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from shared import policy
from shared.domain import links
from shared.domain.account_recovery import NO_CHANGES, OperatorChanges, PendingRecovery
from shared.domain.instants import NEVER
from shared.domain.links import Link
from shared.domain.mail_trouble import MailTrouble
from shared.domain.provenance import UNKNOWN, Provenance
from shared.domain.rights import Rights
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
    email_at: datetime = NEVER
    """When `email` was last changed: what was sent to another address is void."""
    email_order: str | None = None
    """The id of the newest link that proves a new address. Older ones are void."""
    invitation: str | None = None
    """The id of the newest invitation. Older ones are void; None if there was none since this is kept."""
    provenance: Provenance = UNKNOWN
    """Of a sub-user: what the last changes to them came from."""
    bounds: Rights | None = None
    """Of a sub-user whom a program with limits made, or gave more than they had: its rights at that time. They, and
    their programs, stay within these until the account's owner confirms them."""
    reset_at: datetime = NEVER
    """When the password was last set with a link of a password reset."""
    rescued_at: datetime = NEVER
    """When the user last said "it was not me", or undid a change."""
    rescued_since: datetime = NEVER
    """The sign-in that they said it about. What the rescue covers needs no other."""
    rescued_email_at: datetime = NEVER
    """The version of the address that the link of `rescued_at` was sent to. It voids links to later addresses."""
    reset_email_at: datetime = NEVER
    """The version of the address that the link of `reset_at` was sent to."""
    recovery: PendingRecovery | None = None
    """A recovery by operators that waits for its time."""
    operator_changes: OperatorChanges = NO_CHANGES
    leaked_at: datetime | None = None
    """When the password that was used then turned out to be leaked; None if none did."""
    api_password_removed_at: datetime = NEVER
    """When an API password was last removed: messages that were ordered with it before do not leave."""
    codes_strict_until: datetime = NEVER
    """Until when SMS Authenticator's codes of this user have half their tries: too many codes were wrong."""
    mail_trouble: MailTrouble | None = None
    """What was noted about `email` or an earlier address; `mailbox_trouble` is what counts."""
    crowded_since: datetime | None = None
    """When the oldest of the last `policy.SESSIONS_AT_ONCE` sessions was opened; None if there were fewer."""

    @property
    def role(self) -> str:
        """The user's key in `domain.scopes.ROLES`."""
        return "owner" if self.owner else "subuser"

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that the user and their tokens have at most."""
        return self.given_scopes & self.bounds.scopes if self.bounds else self.given_scopes

    @property
    def given_scopes(self) -> frozenset[str]:
        """The scopes that the user was given, also those that they cannot use before they are confirmed."""
        most = ROLES[self.role]
        return most if self.owner or self.permissions is None else most & frozenset(self.permissions.split())

    def limiting(self, rights: Rights) -> Rights:
        """Return what is left of *rights* for a program of this user."""
        return replace(rights, scopes=rights.scopes & self.scopes).within(self.bounds)

    @property
    def has_factor(self) -> bool:
        """Whether the user has a second factor. Recovery codes only stand in for one."""
        return self.phone is not None or self.has_totp

    @property
    def mailbox_trouble(self) -> MailTrouble | None:
        """Trouble with the present address, if it is the user's own. A new address, or a confirmation, ends it."""
        noted = self.mail_trouble
        return noted if noted and self.own_email and noted.email_at == self.email_at else None

    def honours(self, *, proved_at: datetime, credentials_at: datetime) -> bool:
        """Whether a session or link made at *proved_at*, with the credentials of *credentials_at*, is still valid."""
        return self.enabled and proved_at > self.epoch and credentials_at == self.credentials_at

    def honours_link(self, link: Link) -> bool:
        """Whether a link that was sent to this user by e-mail is still valid, apart from its own use and expiry.

        It was sent to the present address and with the present credentials. A newer order to change the address, or a
        newer invitation, voids it. Ending all sessions voids an order to change the address, since the session may have
        been a thief's; it voids neither a reset nor an invitation, or a thief could keep the owner out.
        """
        as_sent = self.enabled and (link.credentials_at, link.email_at) == (self.credentials_at, self.email_at)
        match link.kind:
            case links.EMAIL:
                return as_sent and self.email_order == link.link_id and link.created_at > self.epoch
            case links.INVITATION:
                return as_sent and self.invitation in (None, link.link_id)
        return as_sent

    def honours_rescue(self, link: Link) -> bool:
        """Whether a link "it was not me", or one that undoes a change, is still valid, apart from use and expiry.

        Neither other credentials nor another address void it, since a thief may have changed both. It is void if a
        rescue since then came by a link to an older address, or did what this one would do; or if the user reset the
        password by a link to the same or an older address, and changed the address after that.
        """
        is_outranked = link.created_at <= self.rescued_at and link.email_at > self.rescued_email_at
        is_done = self.rescued_since <= link.created_at <= self.rescued_at and link.email_at >= self.rescued_email_at
        is_over = link.created_at < self.reset_at < self.email_at and self.reset_email_at <= link.email_at
        return self.enabled and not (is_outranked or is_done or is_over)

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

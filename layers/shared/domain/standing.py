"""Whether messages may leave, by what their account, their user and their token are at that moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.accounts import Account
from shared.domain.contact_access import Shares
from shared.domain.messages import TOO_LATE, Shipment
from shared.domain.provenance import Provenance
from shared.domain.scopes import LEGACY_SCOPES
from shared.domain.sender_names import SenderName, is_everybodys
from shared.domain.tokens import ApiToken
from shared.domain.users import User

ACCOUNT, SENDING, USER, TOKEN, SCOPE, SENDER, COUNTRY, GROUP, HOURS, EXPIRED, REPEATED = REASONS = (
    "account_suspended",
    "sending_off",
    "user_off",
    "token_revoked",
    "scope_removed",
    "sender_not_active",
    "country_closed",
    "group_not_shared",
    "outside_hours",
    TOO_LATE,
    "number_repeated",
)
"""Why a message is stopped. The last one is found where a large order is sent, and not by `judge`."""

SCOPES = {"sms": "sms", "code": "sms_authenticator"}
"""The scope that an order needs, by its kind."""


@dataclass(frozen=True)
class Kept:
    """A token that was deleted with the wish that what waits goes out. `provenance` is that of the deletion too."""

    account_id: str
    token_id: str
    provenance: Provenance


@dataclass(frozen=True)
class Standing:
    """The rows that an order is judged by. None stands for one that is gone, or that it does not need.

    `groups` are the ids of those of its groups that exist.
    """

    account: Account | None
    user: User | None
    token: ApiToken | None = None
    kept: Kept | None = None
    sender: SenderName | None = None
    shares: Shares | None = field(default=None, repr=False)
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Verdict:
    """What is to be done with an order: the reason why it is stopped, by place, or until when it waits."""

    stopped: Mapping[int, str]
    waits_until: datetime | None = None

    def lets_leave(self, place: int) -> bool:
        """Whether the message at *place* may leave now."""
        return place not in self.stopped and self.waits_until is None


LEAVES = Verdict({})


def judge(shipment: Shipment, standing: Standing, *, home: str, now: datetime) -> Verdict:
    """Return what is to be done with those messages of *shipment* that have no outcome. *home* is our country."""
    if reason := _why_stopped(shipment, standing):
        return Verdict(dict.fromkeys(shipment.open, reason))
    if shipment.expires_at and now >= shipment.expires_at:
        return Verdict(dict.fromkeys(shipment.open, EXPIRED))
    if standing.user and standing.user.hours and not standing.user.hours.hold(shipment.send_at):
        later = standing.user.hours.next_after(max(now, shipment.send_at)) if shipment.at_next_hour else None
        return Verdict({}, later) if later else Verdict(dict.fromkeys(shipment.open, HOURS))
    opened = {home, *(standing.account.abroad.split() if standing.account else ())}
    closed = [place for place in shipment.open if shipment.recipients[place].country not in opened]
    return Verdict(dict.fromkeys(closed, COUNTRY))


def _why_stopped(shipment: Shipment, standing: Standing) -> str:
    """Return why none of the messages may leave, whenever it is; empty if they may."""
    account, user = standing.account, standing.user
    if account is None or account.suspended:
        return ACCOUNT
    if account.sending_off or _was_off_when_due(account, shipment):
        return SENDING
    if user is None or not user.enabled or account.suspends(user.provenance):
        return USER
    return (
        _why_token_stops(shipment, standing, account, user)
        or _why_sender_stops(shipment, standing.sender, user)
        or _why_group_stops(shipment, standing, user)
    )


def _was_off_when_due(account: Account, shipment: Shipment) -> bool:
    """Whether sending was switched off, perhaps also on again, since the messages were due: a campaign that somebody
    stopped does not go on by itself.
    """
    return account.sending_switched_at is not None and shipment.send_at <= account.sending_switched_at


def _why_token_stops(shipment: Shipment, standing: Standing, account: Account, user: User) -> str:
    """Return TOKEN or SCOPE if the credential that ordered the messages, or the scope that this took, is gone.

    A token that expired, or has another secret, is still there. An order of before this was kept has no credential.
    """
    token, kept = standing.token, standing.kept
    scopes = user.scopes
    if shipment.is_by_password:
        is_there = account.legacy_api and user.api_password_removed_at < shipment.created_at
        if not is_there or account.suspends(shipment.provenance):
            return TOKEN
        scopes &= LEGACY_SCOPES
    elif token:
        if not token.stands_by(shipment.created_at) or account.suspends(token.provenance):
            return TOKEN
        scopes = token.rights_of(user).scopes
    elif shipment.ordered_by and (kept is None or account.suspends(kept.provenance)):
        return TOKEN
    return "" if SCOPES[shipment.kind] in scopes else SCOPE


def _why_sender_stops(shipment: Shipment, sender: SenderName | None, user: User) -> str:
    if is_everybodys(shipment.sender):
        return ""
    is_active = sender is not None and sender.active
    return "" if is_active and (user.owner or user.senders.holds(shipment.sender)) else SENDER


def _why_group_stops(shipment: Shipment, standing: Standing, user: User) -> str:
    """Return GROUP if a sub-user may not send to one of the groups any more. The owner may send to any number."""
    if user.owner or not shipment.groups:
        return ""
    shares = standing.shares or Shares(user.user_id)
    may_send = {one for one in standing.groups if shares.permission(one).send}
    return "" if may_send.issuperset(shipment.groups.split()) else GROUP

"""Judging: whether paid messages may still leave, by the rows of the moment in which they leave."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared import audit, settings
from shared.delivery.notices import MessageQueued
from shared.domain import standing
from shared.domain.activity import PLATFORM, Event
from shared.domain.identifiers import is_record_id
from shared.domain.messages import BY_PASSWORD, STOPPED, Shipment, shipment_of
from shared.domain.origins import Origin
from shared.domain.sender_names import is_everybodys
from shared.domain.standing import Standing, Verdict
from shared.observability import logger
from shared.sending import reporting
from shared.sending.refunds import give_back
from shared.storage import accounts, engine, groups, kept_orders, sender_names, shipments, tokens, users
from shared.storage.engine import Key, Row, commit

NOBODYS = Origin("", "")
"""The origin of what happens by itself."""

type Rows = dict[Key, Row]


@dataclass(frozen=True)
class Judged:
    """A shipment with what is to be done with it."""

    shipment: Shipment
    verdict: Verdict

    @property
    def rest(self) -> Sequence[int]:
        """The places of the messages that may leave now and are not claimed."""
        return [place for place in self.shipment.unsent if self.verdict.lets_leave(place)]


def judge(ordered: Iterable[Shipment], *, now: datetime) -> list[Judged]:
    """Judge some shipments. Takes one round trip, and one more if an order's token is gone."""
    them = list(ordered)
    return _judged(them, _fetched({}, [key for one in them for key in _keys(one)]), now=now)


def judge_queued(notice: MessageQueued, *, now: datetime) -> Judged | None:
    """Judge the shipment of a message that is on the queue; None if there is none any more.

    Takes one round trip, and one more if the token is gone, or for a sub-user's message to a group.
    """
    place = (notice.account_id, shipment_of(notice.id)[0])
    own = shipments.key(place)
    if not notice.user_id:  # it was queued before notices had it
        found = shipments.find_several([place])
        return judge(found, now=now)[0] if found else None
    beside = _keys_of(notice.account_id, notice.user_id, notice.ordered_by, notice.sender)
    rows = _fetched({}, [own, *beside])
    shipment = shipments.read(rows[own])
    return _judged([shipment], rows, now=now)[0] if shipment else None


def act(judged: Judged, *, now: datetime) -> None:
    """Stop what is to be stopped and give its points back, or let it wait. Does nothing if all may leave.

    The activity log gets one entry for each shipment. Raises shipments.TakenUp if a message was sent or refunded
    meanwhile.
    """
    shipment, verdict = judged.shipment, judged.verdict
    if verdict.waits_until:
        commit(shipments.moving(shipment, verdict.waits_until))
        logger.info("shipment_moved", shipment_id=shipment.shipment_id)
    stopped = [place for place in shipment.unsent if place in verdict.stopped]
    if not stopped:
        return  # a claimed one may have been sent: it is not sent again, and the pass of each minute ends it
    reason = verdict.stopped[stopped[0]]
    about = shipment.ordered_by if is_record_id(shipment.ordered_by) else ""
    noting = audit.noting(
        Event.MESSAGES_STOPPED,
        shipment.user_id,
        actor=PLATFORM,
        proof=PLATFORM,
        origin=NOBODYS,
        now=now,
        detail=reason,
        about=about,
    )
    became = dict.fromkeys(stopped, STOPPED)
    give_back(shipment, became, noting, reason=reason, now=now)
    reporting.tell(shipment.with_outcomes(became, reason=reason), stopped, at=now)
    logger.info("messages_stopped", shipment_id=shipment.shipment_id, reason=reason, count=len(stopped))


def _judged(them: Sequence[Shipment], rows: Rows, *, now: datetime) -> list[Judged]:
    rows = _fetched(rows, [key for one in them for key in _more_keys(one, rows)])
    home = settings.HOME_COUNTRY
    return [Judged(one, standing.judge(one, _standing(one, rows), home=home, now=now)) for one in them]


def _fetched(rows: Rows, keys: Iterable[Key]) -> Rows:
    """Return *rows* with those under *keys* that are not among them."""
    missing = [key for key in dict.fromkeys(keys) if key not in rows]
    return rows | dict(zip(missing, engine.fetch(*missing), strict=True)) if missing else rows


def _keys(shipment: Shipment) -> list[Key]:
    found = _keys_of(shipment.account_id, shipment.user_id, shipment.ordered_by, shipment.sender)
    return [*found, *_keys_of_groups(shipment)]


def _keys_of(account_id: str, user_id: str, ordered_by: str, sender: str) -> list[Key]:
    token = [tokens.key(ordered_by)] if ordered_by not in ("", BY_PASSWORD) else []
    named = [] if is_everybodys(sender) else [sender_names.key(account_id, sender)]
    return [accounts.key(account_id), users.key(user_id), *token, *named]


def _more_keys(shipment: Shipment, rows: Rows) -> list[Key]:
    """Return the keys of rows that only few orders need."""
    is_by_token = bool(shipment.ordered_by) and not shipment.is_by_password
    is_gone = is_by_token and rows[tokens.key(shipment.ordered_by)] is None
    kept = [kept_orders.key(shipment.account_id, shipment.ordered_by)] if is_gone else []
    return [*kept, *_keys_of_groups(shipment)]


def _keys_of_groups(shipment: Shipment) -> list[Key]:
    """Return the keys of the groups that it was ordered to, and of what is shared with the user."""
    found = [groups.key(shipment.account_id, group_id) for group_id in shipment.groups.split()]
    return [*found, groups.shares_key(shipment.user_id)] if found else []


def _standing(shipment: Shipment, rows: Mapping[Key, Row]) -> Standing:
    account_id, by = shipment.account_id, shipment.ordered_by
    is_token = bool(by) and not shipment.is_by_password
    return Standing(
        account=accounts.read(rows[accounts.key(account_id)]),
        user=users.read(rows[users.key(shipment.user_id)]),
        token=tokens.read(rows[tokens.key(by)]) if is_token else None,
        kept=kept_orders.read(rows.get(kept_orders.key(account_id, by))) if is_token else None,
        sender=sender_names.read(rows.get(sender_names.key(account_id, shipment.sender))),
        shares=groups.read_shares(shipment.user_id, rows.get(groups.shares_key(shipment.user_id))),
        groups=frozenset(one for one in shipment.groups.split() if rows.get(groups.key(account_id, one))),
    )

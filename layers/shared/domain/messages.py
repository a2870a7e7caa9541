"""Messages of customers: recipients, parts, points, and the outcome of each message."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import accumulate

from shared.domain.points import Points
from shared.domain.provenance import UNKNOWN as UNKNOWN_PROVENANCE
from shared.domain.provenance import Provenance

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)

EXTENSION = frozenset("\f^{}\\[~]|€")
"""The GSM 7-bit alphabet (3GPP 23.038) and its extension. A character of the extension counts as two."""

PLAIN = BASIC | EXTENSION

ALONE, IN_PARTS = 160, 153

UNICODE_ALONE, UNICODE_IN_PARTS = 70, 67
"""How long a message of one part may be, and each part of a longer one, whose header takes the rest.

In 7-bit characters (160, 153) or in UTF-16 code units (70, 67).
"""

SHIPMENT_CHARACTERS = 22

MESSAGE_PATTERN = re.compile(f"[0-9a-f]{{{SHIPMENT_CHARACTERS}}}[0-9]{{2}}")
"""A message's id: its shipment's id and the place of its recipient. 24 hexadecimal digits, as the platform's are."""

WAITING, LEAVING, DONE = "waiting", "leaving", "done"
"""States of a shipment: scheduled and removable; being sent; the outcome of every message is known."""

SENT, RETURNED, REMOVED, STOPPED, UNKNOWN = "sent", "returned", "removed", "stopped", "unknown"
"""Outcomes of a message: the carrier took it; it was not sent and its points were returned; it was removed before its
time and its points were returned; when it was to leave something that it needs had been taken away, and its points were
returned; the sender stopped in the middle, so it may have been sent.
"""

GIVEN_BACK = (RETURNED, REMOVED, STOPPED)
"""Outcomes of messages whose points were returned."""

ACCEPTED, UNDELIVERED, EXPIRED, REJECTED, FAILED, DELIVERED = (
    "accepted",
    "undelivered",
    "expired",
    "rejected",
    "failed",
    "delivered",
)
"""What a carrier says became of a message that it took: its own carrier has it; the phone did not get it, for good; the
phone has it. Points are not returned for any of them.
"""

STATUSES = {
    SENT: "SENT",
    RETURNED: "FAILED",
    REMOVED: "NOT_FOUND",
    STOPPED: "STOP",
    UNKNOWN: "UNKNOWN",
    ACCEPTED: "ACCEPTED",
    UNDELIVERED: "UNDELIVERED",
    EXPIRED: "EXPIRED",
    REJECTED: "REJECTED",
    FAILED: "FAILED",
    DELIVERED: "DELIVERED",
}

STEPS = ((SENT, UNKNOWN), (ACCEPTED,), (UNDELIVERED, EXPIRED, REJECTED, FAILED), (DELIVERED,))
"""How far a message has got. A carrier's report moves it forward only, as reports may come late and twice."""

TOO_LATE = "expired"
"""The value of `Shipment.stopped_for` for messages whose `expires_at` came before they left."""

QUEUED = "QUEUE"

BY_PASSWORD = "password"  # noqa: S105 - a name
"""The value of `Shipment.ordered_by` for the user's API password. No id of a token is so short."""


@dataclass(frozen=True)
class Recipient:
    """One recipient of a shipment. `number` is in E.164 form, `submitted` as the caller wrote it.

    `text` is this recipient's own; None for the shipment's. `parts` and `points` are set by `sending.orders.order`.
    """

    number: str = field(repr=False)
    country: str
    submitted: str = field(default="", repr=False)
    idx: str = ""
    text: str | None = field(default=None, repr=False)
    parts: int = 1
    points: Points = 0


@dataclass(frozen=True)
class Shipment:
    """Messages that were ordered and paid for together, at least one.

    `kind` is "sms", or "code" if the text is secret: then it is on the queue only, and `text` is empty here.
    `month` is the month in which a sub-user paid, None if the owner did; `from_month` is what came from that month's
    grant, and the rest from the one-off grant (see `purses.Payment`). `became` has the outcome of each message,
    by the name of its place (`place_name`): one of STATUSES, or the end of a process's claim.
    `left` is the number of messages without an outcome.

    `ordered_by` is the id of the API token or OAuth client that ordered them, or BY_PASSWORD; empty for those ordered
    before this was kept. `provenance` is that of an API password, while a token's is in its row. `groups` are the ids
    of the groups of contacts that they go to, with blanks between. `at_next_hour`: outside a sub-user's sending hours
    they wait for the next ones.
    """

    account_id: str
    shipment_id: str
    user_id: str
    kind: str
    sender: str
    text: str = field(repr=False)
    recipients: tuple[Recipient, ...] = field(repr=False)
    created_at: datetime
    send_at: datetime
    state: str
    check_idx: bool = False
    month: str | None = None
    from_month: Points = 0
    grant: int = 0
    became: Mapping[str, str] = field(default_factory=dict)
    left: int = 0
    look_at: datetime | None = None
    """When the pass of each minute takes it up, to send it or to give it up. None if every message has an outcome, and
    while it is a part of a large order that was not reached.
    """
    ordered_by: str = ""
    provenance: Provenance = UNKNOWN_PROVENANCE
    groups: str = ""
    at_next_hour: bool = False
    stopped_for: str = ""
    """Why messages have the outcome STOPPED: one of `standing.REASONS`."""
    expires_at: datetime | None = None
    """They do not leave at this instant or later; None if that does not matter."""
    notify_url: str = field(default="", repr=False)
    username: str = ""
    """Where new states are reported, empty for nowhere, and the login that ordered the messages."""
    part_of: str = ""
    points_before: Points = 0
    """The id of its large order until that reaches it, and the points of the shipments before it in that order."""
    counted_at: datetime | None = None
    """When repeats of its numbers were counted, if not when it was ordered."""
    forget_at: datetime | None = None
    """From when on texts and numbers are not shown any more; some time later the row is removed."""

    def __post_init__(self) -> None:
        """Raise ValueError for a row that we cannot have written."""
        if not self.recipients or None in (self.user_id, self.kind, self.sender, self.text, self.state, self.became):
            raise ValueError("no shipment")

    @property
    def is_by_password(self) -> bool:
        """Whether they were ordered with an API password."""
        return self.ordered_by == BY_PASSWORD

    @property
    def points(self) -> Points:
        return sum(recipient.points for recipient in self.recipients)

    @property
    def left_at(self) -> datetime:
        """When its messages were queued, or are to be."""
        return max(self.send_at, self.counted_at or self.send_at)

    def from_month_at(self, places: Iterable[int]) -> Points:
        """Return what the messages at *places* took from the month's grant: it pays for the first ones."""
        ends = list(accumulate(recipient.points for recipient in self.recipients))
        return sum(
            min(self.recipients[place].points, max(0, self.from_month - (ends[place] - self.recipients[place].points)))
            for place in places
        )

    @property
    def parts(self) -> int:
        """The number of parts of the first message."""
        return self.recipients[0].parts

    @property
    def unsent(self) -> list[int]:
        """The places of the messages that have neither an outcome nor a claim."""
        return [place for place in range(len(self.recipients)) if place_name(place) not in self.became]

    @property
    def open(self) -> list[int]:
        """The places of the messages without an outcome, claimed or not."""
        return [place for place in range(len(self.recipients)) if not self.has_ended(place)]

    def has_ended(self, place: int) -> bool:
        """Whether the outcome of the message at *place* is known."""
        return self.became.get(place_name(place)) in STATUSES

    def claimed(self) -> dict[int, datetime]:
        """Return the claimed messages: by place, the instant until which the claim holds."""
        return {int(name): datetime.fromisoformat(word) for name, word in self.became.items() if word not in STATUSES}

    def message_id(self, place: int) -> str:
        return self.shipment_id + place_name(place)

    def words(self, place: int) -> str:
        """Return the text for the recipient at *place*."""
        own = self.recipients[place].text
        return self.text if own is None else own

    def status(self, place: int) -> str:
        """Return the status of the message at *place*, as SMSAPI's clients know it."""
        word = self.became.get(place_name(place), "")
        if word == STOPPED and self.stopped_for == TOO_LATE:
            return STATUSES[EXPIRED]
        return STATUSES.get(word, QUEUED)

    def with_outcomes(self, became: Mapping[int, str], *, reason: str = "") -> "Shipment":
        """Return the shipment as it is once messages have these outcomes, by place; *reason* is why they stopped."""
        words = {place_name(place): word for place, word in became.items()}
        return replace(self, became={**self.became, **words}, stopped_for=reason or self.stopped_for)


def behind(word: str) -> list[str]:
    """Return the outcomes that a carrier's report of *word* moves forward."""
    reached = next(place for place, step in enumerate(STEPS) if word in step)
    return [one for step in STEPS[:reached] for one in step]


def place_name(place: int) -> str:
    return f"{place:02}"


def is_message_id(text: str) -> bool:
    """Whether *text* has the form of a message's id, so that other text is refused without a read."""
    return MESSAGE_PATTERN.fullmatch(text) is not None


def shipment_of(message_id: str) -> tuple[str, int]:
    """Return the id of the message's shipment, and its place there."""
    return message_id[:SHIPMENT_CHARACTERS], int(message_id[SHIPMENT_CHARACTERS:])


def is_plain(text: str) -> bool:
    """Whether *text* can be sent in the GSM 7-bit alphabet."""
    return PLAIN.issuperset(text)


def parts(text: str) -> int:
    """Return how many parts the carrier sends *text* in. No character is split between two parts."""
    if is_plain(text):
        widths, alone, together = [2 if sign in EXTENSION else 1 for sign in text], ALONE, IN_PARTS
    else:
        widths, alone, together = [1 + (sign > "\uffff") for sign in text], UNICODE_ALONE, UNICODE_IN_PARTS
    return 1 if sum(widths) <= alone else _packed(widths, together)


def _packed(widths: Iterable[int], size: int) -> int:
    boxes, room = 1, size
    for width in widths:
        if width > room:
            boxes, room = boxes + 1, size
        room -= width
    return boxes

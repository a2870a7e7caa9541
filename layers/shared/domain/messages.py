"""What customers send: to whom, in how many parts, for how many points, and what became of each message."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.points import Points

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)

EXTENSION = frozenset("\f^{}\\[~]|€")
"""The alphabet of 3GPP 23.038. A character of the extension takes the place of two."""

ALONE, IN_PARTS = 160, 153

UNICODE_ALONE, UNICODE_IN_PARTS = 70, 67
"""Places in a message, and in each part of a longer one, whose head takes the rest: of 7 bits or of UTF-16 units."""

SHIPMENT_CHARACTERS = 22

MESSAGE_PATTERN = re.compile(f"[0-9a-f]{{{SHIPMENT_CHARACTERS}}}[0-9]{{2}}")
"""A message's id: that of its shipment, and its recipient's place in it. 24 hexadecimal digits, as the platform's."""

WAITING, LEAVING, DONE = "waiting", "leaving", "done"
"""A shipment waits for its time, and can be removed; it leaves; or it is known what became of all its messages."""

SENT, RETURNED, REMOVED, UNKNOWN = "sent", "returned", "removed", "unknown"
"""What can become of a message: the carrier has it; it was never sent, or removed before, and its points were given
back; or whoever sent it died, and nobody knows.
"""

STATUSES = {SENT: "SENT", RETURNED: "FAILED", REMOVED: "NOT_FOUND", UNKNOWN: "UNKNOWN"}

QUEUED = "QUEUE"


@dataclass(frozen=True)
class Recipient:
    """`number` is in E.164 form, `submitted` as it came. `text` is for him alone; None for that of the shipment.

    What his message takes, `parts` and `points`, is worked out by `guard.order`.
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
    """Messages that were ordered and are paid for together.

    `kind` is "sms", or "code" for one whose text is a secret: that lies on the queue alone, and here is none.
    `month` is the one in which a sub-user paid, None where the owner did. `became` says what became of the messages by
    their places, as `place_name` writes them: one of STATUSES, or until when somebody is busy sending it; `left` is how
    many have not come to an end.
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
    became: Mapping[str, str] = field(default_factory=dict)
    left: int = 0
    look_at: datetime | None = None
    """When somebody looks at it again: to send it, or to give up. None once there is nothing to be done."""

    def __post_init__(self) -> None:
        """Raises ValueError for what lies in no row of ours."""
        if not self.recipients or None in (self.user_id, self.kind, self.sender, self.text, self.state, self.became):
            raise ValueError("no shipment")

    @property
    def points(self) -> Points:
        return sum(recipient.points for recipient in self.recipients)

    @property
    def parts(self) -> int:
        """Of the first message."""
        return self.recipients[0].parts

    @property
    def unsent(self) -> list[int]:
        """Places of the messages that nobody has begun to send."""
        return [place for place in range(len(self.recipients)) if place_name(place) not in self.became]

    def claimed(self) -> dict[int, datetime]:
        """Places of the messages that somebody began to send, and nobody ended: until when he may be at it."""
        return {int(name): datetime.fromisoformat(word) for name, word in self.became.items() if word not in STATUSES}

    def message_id(self, place: int) -> str:
        return self.shipment_id + place_name(place)

    def words(self, place: int) -> str:
        """The text for that recipient."""
        own = self.recipients[place].text
        return self.text if own is None else own

    def status(self, place: int) -> str:
        """What became of that message, in the platform's word."""
        return STATUSES.get(self.became.get(place_name(place), ""), QUEUED)


def place_name(place: int) -> str:
    return f"{place:02}"


def is_message_id(text: str) -> bool:
    """Whether *text* could be the id of a message. Garbage is refused without a read."""
    return MESSAGE_PATTERN.fullmatch(text) is not None


def shipment_of(message_id: str) -> tuple[str, int]:
    """The shipment that a message belongs to, and its place there."""
    return message_id[:SHIPMENT_CHARACTERS], int(message_id[SHIPMENT_CHARACTERS:])


def is_plain(text: str) -> bool:
    """Whether *text* can be sent in the alphabet of 7 bits."""
    return BASIC.union(EXTENSION).issuperset(text)


def parts(text: str) -> int:
    """How many messages the carrier makes of *text*. No character is cut in two."""
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

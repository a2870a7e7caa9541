"""The door to sms.do: sending, what became of a message, and taking back one that waits for its time."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, BeforeValidator, Field, RootModel
from pydantic_core import PydanticCustomError

from messages import send_flow, wording
from messages.send_flow import WantedSms
from shared import policy
from shared.domain import points
from shared.domain.messages import QUEUED, Shipment
from shared.errors import NotAvailable, PostNeeded, TemplateUnknown
from shared.http.bodies import JSON, TEXT
from shared.http.dependencies import ApiClient, Now
from shared.http.routing import Routes
from shared.http.smsapi.parameters import Flag, Legacy, Listed, Text

routes = Routes()

NOT_FOUND = "NOT_FOUND"


def _moment(value: object) -> object:
    """Seconds since 1970, or ISO 8601; without a zone it is UTC. Raises as Pydantic does for anything else."""
    text = str(value)
    try:
        if text.isascii() and text.isdigit():
            return datetime.fromtimestamp(int(text), UTC)
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise PydanticCustomError("not_an_instant", "not an instant") from None


def _one_each(value: object) -> object:
    """One value for each number: an array, or one text with strokes between (PHP; Python, Java and C#)."""
    return value if isinstance(value, list) else str(value).split("|")


def _idx(value: object) -> object:
    """The same; of an empty text nobody says whose it is."""
    return [] if value == "" else _one_each(value)


def _ids(value: object) -> object:
    """Some clients join them with strokes, others with commas."""
    return value.replace("|", ",") if isinstance(value, str) else value


Moment = Annotated[datetime, BeforeValidator(_moment)]
Names = Annotated[Listed, Field(default_factory=list)]
Each = Annotated[list[Text], BeforeValidator(_one_each), Field(default_factory=list)]
OneIdx = Annotated[Text, Field(max_length=policy.MAX_IDX_CHARACTERS)]
Idx = Annotated[list[OneIdx], BeforeValidator(_idx), Field(default_factory=list)]
Ids = Annotated[Listed, BeforeValidator(_ids), Field(default_factory=list)]


class SmsCommand(Legacy):
    """A message for `to` or `group`; or ids of messages: `status` of which is asked for, or `sch_del` taken back.

    `to` are up to 40 numbers with commas between. `idx` and `param1` to `param4` are one for each, with `|` between.
    `date` and `expiration_date` are seconds since 1970, or ISO 8601. Without `format=json` the answer is plain text.
    """

    to: Names
    group: Names
    message: Text = ""
    sender: Annotated[Text, Field(alias="from")] = ""
    details: Flag = False
    test: Flag = False
    date: Moment | None = None
    expiration_date: Moment | None = None
    normalize: Flag = False
    single: Flag = False
    skip_foreign: Flag = False
    allow_duplicates: Flag = False
    nounicode: Flag = False
    no_unicode: Flag = False
    max_parts: Annotated[int, Field(ge=1)] = policy.MESSAGE_PARTS
    idx: Idx
    check_idx: Flag = False
    param1: Each
    param2: Each
    param3: Each
    param4: Each
    time_restriction: Literal["follow", "ignore", "nearest_available"] = "follow"
    flash: Flag = False
    udh: Text = ""
    datacoding: Text = ""
    template: Text = ""
    fallback: Annotated[list[Any], Field(default_factory=list)]
    status: Ids
    sch_del: Ids


class SmsItem(BaseModel):
    """One message. Who may not read the group that it goes to is told no number."""

    id: str
    points: float
    number: str
    date_sent: Annotated[int, Field(description="Seconds since 1970; when it will be sent, if that is later.")]
    submitted_number: str
    status: str
    error: None = None
    idx: str | None
    parts: int


class SmsAccepted(BaseModel):
    """Accepted and paid for. The last three are there if `details` were asked for."""

    count: int
    list: list[SmsItem]
    message: str | None = None
    length: int | None = None
    parts: int | None = None


class SmsState(BaseModel):
    """What became of one message: QUEUE, SENT, FAILED, UNKNOWN, or NOT_FOUND."""

    id: str
    number: str
    points: float
    status: str
    error: None = None
    idx: str | None


class SmsStates(BaseModel):
    """In the order that was asked for."""

    count: int
    list: list[SmsState]


class RemovedSms(BaseModel):
    """A message that is not sent. Its points are given back."""

    id: str


class SmsRemoved(BaseModel):
    """Those that were taken back."""

    count: int
    list: list[RemovedSms]


class SmsAnswer(RootModel[SmsAccepted | SmsStates | SmsRemoved]):
    """What was sent, what became of it, or what was taken back."""


@routes.get("/sms.do", answer=SmsStates)
def get_sms(client: ApiClient, command: SmsCommand) -> Response[str]:
    """What became of these messages?"""
    if not command.status:
        raise PostNeeded
    return _states(client, command)


@routes.post("/sms.do", answer=SmsAnswer)
def post_sms(client: ApiClient, command: SmsCommand, now: Now) -> Response[str]:
    """Send a message, or ask what became of some, or take some back that wait for their time."""
    if command.sch_del:
        removed = send_flow.remove(client, command.sch_del, now=now)
        listed = SmsRemoved(count=len(removed), list=[RemovedSms(id=one) for one in removed])
        return _answer(command, listed, [f"OK:{one}" for one in removed])
    if command.status:
        return _states(client, command)
    shipment = send_flow.send(client, _order(command), now=now)
    items = [_item(shipment, place) for place in range(len(shipment.recipients))]
    return _answer(command, _accepted(shipment, items, command), [f"OK:{item.id}:{item.points}" for item in items])


def _order(command: SmsCommand) -> WantedSms:
    """Raises NotAvailable, TemplateUnknown for what would make another message of it than was asked for."""
    if command.template:
        raise TemplateUnknown
    if command.flash or command.udh or command.datacoding or command.fallback:
        raise NotAvailable
    spelled = wording.plain if command.normalize else str
    return WantedSms(
        text=spelled(command.message),
        numbers=tuple(command.to),
        groups=tuple(command.group),
        sender=command.sender or None,
        idx=tuple(command.idx),
        params={name: tuple(map(spelled, words)) for name in "1234" if (words := getattr(command, f"param{name}"))},
        date=command.date,
        expires_at=command.expiration_date,
        max_parts=1 if command.single else min(command.max_parts, policy.MESSAGE_PARTS),
        check_idx=command.check_idx,
        duplicates=command.allow_duplicates,
        home_only=command.skip_foreign,
        plain_only=command.nounicode or command.no_unicode,
        at_next_hour=command.time_restriction == "nearest_available",
        test=command.test,
    )


def _accepted(shipment: Shipment, items: Sequence[SmsItem], command: SmsCommand) -> SmsAccepted:
    accepted = SmsAccepted(count=len(items), list=list(items))
    if command.details:
        text = shipment.words(0)
        accepted.message, accepted.length, accepted.parts = text, len(text), shipment.parts
    return accepted


def _item(shipment: Shipment, place: int) -> SmsItem:
    recipient = shipment.recipients[place]
    return SmsItem(
        id=shipment.message_id(place),
        points=points.told(recipient.points),
        number=_number(shipment, place),
        date_sent=int(shipment.send_at.timestamp()),
        submitted_number=recipient.submitted,
        status=QUEUED,
        idx=recipient.idx or None,
        parts=recipient.parts,
    )


def _states(client: ApiClient, command: SmsCommand) -> Response[str]:
    found = send_flow.look(client.user, command.status)
    states = [_state(one, found.get(one)) for one in command.status]
    lines = [f"OK:{state.id}:{state.status}" for state in states]
    return _answer(command, SmsStates(count=len(states), list=states), lines)


def _state(message_id: str, found: tuple[Shipment, int] | None) -> SmsState:
    if found is None:
        return SmsState(id=message_id, number="", points=0, status=NOT_FOUND, idx=None)
    shipment, place = found
    recipient = shipment.recipients[place]
    return SmsState(
        id=message_id,
        number=_number(shipment, place),
        points=points.told(recipient.points),
        status=shipment.status(place),
        idx=recipient.idx or None,
    )


def _number(shipment: Shipment, place: int) -> str:
    """With its country and without a sign; nothing for one that the sender may not know."""
    recipient = shipment.recipients[place]
    return recipient.number.removeprefix("+") if recipient.submitted else ""


def _answer(command: SmsCommand, body: SmsAccepted | SmsStates | SmsRemoved, lines: Sequence[str]) -> Response[str]:
    if command.format != "json":
        return Response(200, TEXT, "\n".join(lines))
    unsaid = {name for name in ("message", "length", "parts") if getattr(body, name, 0) is None}
    return Response(200, JSON, body.model_dump_json(exclude=unsaid))

"""The door of sms.do: send messages, ask for their status, and remove scheduled ones."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, BeforeValidator, Field, RootModel
from pydantic_core import PydanticCustomError

from messages import send_flow, wording
from messages.send_flow import WantedSms
from shared import policy
from shared.domain import numbers, points
from shared.domain.messages import QUEUED, Shipment
from shared.domain.sender_names import is_default
from shared.errors import NoRecipients, NotAvailable, OnlyTests, RecipientsOfTestExceeded, TemplateUnknown
from shared.http.bodies import JSON, TEXT
from shared.http.dependencies import ApiClient, Now, Raw
from shared.http.fields import WHOLE
from shared.http.routing import Routes
from shared.http.smsapi import changes_by_get
from shared.http.smsapi import errors as smsapi_errors
from shared.http.smsapi.errors import InvalidNumber
from shared.http.smsapi.parameters import Flag, Legacy, Listed, Text, text

routes = Routes()

NOT_FOUND = "NOT_FOUND"

NO_NUMBER = smsapi_errors.NUMBERS[NoRecipients]
"""What an invalid number is told as in plain text."""

BREAKS = re.compile("[;:]")
"""What stands between values in plain text. An invalid number may have it in itself."""

BETWEEN_NUMBERS = re.compile("[,;\r\n]")
"""What stands between the numbers of `to`: commas, in some programs semicolons or lines."""


ISO_8601 = (
    "[0-9]{4}-?[0-9]{2}-?[0-9]{2}"
    "([T ][0-9]{2}:?[0-9]{2}(:?[0-9]{2}([.,][0-9]{1,9})?)?(?P<zone>Z|[ +-][0-9]{2}(:?[0-9]{2})?)?)?"
)
"""A day or an instant in any of the spellings of ISO 8601 that clients send.

A zone may begin with a blank: so `+` arrives from a form that does not encode it.
"""


def _moment(value: object) -> object:
    """Return a time, given in seconds since 1970 or in ISO 8601, in which UTC is the default zone.

    Raises PydanticCustomError for anything else.
    """
    try:
        if isinstance(value, str) and (match := re.fullmatch(ISO_8601, value)):
            zone = match["zone"] or ""
            moment = datetime.fromisoformat(value.removesuffix(zone) + zone.replace(" ", "+"))
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        return datetime.fromtimestamp(numbers.natural(value), UTC)
    except (ValueError, OverflowError, OSError):
        raise PydanticCustomError("not_a_moment", "not a time") from None


def _one_each(value: object) -> object:
    """Return one value for each number: PHP sends an array; Python, Java and C# send one text separated by `|`.

    Anything but a text is left for Pydantic to refuse.
    """
    one = text(value)
    return one.split("|") if isinstance(one, str) else value


def _idx(value: object) -> object:
    """Return one `idx` for each number; none for an empty text."""
    return [] if value == "" else _one_each(value)


def _numbers(value: object) -> object:
    """Return numbers with commas between them, whatever of BETWEEN_NUMBERS stands there."""
    return BETWEEN_NUMBERS.sub(",", value) if isinstance(value, str) else value


def _ids(value: object) -> object:
    """Return ids with commas between them, where some clients put `|`."""
    return value.replace("|", ",") if isinstance(value, str) else value


Moment = Annotated[datetime, BeforeValidator(_moment)]
Names = Annotated[Listed, Field(default_factory=list)]
Numbers = Annotated[Listed, BeforeValidator(_numbers), Field(default_factory=list)]
Each = Annotated[list[Text], BeforeValidator(_one_each), Field(default_factory=list)]
OneIdx = Annotated[Text, Field(max_length=policy.MAX_IDX_CHARACTERS)]
Idx = Annotated[list[OneIdx], BeforeValidator(_idx), Field(default_factory=list)]
Ids = Annotated[Listed, BeforeValidator(_ids), Field(default_factory=list)]


class SmsDoRequest(Legacy):
    """A message to send (`to` or `group`), or ids of messages to look up (`status`) or to remove (`sch_del`).

    Numbers in `to` and names in `group` are separated by commas. `idx` and `param1` to `param4` have one value for each
    number, separated by `|`. Without `format=json` the answer is plain text. A `date` without a zone is UTC.
    """

    to: Numbers
    group: Names
    message: Text = ""
    sender: Annotated[Text, Field(alias="from")] = ""
    details: Flag = False
    test: Annotated[
        Flag,
        Field(
            description="Check the request, price it and answer, and send nothing. Points, repeats (of a number, or of "
            "an `idx` with `check_idx`) and the day's limit for a country abroad are not checked. All that a program "
            f"with `sms:test` and without `sms` can do, to at most {policy.RECIPIENTS_OF_TEST} numbers of `to` at once."
        ),
    ] = False
    date: Moment | None = None
    expiration_date: Moment | None = None
    normalize: Flag = False
    single: Flag = False
    skip_foreign: Flag = False
    allow_duplicates: Flag = False
    nounicode: Flag = False
    no_unicode: Flag = False
    max_parts: Annotated[int, Field(ge=1), WHOLE] = policy.MESSAGE_PARTS
    idx: Idx
    check_idx: Flag = False
    param1: Each
    param2: Each
    param3: Each
    param4: Each
    notify_url: Annotated[Text, Field(max_length=policy.NOTIFY_URL_CHARACTERS)] = ""
    time_restriction: Literal["follow", "ignore", "nearest_available"] = "follow"
    flash: Flag = False
    udh: Text = ""
    datacoding: Text = ""
    template: Text = ""
    fallback: Annotated[list[Any], Field(default_factory=list)]
    status: Ids
    sch_del: Ids


class SmsItem(BaseModel):
    """A message to one number. Its numbers are empty for a sender who may not read the contact group it was sent to."""

    id: str
    points: float
    number: str
    date_sent: Annotated[int, Field(description="When it is sent, or will be, in seconds since 1970.")]
    submitted_number: str
    status: str
    error: None = None
    idx: str | None
    parts: int


class SentSmsResponse(BaseModel):
    """The accepted messages. `message`, `length` and `parts` are present only if `details` was sent.

    `invalid_numbers` is present only if some numbers get no message, though others do.
    """

    count: int
    list: list[SmsItem]
    message: str | None = None
    length: int | None = None
    parts: int | None = None
    invalid_numbers: Sequence[InvalidNumber] | None = None


class SmsState(BaseModel):
    """The status of one message."""

    id: str
    number: str
    points: float
    status: Annotated[
        str,
        Field(
            description="`QUEUE`, `SENT`, `FAILED`, `UNKNOWN`, `STOP`, `EXPIRED` or `NOT_FOUND`; where the carrier "
            "reports it, `ACCEPTED`, `DELIVERED`, `UNDELIVERED` or `REJECTED`."
        ),
    ]
    error: None = None
    idx: str | None


class SmsStatusResponse(BaseModel):
    """The status of each message, in the order of the ids that were sent."""

    count: int
    list: list[SmsState]


class RemovedSms(BaseModel):
    """A scheduled message that was removed."""

    id: str


class RemovedSmsResponse(BaseModel):
    """The scheduled messages that were removed. Their points are refunded."""

    count: int
    list: list[RemovedSms]


class SmsDoResponse(RootModel[SentSmsResponse | SmsStatusResponse | RemovedSmsResponse]):
    """The accepted messages, the status of messages, or the removed messages."""


@routes.get("/sms.do", response_model=SmsDoResponse)
def get_sms(client: ApiClient, request: SmsDoRequest, event: Raw, now: Now) -> Response[str]:
    """Get the status of messages (`status`).

    If the account allows changes by GET, it also sends and removes, as POST does.
    """
    if not request.status or request.sch_del:
        changes_by_get.must_be_allowed(client, event)
    return _act(client, request, now=now)


@routes.post("/sms.do", response_model=SmsDoResponse)
def post_sms(client: ApiClient, request: SmsDoRequest, now: Now) -> Response[str]:
    """Send SMS (`to` or `group`), get the status of messages (`status`), or remove scheduled ones (`sch_del`)."""
    return _act(client, request, now=now)


def _act(client: ApiClient, request: SmsDoRequest, *, now: datetime) -> Response[str]:
    if "sms" not in client.scopes:
        _must_only_test(request)
    if request.sch_del:
        removed = send_flow.remove(client, request.sch_del, now=now)
        listed = RemovedSmsResponse(count=len(removed), list=[RemovedSms(id=one) for one in removed])
        return _answer(request, listed, [f"OK:{one}" for one in removed])
    if request.status:
        return _states(client, request)
    sent = send_flow.send(client, _wanted(request), now=now)
    items = [_item(shipment, place) for shipment in sent.shipments for place in range(len(shipment.recipients))]
    accepted = _accepted(sent.shipments[0], items, request)
    invalid = smsapi_errors.invalid_numbers(sent.invalid)
    accepted.invalid_numbers = invalid or None
    return _answer(request, accepted, _told(items, [one.number for one in invalid]))


def _must_only_test(request: SmsDoRequest) -> None:
    """Raise OnlyTests unless the request sends to numbers, with test=1: a group's numbers are not the program's.

    Raises RecipientsOfTestExceeded for too many numbers, before any of them is looked at.
    """
    if not request.test or request.sch_del or request.status or request.group:
        raise OnlyTests
    if len(request.to) > policy.RECIPIENTS_OF_TEST:
        raise RecipientsOfTestExceeded


def _wanted(request: SmsDoRequest) -> WantedSms:
    """Return the message to send.

    Raises NotAvailable or TemplateUnknown for parameters that would change the message if they were supported.
    """
    if request.template:
        raise TemplateUnknown
    if request.flash or request.udh or request.datacoding or request.fallback:
        raise NotAvailable
    normalized = wording.plain if request.normalize else str
    return WantedSms(
        text=normalized(request.message),
        numbers=tuple(request.to),
        groups=tuple(request.group),
        sender=None if is_default(request.sender) else request.sender,
        idx=tuple(request.idx),
        params={
            name: tuple(map(normalized, words))
            for name in "1234"
            if _is_given(words := getattr(request, f"param{name}"), request.to)
        },
        date=request.date,
        expires_at=request.expiration_date,
        max_parts=1 if request.single else min(request.max_parts, policy.MESSAGE_PARTS),
        check_idx=request.check_idx,
        duplicates=request.allow_duplicates,
        home_only=request.skip_foreign,
        plain_only=request.nounicode or request.no_unicode,
        at_next_hour=request.time_restriction == "nearest_available",
        notify_url=request.notify_url,
        test=request.test,
    )


def _is_given(words: Sequence[str], numbers: Sequence[str]) -> bool:
    """Whether there are values of a parameter. Programs send an empty one, whatever the number of numbers, for none."""
    return any(words) or 0 < len(words) == len(numbers)


def _accepted(first: Shipment, items: Sequence[SmsItem], request: SmsDoRequest) -> SentSmsResponse:
    accepted = SentSmsResponse(count=len(items), list=list(items))
    if request.details:
        text = first.words(0)
        accepted.message, accepted.length, accepted.parts = text, len(text), first.parts
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


def _told(items: Sequence[SmsItem], invalid: Sequence[str]) -> list[str]:
    """Return each message as plain text, and behind them each invalid number: older clients look at the beginning.

    Where there are several, its number says whose it is.
    """
    several = len(items) + len(invalid) > 1
    told = [f"OK:{item.id}:{item.points}" + (f":{item.number}" if several else "") for item in items]
    return [*told, *(f"ERROR:{NO_NUMBER}:{BREAKS.sub('', number)}" for number in invalid)]


def _states(client: ApiClient, request: SmsDoRequest) -> Response[str]:
    found = send_flow.look(client.user, request.status)
    states = [_state(one, found.get(one)) for one in request.status]
    words = [f"OK:{state.id}:{state.status}" for state in states]
    return _answer(request, SmsStatusResponse(count=len(states), list=states), words)


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
    """Return the number with its country code and without `+`, or an empty string if the sender may not know it."""
    recipient = shipment.recipients[place]
    return recipient.number.removeprefix("+") if recipient.submitted else ""


def _answer(
    request: SmsDoRequest, body: SentSmsResponse | SmsStatusResponse | RemovedSmsResponse, words: Sequence[str]
) -> Response[str]:
    if not request.wants_json:
        return Response(200, TEXT, ";".join(words))
    unset = {name for name in ("message", "length", "parts", "invalid_numbers") if getattr(body, name, 0) is None}
    return Response(200, JSON, body.model_dump_json(exclude=unset))

"""The door of ordered messages: find them, and withdraw those that wait."""

from datetime import datetime
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from messages import find_messages_flow
from messages.find_messages_flow import Found, MessageFilter, Place
from shared import policy, settings
from shared.domain import instants, phone_numbers, points
from shared.domain.identifiers import RECORD_CHARACTERS, USER_CHARACTERS
from shared.domain.messages import BY_PASSWORD, MESSAGE_PATTERN, SHIPMENT_CHARACTERS, STOPPED, WAITING, shipment_of
from shared.errors import InvalidRequest, MessageLeft, NotFound, NotMobile, Outrun
from shared.http import cursors
from shared.http.cursors import must_say_no_more
from shared.http.dependencies import From, Now, Principal, Raw
from shared.http.fields import Instant
from shared.http.routing import Routes
from shared.storage.shipment_lists import ListMark

routes = Routes()

FILTERS = frozenset({"state", "since", "until", "user_id", "token_id", "number", "order"})

OF_ORDER = "Only messages ordered in one request to send, which the id of any of them names."

CURSOR_CHARACTERS = 128
"""More than any cursor has: a time, the id of an order, and a place in it, in base64. It grants no access."""


class ListedMessage(BaseModel):
    """A message that was ordered."""

    id: str
    state: Annotated[
        str,
        Field(
            description="`waiting` for its time, `leaving`, `sent`, `returned` if it could not be sent, `removed` if "
            "it was withdrawn, `stopped` if something that it needs was taken away or its expiration date came, or "
            "`unknown`. Then what its carrier reports: `accepted` by another carrier, `delivered`, `undelivered`, "
            "`expired`, `rejected` or `failed`."
        ),
    ]
    reason: Annotated[str | None, Field(description="Why it was stopped, or null.")]
    number: Annotated[str | None, Field(description="The number, or null if the caller may not know it.")]
    sender: str
    text: Annotated[
        str | None,
        Field(
            description="The text. Null for a code, and from "
            f"{policy.SHIPMENT_KEPT_FOR.days} days after the message left or was stopped on."
        ),
    ]
    parts: int
    points: float
    user_id: Annotated[str, Field(description="The id of the user whose program ordered it.")]
    token_id: Annotated[str | None, Field(description="The id of the token that ordered it; null for a password.")]
    created_at: Instant
    send_at: Annotated[Instant, Field(description="When it is sent, or was to be.")]


class ListedMessagesResponse(BaseModel):
    """A page of messages. Even a short or empty page is not the last while it has a `next`."""

    messages: list[ListedMessage]
    next: str | None


class WithdrawnMessagesResponse(BaseModel):
    """How many messages were withdrawn. Their points are refunded. While there is a `next`, more may wait."""

    withdrawn: int
    next: str | None


def _instant(text: object) -> datetime:
    try:
        return instants.instant(text)
    except ValueError:
        raise PydanticCustomError("not_an_instant", "not an instant") from None


def _place(cursor: str) -> Place:
    """Return the place that *cursor* names. Raises PydanticCustomError."""
    try:
        at, shipment_id, place = cursors.read(cursor).split("~")
        found = ListMark(instants.instant(at), shipment_id)
        if len(shipment_id) != SHIPMENT_CHARACTERS or not shipment_id.isalnum() or (place and not place.isdigit()):
            raise ValueError
        return Place(found, int(place[:4]) if place else None)
    except ValueError:
        raise PydanticCustomError("not_a_cursor", "not a cursor") from None


def _with_country_code(digits: str) -> str:
    """Return a number as `sms.do` understands it: nine digits are one of the home country."""
    try:
        return phone_numbers.recipient(digits, home=settings.HOME_COUNTRY)[0].removeprefix("+")
    except NotMobile:
        return digits


At = Annotated[datetime, BeforeValidator(_instant)]
Cursor = Annotated[
    str,
    Field(
        pattern="^[A-Za-z0-9_-]+$",
        min_length=1,
        max_length=CURSOR_CHARACTERS,
        json_schema_extra={"examples": ["MjAyNi0wMS0zMVQxMjowMDowMCswMDowMH42NzQxZGIxYzA5YTBmM2UyZDdiODU0fg"]},
    ),
    AfterValidator(_place),
]
Length = Annotated[int, Field(ge=1, le=policy.MESSAGES_LONGEST_PAGE)]
Number = Annotated[str, Field(pattern="^[0-9]{5,15}$", max_length=15), AfterValidator(_with_country_code)]
UserId = Annotated[str, Field(pattern=f"^[0-9A-Za-z]{{{USER_CHARACTERS}}}$", max_length=USER_CHARACTERS)]
TokenId = Annotated[str, Field(pattern=f"^[0-9A-Za-z]{{{RECORD_CHARACTERS}}}$", max_length=RECORD_CHARACTERS)]
Order = Annotated[
    str,
    Field(pattern=f"^{MESSAGE_PATTERN.pattern}$", max_length=SHIPMENT_CHARACTERS + 2),
    AfterValidator(lambda message_id: shipment_of(message_id)[0]),
]
Waiting = Annotated[Literal["waiting"], Field(json_schema_extra={"examples": ["waiting"]})]
State = Literal[
    "waiting",
    "leaving",
    "sent",
    "returned",
    "removed",
    "stopped",
    "unknown",
    "accepted",
    "delivered",
    "undelivered",
    "expired",
    "rejected",
    "failed",
]
"""Where a message is: of its shipment, or one of `messages.STATUSES`."""


@routes.get("/messages", refuses=[InvalidRequest])
def get_messages(
    principal: Principal,
    now: Now,
    request: Raw,
    *,
    state: Annotated[State | None, Query(description="Only messages in this state.")] = None,
    since: Annotated[At | None, Query(description="Only messages that leave at this time or later.")] = None,
    until: Annotated[At | None, Query(description="Only messages that leave before this time.")] = None,
    user_id: Annotated[UserId | None, Query(description="Only messages of this user.")] = None,
    token_id: Annotated[TokenId | None, Query(description="Only messages that this token ordered.")] = None,
    number: Annotated[Number | None, Query(description="Only messages to this number, with its country code.")] = None,
    order: Annotated[Order | None, Query(description=OF_ORDER)] = None,
    cursor: Annotated[Cursor | None, Query(description="The value of `next` on the previous page.")] = None,
    limit: Annotated[Length, Query(description="How many messages a page has at most.")] = policy.MESSAGES_PAGE,
) -> ListedMessagesResponse:
    """List ordered messages, those that leave latest first; with `order`, in the order of the request.

    The owner, or a program of theirs with the scope `messages`, gets those of the whole account; a sub-user their own;
    a program with the scope `sms` those that it ordered itself.
    """
    _must_know(request, FILTERS | {"cursor", "limit"})
    wanted = MessageFilter(state, since, until, user_id, token_id, number, order)
    found, last = find_messages_flow.listed(principal, wanted, _read(cursor), limit=limit, now=now)
    return ListedMessagesResponse(messages=[_listed(one) for one in found], next=_cursor(last))


@routes.delete("/messages", refuses=[Outrun])
def delete_messages(
    principal: Principal,
    origin: From,
    now: Now,
    request: Raw,
    *,
    state: Annotated[Waiting | None, Query(description="All that wait: only these can be withdrawn.")] = None,
    since: Annotated[At | None, Query(description="Only messages that leave at this time or later.")] = None,
    until: Annotated[At | None, Query(description="Only messages that leave before this time.")] = None,
    user_id: Annotated[UserId | None, Query(description="Only messages of this user.")] = None,
    token_id: Annotated[TokenId | None, Query(description="Only messages that this token ordered.")] = None,
    number: Annotated[Number | None, Query(description="Only messages to this number, with its country code.")] = None,
    order: Annotated[Order | None, Query(description=OF_ORDER)] = None,
    cursor: Annotated[Cursor | None, Query(description="The value of `next` in the previous answer.")] = None,
) -> WithdrawnMessagesResponse:
    """Withdraw the messages that wait and match, and refund their points. At least one filter must be sent.

    A request withdraws a bounded number of them. Repeat it with `next` as `cursor` until `next` is null.
    """
    sent = _must_know(request, FILTERS | {"cursor"})
    if not sent & FILTERS:  # so that a slip deletes nothing
        raise RequestValidationError([{"type": "one_filter", "loc": ("query", name)} for name in sorted(FILTERS)])
    wanted = MessageFilter(state or WAITING, since, until, user_id, token_id, number, order)
    count, last = find_messages_flow.withdraw(principal, wanted, _read(cursor), origin=origin, now=now)
    return WithdrawnMessagesResponse(withdrawn=count, next=_cursor(last))


@routes.delete("/messages/{message_id}", status=204, refuses=[NotFound, MessageLeft, Outrun])
def delete_message(principal: Principal, message_id: str, origin: From, now: Now) -> Response[None]:
    """Withdraw a message that waits, and refund its points."""
    find_messages_flow.withdraw_one(principal, message_id, origin=origin, now=now)
    return Response(204)


def _must_know(request: Raw, known: frozenset[str]) -> set[str]:
    """Return the names of the parameters. Raises RequestValidationError for an unknown one: a misspelt filter."""
    must_say_no_more(request, known)
    return set(request.get("queryStringParameters") or {})


def _read(cursor: object) -> Place | None:
    return cursor if isinstance(cursor, Place) else None


def _cursor(place: Place | None) -> str | None:
    if place is None:
        return None
    rest = "" if place.place is None else str(place.place)
    text = f"{place.mark.send_at.isoformat()}~{place.mark.shipment_id}~{rest}"
    return cursors.written(text)


def _listed(found: Found) -> ListedMessage:
    shipment, recipient = found.shipment, found.shipment.recipients[found.place]
    return ListedMessage(
        id=shipment.message_id(found.place),
        state=found.state,
        reason=shipment.stopped_for if found.state == STOPPED else None,
        number=found.number,
        sender=shipment.sender,
        text=found.text,
        parts=recipient.parts,
        points=points.told(recipient.points),
        user_id=shipment.user_id,
        token_id=None if shipment.ordered_by in ("", BY_PASSWORD) else shipment.ordered_by,
        created_at=shipment.created_at,
        send_at=shipment.send_at,
    )

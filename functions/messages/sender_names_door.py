"""The door to sender names: /sms/sendernames, and the older sender.do."""

from typing import Annotated
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, Field, RootModel

from messages import manage_sender_names_flow
from messages.manage_sender_names_flow import NameInAccount
from shared.domain.sender_names import SenderName
from shared.errors import (
    Outrun,
    SenderExists,
    SenderInactive,
    SenderInvalid,
    SenderNotThere,
    SenderQuotaReached,
    SenderUnknown,
    UnknownSenderAction,
)
from shared.http.bodies import JSON
from shared.http.dependencies import ApiClient, From, Now, Principal
from shared.http.fields import Instant
from shared.http.routing import Routes
from shared.http.smsapi.parameters import Flag, Legacy, Lenient, Text

routes = Routes()

PATH = "/sms/sendernames"

STATEMENT = (
    "I declare that I may use this sender name, that it names me or a brand of mine, and that I do not send under it "
    "in the name of anybody else."
)


class SenderView(BaseModel):
    """A name that messages are sent under. `status` is ACTIVE or INACTIVE."""

    sender: str
    is_default: bool
    status: str
    created_at: Instant


class SenderNames(BaseModel):
    """By name."""

    size: int
    collection: list[SenderView]


class SenderOrder(Lenient):
    """A name that is wanted."""

    sender: Text


class Statement(BaseModel):
    """What whoever asks for a sender name declares."""

    content: str
    sections: list[str]


class SenderCommand(Legacy):
    """What sender.do is to do: the first of these that is given. `list` is 1, the others are names."""

    add: Text | None = None
    delete: Text | None = None
    default: Text | None = None
    status: Text | None = None
    wants_list: Annotated[Flag, Field(alias="list")] = False


class Counted(BaseModel):
    """What was done, counted: always 1."""

    count: int = 1


class LegacySender(BaseModel):
    """A name in a list of sender.do."""

    sender: str
    status: str
    default: bool


class LegacyStatus(BaseModel):
    """A name that sender.do was asked for."""

    name: str
    status: str
    default: bool


class LegacyAnswer(RootModel[list[LegacySender] | LegacyStatus | Counted]):
    """A list, one name, or that it is done."""


@routes.get(PATH)
def get_sender_names(principal: Principal) -> SenderNames:
    """Under which names may I send? A sub-user sees those that are shared with him."""
    listed = [_view(shown) for shown in manage_sender_names_flow.of_user(principal.user)]
    return SenderNames(size=len(listed), collection=listed)


@routes.get(f"{PATH}/statement")
def get_statement(principal: Principal) -> Statement:  # noqa: ARG001 - it is for those who may
    """What do I declare when I ask for a sender name?"""
    return Statement(content=STATEMENT, sections=[])


@routes.get(f"{PATH}/{{sender}}", refuses=[SenderNotThere])
def get_sender_name(principal: Principal, sender: str) -> SenderView:
    """Is this name approved?"""
    return _view(manage_sender_names_flow.find(principal.user, unquote(sender)))


@routes.post(
    PATH,
    status=201,
    yes="Made. An operator has to approve it, unless it is one of everybody's.",
    refuses=[SenderInvalid, SenderExists, SenderQuotaReached, Outrun],
)
def post_sender_name(principal: Principal, order: SenderOrder, origin: From, now: Now) -> Response[SenderView]:
    """Ask for a name. Only the account's owner may, and an operator has to approve it."""
    name = manage_sender_names_flow.add(principal, order.sender, origin=origin, now=now)
    return Response(201, JSON, _view(NameInAccount(name, is_default=False)))


@routes.delete(f"{PATH}/{{sender}}", status=204, refuses=[SenderUnknown, Outrun])
def delete_sender_name(principal: Principal, sender: str, origin: From, now: Now) -> Response[None]:
    """Give a name back. Only the account's owner may."""
    manage_sender_names_flow.remove(principal, unquote(sender), origin=origin, now=now)
    return Response(204)


@routes.post(f"{PATH}/{{sender}}/commands/make_default", status=204, refuses=[SenderUnknown, SenderInactive, Outrun])
def post_default(principal: Principal, sender: str, origin: From, now: Now) -> Response[None]:
    """Send under this name what names no sender. Only the account's owner may choose."""
    manage_sender_names_flow.make_default(principal, unquote(sender), origin=origin, now=now)
    return Response(204)


@routes.get("/sender.do", answer=LegacyAnswer)
def get_sender_do(principal: ApiClient, command: SenderCommand) -> Response[str]:
    """The same for older clients: `list`, or `status` with a name."""
    return _told(principal, command)


@routes.post("/sender.do", answer=LegacyAnswer)
def post_sender_do(principal: ApiClient, command: SenderCommand, origin: From, now: Now) -> Response[str]:
    """The same, and `add`, `delete` or `default` with a name, which the account's owner alone may ask for."""
    if command.add is not None:
        manage_sender_names_flow.add(principal, command.add, origin=origin, now=now)
    elif command.delete is not None:
        manage_sender_names_flow.remove(principal, command.delete, origin=origin, now=now)
    elif command.default is not None:
        manage_sender_names_flow.make_default(principal, command.default, origin=origin, now=now)
    else:
        return _told(principal, command)
    return _answer(Counted())


def _told(principal: Principal, command: SenderCommand) -> Response[str]:
    """What changes nothing. Raises UnknownSenderAction."""
    if command.status is not None:
        shown = manage_sender_names_flow.find(principal.user, command.status)
        return _answer(LegacyStatus(name=shown.name.sender, status=shown.name.status, default=shown.is_default))
    if not command.wants_list:
        raise UnknownSenderAction
    return _answer(LegacyAnswer([_legacy(shown) for shown in manage_sender_names_flow.of_user(principal.user)]))


def _answer(body: BaseModel) -> Response[str]:
    return Response(200, JSON, body.model_dump_json())


def _view(shown: NameInAccount) -> SenderView:
    name: SenderName = shown.name
    return SenderView(sender=name.sender, is_default=shown.is_default, status=name.status, created_at=name.created_at)


def _legacy(shown: NameInAccount) -> LegacySender:
    return LegacySender(sender=shown.name.sender, status=shown.name.status, default=shown.is_default)

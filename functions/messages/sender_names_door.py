"""The door of sender names: /sms/sendernames and the older sender.do."""

from datetime import datetime
from typing import Annotated
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, Field, RootModel

from messages import manage_sender_names_flow
from messages.manage_sender_names_flow import NameInAccount
from shared.auth import api_clients
from shared.domain.origins import Origin
from shared.domain.sender_names import SenderName
from shared.errors import (
    Outrun,
    SenderExists,
    SenderInactive,
    SenderInvalid,
    SenderNotThere,
    SenderQuotaReached,
    SenderUnknown,
    SeveralSenderActions,
    UnknownSenderAction,
)
from shared.http.bodies import JSON, TEXT
from shared.http.dependencies import ApiClient, From, Now, Principal, Raw
from shared.http.routing import Routes
from shared.http.smsapi import changes_by_get
from shared.http.smsapi.instants import Instant
from shared.http.smsapi.parameters import Filters, Flag, Legacy, Lenient, Text

routes = Routes()

PATH = "/sms/sendernames"

STATEMENT = (
    "I declare that I am allowed to use this sender name, that it identifies me or my brand, and that I will not use "
    "it to send messages on behalf of anybody else."
)


class SenderNameResponse(BaseModel):
    """A name that messages are sent under."""

    sender: str
    is_default: bool
    status: str
    created_at: Instant


class SenderNamesResponse(BaseModel):
    """Sender names, in the order of their names."""

    size: int
    collection: list[SenderNameResponse]


class CreateSenderNameRequest(Lenient):
    """The sender name to request."""

    sender: Text


class StatementResponse(BaseModel):
    """The declaration of a user who requests a sender name."""

    content: str
    sections: list[str]


class SenderDoRequest(Legacy):
    """The action, selected by the first of `add`, `delete`, `default`, `status` and `list` that is given.

    Without `format=json` the answer is plain text.
    """

    add: Text | None = None
    delete: Text | None = None
    default: Text | None = None
    status: Text | None = None
    wants_list: Annotated[Flag, Field(alias="list")] = False


class LegacyCount(BaseModel):
    """How many sender names were changed: always 1."""

    count: int = 1


class LegacySender(BaseModel):
    """A sender name in the list of sender.do."""

    sender: str
    status: str
    default: bool


class LegacySenderStatus(BaseModel):
    """A sender name that sender.do was asked for."""

    name: str
    status: str
    default: bool


class SenderDoResponse(RootModel[list[LegacySender] | LegacySenderStatus | LegacyCount]):
    """All sender names, one of them, or how many were changed."""


class ListSenderNamesRequest(Filters):
    """Nothing narrows the list of sender names."""


@routes.get(PATH)
def get_sender_names(principal: Principal, request: ListSenderNamesRequest) -> SenderNamesResponse:  # noqa: ARG001 - declared so that an unknown filter is refused
    """List sender names that the caller may use: for a sub-user, those that are shared with them."""
    listed = [_response(shown) for shown in manage_sender_names_flow.of_user(principal.user)]
    return SenderNamesResponse(size=len(listed), collection=listed)


@routes.get(f"{PATH}/statement")
def get_statement(principal: Principal) -> StatementResponse:  # noqa: ARG001 - declared so that only callers with the scope may ask
    """Get the statement that a user makes by requesting a sender name."""
    return StatementResponse(content=STATEMENT, sections=[])


@routes.get(f"{PATH}/{{sender}}", refuses=[SenderNotThere])
def get_sender_name(principal: Principal, sender: str) -> SenderNameResponse:
    """Get a sender name, and whether it is approved."""
    return _response(manage_sender_names_flow.find(principal.user, unquote(sender)))


@routes.post(
    PATH,
    status=201,
    success="Created. An operator has to approve it before messages are sent under it, unless everybody may use it.",
    refuses=[SenderInvalid, SenderExists, SenderQuotaReached, Outrun],
)
def post_sender_name(
    principal: Principal, request: CreateSenderNameRequest, origin: From, now: Now
) -> Response[SenderNameResponse]:
    """Create a sender name. Only the owner may do this, and an operator has to approve the name."""
    name = manage_sender_names_flow.add(principal, request.sender, origin=origin, now=now)
    return Response(201, JSON, _response(NameInAccount(name, is_default=False)))


@routes.delete(f"{PATH}/{{sender}}", status=204, refuses=[SenderUnknown, Outrun])
def delete_sender_name(principal: Principal, sender: str, origin: From, now: Now) -> Response[None]:
    """Delete a sender name. Only the owner may do this."""
    manage_sender_names_flow.remove(principal, unquote(sender), origin=origin, now=now)
    return Response(204)


@routes.post(f"{PATH}/{{sender}}/commands/make_default", status=204, refuses=[SenderUnknown, SenderInactive, Outrun])
def post_default(principal: Principal, sender: str, origin: From, now: Now) -> Response[None]:
    """Make a sender name the default for messages that name no sender. Only the owner may do this."""
    manage_sender_names_flow.make_default(principal, unquote(sender), origin=origin, now=now)
    return Response(204)


@routes.get("/sender.do", response_model=SenderDoResponse)
def get_sender_do(principal: ApiClient, request: SenderDoRequest, event: Raw, origin: From, now: Now) -> Response[str]:
    """List sender names (`list`), or get one (`status`), for older clients.

    If the account allows changes by GET, it also creates, deletes and makes default, as POST does.
    """
    if any(action is not None for action in (request.add, request.delete, request.default)):
        changes_by_get.must_be_allowed(principal, event)
    return _act(principal, request, origin, now=now)


@routes.post("/sender.do", response_model=SenderDoResponse)
def post_sender_do(principal: ApiClient, request: SenderDoRequest, origin: From, now: Now) -> Response[str]:
    """Create (`add`), delete (`delete`) or make default (`default`) a sender name, or read as with GET.

    Only the owner may create, delete or choose the default.
    """
    return _act(principal, request, origin, now=now)


def _act(principal: api_clients.ApiClient, request: SenderDoRequest, origin: Origin, *, now: datetime) -> Response[str]:
    """Do the one action that *request* selects. Raises SeveralSenderActions."""
    changes = (request.add, request.delete, request.default)
    if sum(action is not None for action in (*changes, request.status)) > 1:
        raise SeveralSenderActions
    if request.add is not None:
        manage_sender_names_flow.add(principal, request.add, origin=origin, now=now)
    elif request.delete is not None:
        manage_sender_names_flow.remove(principal, request.delete, origin=origin, now=now)
    elif request.default is not None:
        manage_sender_names_flow.make_default(principal, request.default, origin=origin, now=now)
    else:
        return _read(principal, request)
    return _answer(request, LegacyCount(), "OK:1")


def _read(principal: Principal, request: SenderDoRequest) -> Response[str]:
    """Answer `status` or `list`. Raises UnknownSenderAction."""
    if request.status is not None:
        shown = manage_sender_names_flow.find(principal.user, request.status)
        status = LegacySenderStatus(name=shown.name.sender, status=shown.name.status, default=shown.is_default)
        return _answer(request, status, _told(shown))
    if not request.wants_list:
        raise UnknownSenderAction
    every = manage_sender_names_flow.of_user(principal.user)
    return _answer(request, SenderDoResponse([_legacy(shown) for shown in every]), "\n".join(map(_told, every)))


def _answer(request: SenderDoRequest, body: BaseModel, text: str) -> Response[str]:
    return Response(200, JSON, body.model_dump_json()) if request.wants_json else Response(200, TEXT, text)


def _told(shown: NameInAccount) -> str:
    """Return a sender name as plain text."""
    return f"Sender: {shown.name.sender};{shown.name.status};{int(shown.is_default)}"


def _response(shown: NameInAccount) -> SenderNameResponse:
    name: SenderName = shown.name
    return SenderNameResponse(
        sender=name.sender, is_default=shown.is_default, status=name.status, created_at=name.created_at
    )


def _legacy(shown: NameInAccount) -> LegacySender:
    return LegacySender(sender=shown.name.sender, status=shown.name.status, default=shown.is_default)

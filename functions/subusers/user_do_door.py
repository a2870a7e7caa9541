"""The door of SMSAPI's user.do: one path, on which a parameter selects the action."""

from datetime import datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, RootModel, WithJsonSchema

from shared import policy
from shared.auth.principals import Principal
from shared.crypto import password_hash
from shared.domain import logins, points
from shared.domain.logins import canonical
from shared.domain.origins import Origin
from shared.domain.shares import EVERYTHING, Share
from shared.domain.subusers import Limits, Secrets, Subuser
from shared.errors import NothingToChange, SeveralActions, UnknownAction
from shared.http.bodies import JSON, TEXT
from shared.http.dependencies import ApiClient, From, Now, Raw
from shared.http.routing import Routes
from shared.http.smsapi import changes_by_get
from shared.http.smsapi.parameters import AS_TEXT, Flag, Legacy, Text
from subusers import change_flow, create_flow, read_flow
from subusers.change_flow import Changes
from subusers.create_flow import WantedSubuser
from subusers.requests import Amount, Description

routes = Routes()

PREFIX = "{owner}_"
"""The prefix of a new sub-user's name, unless `without_prefix` is set."""

Md5 = Annotated[str, Field(pattern=f"^{password_hash.MD5_HEX}$"), AS_TEXT]
Named = Annotated[str, Field(max_length=policy.MAX_LOGIN_CHARACTERS), AS_TEXT]
Present = Annotated[Any, WithJsonSchema({"type": "string", "examples": ["1"]})]
"""A parameter that selects an action by its presence. Any value will do."""

SHARES = {True: EVERYTHING, False: Share("none")}


class UserDoRequest(Legacy):
    """The action, selected by `credits`, `list`, `get_user`, `add_user` or `set_user`, and its parameters.

    Without `format=json` the answer is plain text.
    """

    credits: Present = None
    list_: Annotated[Present, Field(alias="list")] = None
    add_user: Text | None = None
    set_user: Named | None = None
    get_user: Named | None = None
    password: Annotated[Md5 | None, Field(alias="pass")] = None
    pass_api: Md5 | None = None
    limit: Amount | None = None
    month_limit: Amount | None = None
    senders: Flag | None = None
    phonebook: Flag | None = None
    active: Flag | None = None
    info: Description | None = None
    without_prefix: Flag = False
    details: Flag = False

    @property
    def secrets(self) -> Secrets:
        return Secrets(self.password, self.pass_api, md5=True)

    @property
    def limits(self) -> Limits:
        return Limits(self.limit, self.month_limit)


class LegacySubuserResponse(BaseModel):
    """A sub-user in SMSAPI's older format. The Python client accepts no other keys."""

    username: str
    limit: float
    month_limit: float
    senders: int
    phonebook: int
    active: int
    info: str


class BalanceResponse(BaseModel):
    """The balance in points."""

    points: float


class BalanceDetailsResponse(BalanceResponse):
    """The balance in points. The counts of SMSAPI's other kinds of messages are 0, since they are not offered here."""

    proCount: int = 0  # noqa: N815 - SMSAPI's names
    ecoCount: int = 0  # noqa: N815
    mmsCount: int = 0  # noqa: N815
    vmsGsmCount: int = 0  # noqa: N815
    vmsLandCount: int = 0  # noqa: N815


class UserDoResponse(
    RootModel[list[LegacySubuserResponse] | LegacySubuserResponse | BalanceDetailsResponse | BalanceResponse]
):
    """All sub-users, one of them, or the balance."""


Answer = LegacySubuserResponse | list[LegacySubuserResponse] | BalanceDetailsResponse | BalanceResponse


@routes.get("/user.do", response_model=UserDoResponse)
def get_user_do(client: ApiClient, request: UserDoRequest, event: Raw, origin: From, now: Now) -> Response[str]:
    """Get the balance (`credits`), all sub-users (`list`) or one sub-user (`get_user`).

    If the account allows changes by GET, it also creates and updates, as POST does; but passwords are not accepted in
    an address.
    """
    if request.add_user is not None or request.set_user is not None:
        changes_by_get.must_be_allowed(client, event)
    return _answer(request, _act(client, request, origin, now=now))


@routes.post("/user.do", response_model=UserDoResponse)
def post_user_do(client: ApiClient, request: UserDoRequest, origin: From, now: Now) -> Response[str]:
    """Create a sub-user (`add_user`), update one (`set_user`), or read as with GET."""
    return _answer(request, _act(client, request, origin, now=now))


@routes.put("/user.do", response_model=UserDoResponse)
def put_user_do(client: ApiClient, request: UserDoRequest, origin: From, now: Now) -> Response[str]:
    """Create or update a sub-user, or read, as with POST."""
    return _answer(request, _act(client, request, origin, now=now))


def _act(client: ApiClient, request: UserDoRequest, origin: Origin, *, now: datetime) -> Answer:
    """Do the one action that *request* selects. Raises SeveralActions."""
    _must_be_one_action(request)
    if request.add_user is not None:
        return _response(create_flow.create(client, _wanted(client, request), origin=origin, now=now), now=now)
    if request.set_user is not None:
        before = read_flow.find_named(client, *_names(client, request.set_user, request))
        return _response(change_flow.change(client, before, _changes(request), origin=origin, now=now), now=now)
    return _look(client, request, now=now)


def _must_be_one_action(request: UserDoRequest) -> None:
    """Raise SeveralActions unless one at most is named: `credits` has a rule of its own, so none may hide behind it."""
    named = (request.credits, request.add_user, request.set_user, request.get_user, request.list_)
    if sum(action is not None for action in named) > 1:
        raise SeveralActions


def _look(client: ApiClient, request: UserDoRequest, *, now: datetime) -> Answer:
    if request.credits is not None:
        left = points.told(read_flow.available(client.user, now=now))
        return BalanceDetailsResponse(points=left) if request.details else BalanceResponse(points=left)
    if request.get_user is not None:
        return _response(read_flow.find_named(client, *_names(client, request.get_user, request)), now=now)
    if request.list_ is not None:
        return [_response(one, now=now) for one in read_flow.shown_to(client)]
    raise UnknownAction


def _names(principal: Principal, typed: str, request: UserDoRequest) -> list[str]:
    """Return the logins that *typed* may mean: itself and, unless `without_prefix` is set, itself behind PREFIX."""
    name = canonical(typed)
    prefixed = PREFIX.format(owner=principal.user.login) + name
    return [name] if request.without_prefix or len(prefixed) > policy.MAX_LOGIN_CHARACTERS else [name, prefixed]


def _wanted(principal: Principal, request: UserDoRequest) -> WantedSubuser:
    """Return the sub-user to create: unless the request says so, inactive, without sender names and contacts.

    Raises RequestValidationError for a name or a password that is missing or invalid.
    """
    name = _name(request)
    if request.password is None:
        raise RequestValidationError([{"type": "missing", "loc": ("body", "pass")}])
    facts = {
        "enabled": bool(request.active),
        "description": (request.info or "").strip(),
        "senders": SHARES[bool(request.senders)],
        "phonebook": bool(request.phonebook),
    }
    login = name if request.without_prefix else PREFIX.format(owner=principal.user.login) + name
    fault = logins.fault(login)
    # An older login of the owner is no fault of the name.
    if fault and (request.without_prefix or not logins.fault(principal.user.login)):
        raise _wrong_name(fault)
    if len(login) > policy.MAX_LOGIN_CHARACTERS:
        raise _wrong_name("string_too_long")
    return WantedSubuser(login, name, request.secrets, facts, request.limits)


def _name(request: UserDoRequest) -> str:
    """Return the chosen name, without PREFIX. Raises RequestValidationError."""
    name = canonical(request.add_user or "")
    if not name:
        raise _wrong_name("missing")
    if len(name) < policy.SUBUSER_NAME_MIN_CHARACTERS:
        raise _wrong_name("string_too_short")
    if len(name) > policy.SUBUSER_NAME_MAX_CHARACTERS:
        raise _wrong_name("string_too_long")
    if fault := logins.fault_of_subuser(name):
        raise _wrong_name(fault)
    return name


def _wrong_name(error: str) -> RequestValidationError:
    return RequestValidationError([{"type": error, "loc": ("body", "add_user")}])


def _changes(request: UserDoRequest) -> Changes:
    """Return the changes that were sent. Raises NothingToChange if there are none."""
    sent = {
        "enabled": request.active,
        "description": None if request.info is None else request.info.strip(),
        "senders": None if request.senders is None else SHARES[request.senders],
        "phonebook": request.phonebook,
    }
    facts = {name: value for name, value in sent.items() if value is not None}
    changes = Changes(request.secrets, facts, request.limits)
    if changes == Changes(Secrets(md5=True), {}):
        raise NothingToChange
    return changes


def _response(subuser: Subuser, *, now: datetime) -> LegacySubuserResponse:
    user, purse = subuser.user, subuser.purse.at(now) if subuser.purse else None
    return LegacySubuserResponse(
        username=user.login,
        limit=points.told(purse.from_account if purse else 0),
        month_limit=points.told(purse.per_month if purse else 0),
        senders=int(user.senders.access != "none"),
        phonebook=int(user.phonebook),
        active=int(user.enabled),
        info=user.description,
    )


def _answer(request: UserDoRequest, body: Answer) -> Response[str]:
    if request.wants_json:
        return Response(200, JSON, UserDoResponse(body).model_dump_json())
    return Response(200, TEXT, "\n".join(map(_told, body)) if isinstance(body, list) else _told(body))


def _told(body: LegacySubuserResponse | BalanceResponse) -> str:
    """Return the answer as plain text: the platform writes `Points:` and the values of a balance; so are sub-users."""
    name = "Points" if isinstance(body, BalanceResponse) else "User"
    values = (" ".join(value.split()) if isinstance(value, str) else str(value) for value in body.model_dump().values())
    return f"{name}: {';'.join(values)}"

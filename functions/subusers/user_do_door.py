"""The door to user.do: one path, on which a parameter says what is to be done."""

import re
from datetime import datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, WithJsonSchema

from shared import policy
from shared.auth.principals import Principal
from shared.crypto import password_hash
from shared.domain import points
from shared.domain.logins import canonical
from shared.domain.origins import Origin
from shared.domain.shares import EVERYTHING, Share
from shared.domain.subusers import Limits, Secrets, Subuser
from shared.errors import NothingToChange, UnknownAction
from shared.http.dependencies import ApiClient, From, Now
from shared.http.routing import Routes
from shared.http.smsapi.parameters import AS_TEXT, Flag, Legacy, Text
from subusers import change_flow, create_flow, read_flow
from subusers.change_flow import Changes
from subusers.create_flow import WantedSubuser
from subusers.requests import NAME, Amount, Description

routes = Routes()

PREFIX = "{owner}_"
"""What is put before the name of a new sub-user, unless it is told not to."""

Md5 = Annotated[str, Field(pattern=f"^{password_hash.MD5_HEX}$"), AS_TEXT]
Named = Annotated[str, Field(max_length=policy.MAX_LOGIN_CHARACTERS), AS_TEXT]
Whatever = Annotated[Any, WithJsonSchema({"type": "string", "examples": ["1"]})]
"""That it is there is all that it says."""

SHARES = {True: EVERYTHING, False: Share("none")}


class UserDo(Legacy):
    """What may be sent: the action by its name, and what belongs to it. `pass` and `pass_api` are MD5s in hex."""

    credits: Whatever = None
    list_: Annotated[Whatever, Field(alias="list")] = None
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


class UserView(BaseModel):
    """A sub-user in these keys and no others."""

    username: str
    limit: float
    month_limit: float
    senders: int
    phonebook: int
    active: int
    info: str


class Balance(BaseModel):
    """Points that may be used."""

    points: float


class Counts(Balance):
    """With how many of each kind of message that would be: of those that there are none here, none."""

    proCount: int = 0  # noqa: N815 - the client's names
    ecoCount: int = 0  # noqa: N815
    mmsCount: int = 0  # noqa: N815
    vmsGsmCount: int = 0  # noqa: N815
    vmsLandCount: int = 0  # noqa: N815


Answer = UserView | list[UserView] | Counts | Balance


@routes.get("/user.do")
def get_user_do(client: ApiClient, asked: UserDo, now: Now) -> Answer:
    """See the balance (`credits`), all sub-users (`list`) or one of them (`get_user`). Nothing is changed by a GET."""
    return _look(client, asked, now=now)


@routes.post("/user.do")
def post_user_do(client: ApiClient, asked: UserDo, origin: From, now: Now) -> Answer:
    """As GET, and make a sub-user (`add_user`) or change one (`set_user`)."""
    return _act(client, asked, origin, now=now)


@routes.put("/user.do")
def put_user_do(client: ApiClient, asked: UserDo, origin: From, now: Now) -> Answer:
    """As POST."""
    return _act(client, asked, origin, now=now)


def _act(client: ApiClient, asked: UserDo, origin: Origin, *, now: datetime) -> Answer:
    """The balance comes first: for it alone there is another rule in the table of access."""
    if asked.credits is None and asked.add_user is not None:
        return _view(create_flow.create(client, _order(client, asked), origin=origin, now=now), now=now)
    if asked.credits is None and asked.set_user is not None:
        before = read_flow.find_named(client, canonical(asked.set_user))
        return _view(change_flow.change(client, before, _changes(asked), origin=origin, now=now), now=now)
    return _look(client, asked, now=now)


def _look(client: ApiClient, asked: UserDo, *, now: datetime) -> Answer:
    if asked.credits is not None:
        left = points.told(read_flow.available(client.user, now=now))
        return Counts(points=left) if asked.details else Balance(points=left)
    if asked.get_user is not None:
        return _view(read_flow.find_named(client, canonical(asked.get_user)), now=now)
    if asked.list_ is not None:
        return [_view(one, now=now) for one in read_flow.shown_to(client)]
    raise UnknownAction


def _order(principal: Principal, asked: UserDo) -> WantedSubuser:
    """What is not said is not given: he is off, and has neither sender names nor contacts."""
    name = _name(asked)
    if asked.password is None:
        raise RequestValidationError([{"type": "missing", "loc": ("body", "pass")}])
    facts = {
        "enabled": bool(asked.active),
        "description": (asked.info or "").strip(),
        "senders": SHARES[bool(asked.senders)],
        "phonebook": bool(asked.phonebook),
    }
    login = name if asked.without_prefix else PREFIX.format(owner=principal.user.login) + name
    if len(login) > policy.MAX_LOGIN_CHARACTERS:
        raise _wrong_name("string_too_long")
    return WantedSubuser(login, name, asked.secrets, facts, asked.limits)


def _name(asked: UserDo) -> str:
    """As it was chosen, without what is put before it."""
    name = canonical(asked.add_user or "")
    if not name:
        raise _wrong_name("missing")
    if len(name) < policy.SUBUSER_NAME_MIN_CHARACTERS:
        raise _wrong_name("string_too_short")
    if len(name) > policy.SUBUSER_NAME_MAX_CHARACTERS:
        raise _wrong_name("string_too_long")
    if not re.fullmatch(NAME, name):
        raise _wrong_name("string_pattern_mismatch")
    return name


def _wrong_name(why: str) -> RequestValidationError:
    return RequestValidationError([{"type": why, "loc": ("body", "add_user")}])


def _changes(asked: UserDo) -> Changes:
    """Raises NothingToChange."""
    said = {
        "enabled": asked.active,
        "description": None if asked.info is None else asked.info.strip(),
        "senders": None if asked.senders is None else SHARES[asked.senders],
        "phonebook": asked.phonebook,
    }
    facts = {name: value for name, value in said.items() if value is not None}
    changes = Changes(asked.secrets, facts, asked.limits)
    if changes == Changes(Secrets(md5=True), {}):
        raise NothingToChange
    return changes


def _view(subuser: Subuser, *, now: datetime) -> UserView:
    user, purse = subuser.user, subuser.purse.at(now) if subuser.purse else None
    return UserView(
        username=user.login,
        limit=points.told(purse.from_account if purse else 0),
        month_limit=points.told(purse.per_month if purse else 0),
        senders=int(user.senders.access != "none"),
        phonebook=int(user.phonebook),
        active=int(user.enabled),
        info=user.description,
    )

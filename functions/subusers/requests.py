"""The door's forms: what of a sub-user may be sent, in the spellings of all clients, and how he is shown."""

import re
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared import policy
from shared.domain import points
from shared.domain.logins import canonical
from shared.domain.points import POINT, Points
from shared.domain.scopes import ROLES, SCOPES
from shared.domain.sending_hours import DAYS, Hours, is_zone
from shared.domain.shares import Share
from shared.domain.subusers import Limits, Subuser
from shared.domain.tokens import written
from shared.http.smsapi.parameters import AS_TEXT, Flag, Lenient, Listed

NAME = r"^[a-z0-9._@+-]+$"
"""What a login may be made of: it stands in paths, and before a colon (RFC 7617)."""

TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"


def _points(value: object) -> Points:
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError("no number")
        amount = points.read(value)
        if not 0 <= amount <= policy.MOST_POINTS * POINT:
            raise ValueError("less than nothing, or more than there are")
    except ValueError:
        raise PydanticCustomError("not_points", "no number of points") from None
    return amount


def _as_login(value: object) -> object:
    return canonical(value) if isinstance(value, str) else value


def _present(value: object) -> object:
    if value == "":
        raise PydanticCustomError("blank", "blank")
    return value


def _unexpected(_: object) -> object:
    raise PydanticCustomError("not_expected", "not expected")


def _scopes(names: list[str]) -> list[str]:
    if not SCOPES.keys() >= set(names):
        raise PydanticCustomError("unknown_scope", "unknown scope")
    return names


def _days(names: list[str]) -> list[str]:
    if not set(names) <= set(DAYS):
        raise PydanticCustomError("unknown_day", "unknown day")
    return names


def _time(text: object) -> time:
    if not (isinstance(text, str) and re.fullmatch(TIME, text)):
        raise PydanticCustomError("not_a_time", "not a time of the day")
    return time.fromisoformat(text)


def _zone(name: str) -> str:
    if not is_zone(name):
        raise PydanticCustomError("unknown_zone", "unknown zone")
    return name


def _none(value: object) -> object:
    """What stands for nothing where null stands for "as it is"."""
    return None if value in ("", {}, []) else value


Amount = Annotated[int, BeforeValidator(_points), WithJsonSchema({"type": "number", "minimum": 0})]
Username = Annotated[
    str,
    Field(
        min_length=policy.SUBUSER_NAME_MIN_CHARACTERS,
        max_length=policy.MAX_LOGIN_CHARACTERS,
        pattern=NAME,
        examples=["shop"],
    ),
    BeforeValidator(_as_login),
    AS_TEXT,
]
GivenPassword = Annotated[str, Field(max_length=policy.PASSWORD_MAX_CHARACTERS), BeforeValidator(_present), AS_TEXT]
Description = Annotated[str, Field(max_length=policy.SUBUSER_DESCRIPTION_CHARACTERS), AS_TEXT]
Permissions = Annotated[
    Listed,
    Field(max_length=len(SCOPES)),
    AfterValidator(_scopes),
    WithJsonSchema({"type": "array", "items": {"type": "string", "enum": sorted(ROLES["subuser"])}}),
]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Days = Annotated[
    Listed,
    Field(min_length=1, max_length=len(DAYS)),
    AfterValidator(_days),
    WithJsonSchema({"type": "array", "items": {"type": "string", "enum": DAYS}, "minItems": 1}),
]
Clock = Annotated[time, BeforeValidator(_time), WithJsonSchema({"type": "string", "pattern": f"^{TIME}$"})]
Sender = Annotated[str, Field(min_length=1, max_length=policy.SENDER_CHARACTERS), AS_TEXT]


class GivenCredentials(Lenient):
    """What he signs in with: a password for one use, which he then changes. `api_password` is for his programs."""

    username: Username
    password: GivenPassword
    api_password: GivenPassword | None = None


class NewCredentials(Lenient):
    """Other passwords. The name stays."""

    username: Annotated[str | None, BeforeValidator(_unexpected)] = None
    password: GivenPassword | None = None
    api_password: GivenPassword | None = None


class PointsOrder(Lenient):
    """Points of the account's that he may use, once and in each calendar month."""

    from_account: Amount | None = None
    per_month: Amount | None = None

    @property
    def limits(self) -> Limits:
        return Limits(self.from_account, self.per_month)


class HoursOrder(Lenient):
    """On these days, from `begin` until before `end`, by the clocks of `zone`; past midnight if `end` is not later."""

    days: Days
    begin: Clock
    end: Clock
    zone: Annotated[str, AfterValidator(_zone), Field(examples=["Europe/Warsaw"])]

    @property
    def hours(self) -> Hours:
        return Hours(" ".join(day for day in DAYS if day in self.days), self.begin, self.end, self.zone)


SendingHours = Annotated[HoursOrder | None, BeforeValidator(_none)]


class SubuserOrder(Lenient):
    """A sub-user who is wanted. Without `permissions` he may do what his maker may, without `hours` at any time."""

    credentials: GivenCredentials
    active: Flag = False
    description: Description = ""
    points: PointsOrder = PointsOrder()
    permissions: Permissions | None = None
    hours: SendingHours = None

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = {"enabled": self.active, "description": self.description.strip()}
        if self.permissions is not None:
            facts["permissions"] = written(frozenset(self.permissions))
        return facts | {"hours": self.hours.hours if self.hours else None, "senders": Share("none")}


class SubuserChanges(Lenient):
    """What is left out, or null, stays as it is, and so does an empty description: one client always sends that (Go).

    A description of a blank is taken away, `hours` that are empty as well.
    """

    credentials: NewCredentials = NewCredentials()
    active: Flag | None = None
    description: Description = ""
    points: PointsOrder = PointsOrder()
    permissions: Permissions | None = None
    hours: SendingHours = None

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        if self.active is not None:
            facts["enabled"] = self.active
        if self.description:
            facts["description"] = self.description.strip()
        if self.permissions is not None:
            facts["permissions"] = written(frozenset(self.permissions))
        if "hours" in self.model_fields_set:
            facts["hours"] = self.hours.hours if self.hours else None
        return facts


class ShareOrder(Lenient):
    """`senders` are the names that are shared where `access` is `selected`."""

    access: Literal["all", "none", "selected"]
    senders: Annotated[list[Sender], Field(max_length=policy.SHARED_SENDERS, default_factory=list)]

    @property
    def share(self) -> Share:
        return Share(self.access, tuple(dict.fromkeys(self.senders)) if self.access == "selected" else ())


class PointsView(BaseModel):
    """Points that are left for him beside the month's, and what he is granted each month."""

    from_account: float
    per_month: float


class HoursView(BaseModel):
    """When he may send."""

    days: list[Day]
    begin: str
    end: str
    zone: str


class SubuserView(BaseModel):
    """A sub-user. `permissions` are the most that his tokens may do; without `hours` he may send at any time."""

    id: str
    username: str
    active: bool
    description: str
    points: PointsView
    permissions: list[str]
    hours: HoursView | None


class Subusers(BaseModel):
    """By their names."""

    size: int
    collection: list[SubuserView]


class SenderShare(BaseModel):
    """Which of the account's sender names he may use; `senders` are told where some are selected."""

    access: str
    senders: list[str] | None


class TemplateShare(BaseModel):
    """There are no templates here."""

    access: str = "none"
    templates: list[str] | None = None


class NoShare(BaseModel):
    """There is no blacklist here."""

    access: str = "none"


class Shares(BaseModel):
    """What is shared with him."""

    sendernames: SenderShare
    blacklist: NoShare = NoShare()
    templates: TemplateShare = TemplateShare()


def view(subuser: Subuser) -> SubuserView:
    """As the owner sees him, whose purse is as it is now."""
    user, purse = subuser.user, subuser.purse
    return SubuserView(
        id=user.user_id,
        username=user.login,
        active=user.enabled,
        description=user.description,
        points=PointsView(
            from_account=points.told(purse.from_account if purse else 0),
            per_month=points.told(purse.per_month if purse else 0),
        ),
        permissions=sorted(user.scopes),
        hours=_hours(user.hours) if user.hours else None,
    )


def share_view(share: Share) -> SenderShare:
    return SenderShare(access=share.access, senders=list(share.names) if share.access == "selected" else None)


def _hours(hours: Hours) -> HoursView:
    return HoursView.model_validate(
        {
            "days": hours.days.split(),
            "begin": f"{hours.begin:%H:%M}",
            "end": f"{hours.end:%H:%M}",
            "zone": hours.zone,
        }
    )

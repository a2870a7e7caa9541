"""Request and response models of /subusers, which accept the spellings of all of SMSAPI's clients."""

import re
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared import policy
from shared.domain import logins, points
from shared.domain.logins import canonical
from shared.domain.points import POINT, Points
from shared.domain.scopes import ROLES, SCOPES
from shared.domain.sending_hours import DAYS, Hours, is_zone
from shared.domain.shares import Share
from shared.domain.subusers import Limits, Subuser
from shared.domain.tokens import written
from shared.http.mail_trouble import MailTroubleResponse, mail_trouble_response
from shared.http.smsapi.parameters import AS_LIST, AS_TEXT, Flag, Lenient, Text

TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"


def _points(value: object) -> Points:
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError("not a number")
        amount = points.read(value)
        if not 0 <= amount <= policy.MOST_POINTS * POINT:
            raise ValueError("out of range")
    except ValueError:
        raise PydanticCustomError("not_points", "not a number of points") from None
    return amount


def _as_login(value: object) -> object:
    """Return the login in one spelling, unless it is too long anyway: that need not be worked through."""
    return canonical(value) if isinstance(value, str) and len(value) <= policy.MAX_LOGIN_CHARACTERS else value


def _fit_for_subuser(name: str) -> str:
    if fault := logins.fault_of_subuser(name) or logins.fault(name):
        raise PydanticCustomError(fault, "not the login of a sub-user")
    return name


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
    """Return None for an empty value. Null cannot say it: in an update, null leaves a field as it is."""
    return None if value in ("", {}, []) else value


Amount = Annotated[int, BeforeValidator(_points), WithJsonSchema({"type": "number", "minimum": 0})]
Username = Annotated[
    str,
    Field(
        min_length=policy.SUBUSER_NAME_MIN_CHARACTERS,
        max_length=policy.SUBUSER_ADDRESS_MAX_CHARACTERS,
        examples=["shop"],
    ),
    BeforeValidator(_as_login),
    AfterValidator(_fit_for_subuser),
    Field(json_schema_extra={"pattern": f"^{logins.FORM}$"}),
    AS_TEXT,
]
GivenPassword = Annotated[str, Field(max_length=policy.PASSWORD_MAX_CHARACTERS), BeforeValidator(_present), AS_TEXT]
Description = Annotated[str, Field(max_length=policy.SUBUSER_DESCRIPTION_CHARACTERS), AS_TEXT]
Permissions = Annotated[
    list[Text],
    Field(max_length=len(SCOPES)),
    AS_LIST,
    AfterValidator(_scopes),
    WithJsonSchema({"type": "array", "items": {"type": "string", "enum": sorted(ROLES["subuser"])}}),
]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Days = Annotated[
    list[Text],
    Field(min_length=1, max_length=len(DAYS)),
    AS_LIST,
    AfterValidator(_days),
    WithJsonSchema({"type": "array", "items": {"type": "string", "enum": DAYS}, "minItems": 1}),
]
Clock = Annotated[time, BeforeValidator(_time), WithJsonSchema({"type": "string", "pattern": f"^{TIME}$"})]
Sender = Annotated[str, Field(min_length=1, max_length=policy.SENDER_CHARACTERS), AS_TEXT]


class SubuserCredentials(Lenient):
    """The login of the new sub-user, a password for one sign-in, and, if wanted, a password for their programs."""

    username: Username
    password: GivenPassword
    api_password: GivenPassword | None = None


class ChangedCredentials(Lenient):
    """New passwords. The login cannot be changed."""

    username: Annotated[str | None, BeforeValidator(_unexpected)] = None
    password: GivenPassword | None = None
    api_password: GivenPassword | None = None


class PointsRequest(Lenient):
    """Points of the account that the sub-user may spend: once, and additionally in each calendar month."""

    from_account: Amount | None = None
    per_month: Amount | None = None

    @property
    def limits(self) -> Limits:
        return Limits(self.from_account, self.per_month)


class SendingHoursRequest(Lenient):
    """The days and hours in which the sub-user may send: from `begin` until before `end`, in the time zone `zone`.

    If `end` is not later than `begin`, it is on the next day.
    """

    days: Days
    begin: Clock
    end: Clock
    zone: Annotated[str, AfterValidator(_zone), Field(examples=["Europe/Warsaw"])]

    @property
    def hours(self) -> Hours:
        return Hours(" ".join(day for day in DAYS if day in self.days), self.begin, self.end, self.zone)


SendingHours = Annotated[SendingHoursRequest | None, BeforeValidator(_none)]


class CreateSubuserRequest(Lenient):
    """A sub-user to create.

    Without `permissions` they get every scope that a sub-user can have and their creator has. Without `hours` they may
    send at any time.
    """

    credentials: SubuserCredentials
    active: Flag = False
    description: Description = ""
    points: PointsRequest = PointsRequest()
    permissions: Permissions | None = None
    hours: SendingHours = None

    @property
    def facts(self) -> dict[str, Any]:
        """The fields of the new user, by their names in the domain."""
        facts: dict[str, Any] = {"enabled": self.active, "description": self.description.strip()}
        if self.permissions is not None:
            facts["permissions"] = written(frozenset(self.permissions))
        return facts | {"hours": self.hours.hours if self.hours else None, "senders": Share("none")}


class UpdateSubuserRequest(Lenient):
    """The changes to a sub-user. What is left out or null does not change.

    An empty `description` changes nothing either, since the Go client always sends one; a space removes it. Empty
    `hours` remove the sending hours.
    """

    credentials: ChangedCredentials = ChangedCredentials()
    active: Flag | None = None
    description: Description = ""
    points: PointsRequest = PointsRequest()
    permissions: Permissions | None = None
    hours: Annotated[
        SendingHours,
        Field(
            description="When the sub-user may send. Left out or null does not change; an empty text or object lets "
            "them send at any time."
        ),
    ] = None

    @property
    def facts(self) -> dict[str, Any]:
        """The fields that change, by their names in the domain."""
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


class ReplaceSenderShareRequest(Lenient):
    """Which sender names to share. `senders` counts only if `access` is `selected`."""

    access: Literal["all", "none", "selected"]
    senders: Annotated[list[Sender], Field(max_length=policy.SHARED_SENDERS, default_factory=list)]

    @property
    def share(self) -> Share:
        return Share(self.access, tuple(dict.fromkeys(self.senders)) if self.access == "selected" else ())


class PointsResponse(BaseModel):
    """Points that are left of the one-off grant, and points that the sub-user is granted each month."""

    from_account: float
    per_month: float


class SendingHoursResponse(BaseModel):
    """The days and hours in which the sub-user may send."""

    days: list[Day]
    begin: str
    end: str
    zone: str


class SubuserResponse(BaseModel):
    """A sub-user. With `hours` null they may send at any time.

    With `mail_trouble` e-mails to their own address do not reach it, or one was reported as spam.
    """

    id: str
    username: str
    active: bool
    description: str
    points: PointsResponse
    permissions: list[str]
    hours: SendingHoursResponse | None
    mail_trouble: MailTroubleResponse | None


class SubusersResponse(BaseModel):
    """Sub-users, by login."""

    size: int
    collection: list[SubuserResponse]


class SenderShareResponse(BaseModel):
    """Which of the account's sender names the sub-user may use. `senders` is null unless some are selected."""

    access: str
    senders: list[str] | None


class TemplateShareResponse(BaseModel):
    """Which templates the sub-user may use: none, since this service has no templates."""

    access: str = "none"
    templates: list[str] | None = None


class BlacklistShare(BaseModel):
    """Whether the sub-user may use the blacklist: no, since this service has none."""

    access: str = "none"


class SharesResponse(BaseModel):
    """What the account shares with the sub-user."""

    sendernames: SenderShareResponse
    blacklist: BlacklistShare = BlacklistShare()
    templates: TemplateShareResponse = TemplateShareResponse()


def subuser_response(subuser: Subuser) -> SubuserResponse:
    """Return the sub-user for an answer. Their purse must be that of the present month."""
    user, purse = subuser.user, subuser.purse
    return SubuserResponse(
        id=user.user_id,
        username=user.login,
        active=user.enabled,
        description=user.description,
        points=PointsResponse(
            from_account=points.told(purse.from_account if purse else 0),
            per_month=points.told(purse.per_month if purse else 0),
        ),
        permissions=sorted(user.given_scopes),
        hours=_hours(user.hours) if user.hours else None,
        mail_trouble=mail_trouble_response(user.mailbox_trouble),
    )


def sender_share_response(share: Share) -> SenderShareResponse:
    return SenderShareResponse(access=share.access, senders=list(share.names) if share.access == "selected" else None)


def _hours(hours: Hours) -> SendingHoursResponse:
    return SendingHoursResponse.model_validate(
        {
            "days": hours.days.split(),
            "begin": f"{hours.begin:%H:%M}",
            "end": f"{hours.end:%H:%M}",
            "zone": hours.zone,
        }
    )

"""What clients send about contacts and groups, and what of it is taken."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    EmailStr,
    Field,
    model_validator,
)
from pydantic_core import PydanticCustomError

from shared import policy, settings
from shared.domain import phone_numbers
from shared.domain.contact_access import RIGHTS
from shared.domain.contacts import FILTERED, Filter
from shared.domain.logins import canonical
from shared.errors import NotMobile
from shared.http.smsapi.parameters import Flag, Lenient, Listed, Parameters, Text

OWN_NAME = f"[^\\W\\d_][\\w -]{{0,{policy.CONTACT_FIELD_CHARACTERS - 1}}}"
"""What a customer may call a field: a letter first, then letters, digits, blanks and dashes."""

NOT_A_FACT = frozenset({"id", "groups", "date_created", "date_updated", "group_id", "format", "access_token"})
"""What clients send besides, or get from us; and no secret is ever kept as a field of a contact."""


def _empty_or(check: Any) -> BeforeValidator:
    """An empty text takes a fact away, whatever the fact must be."""

    def checked(value: object) -> object:
        return value if value == "" else check(value)

    return BeforeValidator(checked)


def _number(typed: object) -> str:
    """A refusal of its own would not name the field."""
    try:
        return phone_numbers.recipient(str(typed), home=settings.HOME_COUNTRY)[0]
    except NotMobile:
        raise PydanticCustomError("not_mobile", "not a number that gets SMS") from None


def _day(typed: object) -> str:
    """The day alone, where a client sends an instant (PHP)."""
    day = str(typed)[:10]
    try:
        return date.fromisoformat(day).isoformat() if re.fullmatch("[0-9]{4}(-[0-9]{2}){2}", day) else _no_day()
    except ValueError:
        return _no_day()


def _no_day() -> str:
    raise PydanticCustomError("not_a_day", "not a day")


def _visible(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("not_one_line", "not one line")
    return text


def _visible_lines(text: str) -> str:
    """A description may have several."""
    _visible("".join(text.splitlines()))
    return text


Stripped = Annotated[Text, AfterValidator(str.strip)]
Words = Annotated[Stripped, Field(max_length=policy.CONTACT_VALUE_CHARACTERS)]
Line = Annotated[Words, AfterValidator(_visible)]
Lines = Annotated[Words, AfterValidator(_visible_lines)]
Number = Annotated[str, Field(max_length=policy.MAX_PHONE_CHARACTERS), _empty_or(_number)]
Email = Annotated[Literal[""] | EmailStr, Field(max_length=policy.MAX_LOGIN_CHARACTERS)]
Gender = Annotated[Literal["", "undefined", "male", "female"], BeforeValidator(lambda one: str(one).casefold())]
Day = Annotated[str, _empty_or(_day)]
Values = Annotated[Listed, Field(max_length=policy.FILTER_VALUES, default_factory=list)]
GroupText = Annotated[Stripped, Field(max_length=policy.GROUP_TEXT_CHARACTERS), AfterValidator(_visible_lines)]
GroupName = Annotated[Stripped, Field(min_length=1, max_length=policy.GROUP_NAME_CHARACTERS), AfterValidator(_visible)]
Username = Annotated[Text, Field(max_length=policy.MAX_LOGIN_CHARACTERS), AfterValidator(canonical)]


class ContactFacts(Lenient):
    """What is known of a contact: a phone or an e-mail at least. Other fields are the customer's own.

    What is left out stays, what is empty is taken away. `group_id` is where a new contact goes.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Line] = Field(init=False)

    phone_number: Number = ""
    email: Email = ""
    first_name: Line = ""
    last_name: Line = ""
    gender: Gender = ""
    birthday_date: Day = ""
    description: Lines = ""
    city: Line = ""
    source: Line = ""
    idx: Line = ""
    group_id: Values

    @model_validator(mode="before")
    @classmethod
    def _without_what_is_ours(cls, sent: Any) -> Any:
        if not isinstance(sent, Mapping):
            return sent
        return {name: value for name, value in sent.items() if name == "group_id" or name not in NOT_A_FACT}

    @model_validator(mode="after")
    def _with_names_of_their_form(self) -> "ContactFacts":
        own = self.__pydantic_extra__
        if len(own) > policy.CONTACT_FIELDS or not all(re.fullmatch(OWN_NAME, name) for name in own):
            raise PydanticCustomError("not_a_field", "no name of a field, or too many")
        return self

    @property
    def facts(self) -> dict[str, str]:
        """Those that were sent."""
        ours = {name: getattr(self, name) for name in type(self).model_fields if name != "group_id"}
        sent = {name: value for name, value in ours.items() if name in self.model_fields_set}
        return sent | self.__pydantic_extra__


class Filters(Lenient):
    """Which contacts: `q` is somewhere in name, phone, e-mail or city, each other is one of those named."""

    q: Line = ""
    phone_number: Values
    email: Values
    first_name: Values
    last_name: Values
    gender: Values
    birthday_date: Values
    group_id: Values

    def filter(self) -> Filter:
        named = {name: getattr(self, name) for name in FILTERED}
        facts = {name: frozenset(_compared(name, one) for one in values) for name, values in named.items() if values}
        return Filter(self.q.removeprefix("+"), facts, frozenset(self.group_id))


class PageOfContacts(Filters):
    """The same, and which page of them in which order."""

    offset: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=policy.CONTACTS_LONGEST_PAGE)] = policy.CONTACTS_PAGE
    order_by: Literal["first_name", "last_name", "date_updated", "date_created"] = "date_created"

    @model_validator(mode="before")
    @classmethod
    def _as_python_says_it(cls, sent: Any) -> Any:
        return {"order_by": sent["orderBy"], **sent} if isinstance(sent, Mapping) and "orderBy" in sent else sent


class GroupOrder(Lenient):
    """A group that is wanted. `contact_expire_after`, in days, is kept and told, and nothing is done about it."""

    name: GroupName
    description: GroupText = ""
    idx: GroupText | None = None
    contact_expire_after: Annotated[int | None, Field(ge=0, le=policy.LONGEST_GROUP_EXPIRY)] = None

    @model_validator(mode="before")
    @classmethod
    def _as_csharp_writes_it(cls, sent: Any) -> Any:
        if not isinstance(sent, Mapping) or "desciption" not in sent:
            return sent
        return {"description": sent["desciption"], **sent}

    @property
    def facts(self) -> dict[str, Any]:
        """Those that were sent, by their names in the domain."""
        sent = {name: getattr(self, name) for name in self.model_fields_set}
        return {"expire_after" if name == "contact_expire_after" else name: value for name, value in sent.items()}


class GroupChanges(GroupOrder):
    """What is left out stays."""

    name: GroupName = ""


class GroupEnd(Lenient):
    """Whether the contacts in it are deleted too."""

    delete_contacts: Flag = False


class Rights(Lenient):
    """What a sub-user may do with a group: see its contacts, change them, send to them."""

    read: Flag = False
    write: Flag = False
    send: Flag = False

    @model_validator(mode="before")
    @classmethod
    def _without_regard_to_case(cls, sent: Any) -> Any:
        """Go has names with capitals here."""
        return {name.casefold(): value for name, value in sent.items()} if isinstance(sent, Mapping) else sent

    @property
    def given(self) -> dict[str, bool]:
        """Those that were sent."""
        return {name: getattr(self, name) for name in RIGHTS if name in self.model_fields_set}


class RightsOfUser(Rights):
    """The same, and the login of the sub-user."""

    username: Username


def group_ids(given: Parameters) -> list[str]:
    """Those in the values of a form whose names are numbers (Go). No group is called anything else."""
    named = sorted((name for name in given if name.isascii() and name.isdigit()), key=int)
    return [str(given[name]) for name in named]


def _compared(name: str, value: str) -> str:
    """A value of a filter as contacts have it. What is no number finds nothing."""
    if name != "phone_number":
        return value.casefold()
    try:
        return phone_numbers.recipient(value, home=settings.HOME_COUNTRY)[0]
    except NotMobile:
        return "?"

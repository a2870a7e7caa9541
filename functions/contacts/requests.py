"""Request models of contacts, groups and permissions, which accept the spellings of all of SMSAPI's clients."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from shared import policy, settings
from shared.domain import phone_numbers
from shared.domain.contact_access import RIGHTS
from shared.domain.contacts import FILTERED, Filter
from shared.domain.logins import canonical
from shared.errors import NotMobile
from shared.http import fields
from shared.http.smsapi.parameters import AS_LIST, Filters, Flag, Lenient, Parameters, Text, is_index, text

OWN_NAME = f"[^\\W\\d_][\\w -]{{0,{policy.CONTACT_FIELD_CHARACTERS - 1}}}"
"""The name of a customer's own field: a letter first, then letters, digits, spaces and dashes."""

DAY = f"[0-9]{{4}}(-[0-9]{{2}}){{2}}([T ][0-9:.+Z -]{{0,{policy.MAX_TIME_CHARACTERS}}})?"
"""A day, or a time that begins with it."""

NOT_OWN_FIELDS = frozenset({"id", "groups", "date_created", "date_updated", "group_id", "format", "access_token"})
"""Unknown fields that are ignored, not stored as the customer's own: clients send back what they got, or a token."""


def _empty_or(check: Any) -> BeforeValidator:
    """Return a validator that applies *check* to any value but an empty text, which removes the field."""

    def checked(value: object) -> object:
        return value if value == "" else check(value)

    return BeforeValidator(checked)


def _number(typed: object) -> str:
    """Return the number in E.164 form. Raises PydanticCustomError: NotMobile would not name the field."""
    try:
        return phone_numbers.valid(str(text(typed)), home=settings.HOME_COUNTRY)
    except NotMobile:
        raise PydanticCustomError("not_a_phone", "not a phone number") from None


def _day(typed: object) -> str:
    """Return the day, also of a time, which the PHP client sends. Raises PydanticCustomError."""
    if not (isinstance(typed, str) and re.fullmatch(DAY, typed)):
        return _no_day()
    try:
        return date.fromisoformat(typed[:10]).isoformat()
    except ValueError:
        return _no_day()


def _gender(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


def _no_day() -> str:
    raise PydanticCustomError("not_a_day", "not a day")


def _visible(text: str) -> str:
    """Return *text*. Raises PydanticCustomError for control characters and line breaks."""
    if not text.isprintable():
        raise PydanticCustomError("not_one_line", "not one line")
    return text


def _visible_lines(text: str) -> str:
    """Return *text*, which may have several lines. Raises PydanticCustomError for other control characters."""
    _visible("".join(text.splitlines()))
    return text


def _without_comma(name: str) -> str:
    """Return the name of a group. Raises PydanticCustomError for one with a comma: no message could be sent to it."""
    if "," in name:
        raise PydanticCustomError("comma", "a comma")
    return name


def _own_name(name: str) -> str:
    """Return the name of a field of the customer's own. Raises PydanticCustomError."""
    if not re.fullmatch(OWN_NAME, name):
        raise PydanticCustomError("not_a_field", "not the name of a field")
    return name


def _truth_as_text(value: object) -> object:
    """Return what JSON knows as true or false as a form would have it, as text."""
    return str(value).lower() if isinstance(value, bool) else value


OwnName = Annotated[str, AfterValidator(_own_name)]
Stripped = Annotated[Text, AfterValidator(str.strip), BeforeValidator(_truth_as_text)]
Words = Annotated[Stripped, Field(max_length=policy.CONTACT_VALUE_CHARACTERS)]
Line = Annotated[Words, AfterValidator(_visible)]
Lines = Annotated[Words, AfterValidator(_visible_lines)]
Number = Annotated[str, Field(max_length=policy.MAX_PHONE_CHARACTERS), _empty_or(_number)]
Email = Annotated[
    str,
    Field(max_length=policy.MAX_LOGIN_CHARACTERS),
    _empty_or(fields.email),
    WithJsonSchema({"anyOf": [{"type": "string", "const": ""}, {"type": "string", "format": "email"}]}),
]
Gender = Annotated[Literal["", "undefined", "male", "female"], BeforeValidator(_gender)]
Day = Annotated[str, _empty_or(_day)]
Values = Annotated[list[Text], Field(max_length=policy.FILTER_VALUES), AS_LIST, Field(default_factory=list)]
Names = Annotated[
    list[Text],
    Field(max_length=policy.FILTER_VALUES),
    BeforeValidator(lambda given: given if isinstance(given, list) else [given]),
    Field(default_factory=list),
]
"""One or several names. A name may have a comma in it, so that it is not taken apart there."""

GroupText = Annotated[Stripped, Field(max_length=policy.GROUP_TEXT_CHARACTERS), AfterValidator(_visible_lines)]
GroupName = Annotated[
    Stripped,
    Field(min_length=1, max_length=policy.GROUP_NAME_CHARACTERS),
    AfterValidator(_visible),
    AfterValidator(_without_comma),
]
Username = Annotated[Text, Field(max_length=policy.MAX_LOGIN_CHARACTERS), AfterValidator(canonical)]


class ContactRequest(Lenient):
    """The fields of a contact, and other fields of the customer's own. A contact needs a phone number or an e-mail.

    In an update, what is left out does not change, and an empty value removes a field. `group_id` is used only when a
    contact is created: the groups that it is added to.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[OwnName, Line] = Field(init=False)

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
    def _without_ignored(cls, sent: Any) -> Any:
        if not isinstance(sent, Mapping):
            return sent
        return {name: value for name, value in sent.items() if name == "group_id" or name not in NOT_OWN_FIELDS}

    @model_validator(mode="after")
    def _must_have_room(self) -> "ContactRequest":
        if len(self.__pydantic_extra__) > policy.CONTACT_FIELDS:
            raise PydanticCustomError("too_many_fields", "too many fields")
        return self

    @property
    def facts(self) -> dict[str, str]:
        """The fields that were sent, the customer's own included."""
        ours = {name: getattr(self, name) for name in type(self).model_fields if name != "group_id"}
        sent = {name: value for name, value in ours.items() if name in self.model_fields_set}
        return sent | self.__pydantic_extra__


class ContactFilterRequest(Filters):
    """Which contacts: those that match every filter that is given.

    `q` matches text in name, phone number, e-mail address or city. The other filters match one of several exact values;
    a filter without a value matches nobody.
    """

    q: Line = ""
    phone_number: Values
    email: Values
    first_name: Values
    last_name: Values
    gender: Values
    birthday_date: Values
    group_id: Values

    def filter(self) -> Filter:
        """Return the filter in the domain's terms."""
        sent = {name: getattr(self, name) for name in FILTERED if name in self.model_fields_set}
        facts = {name: frozenset(_compared(name, one) for one in values) for name, values in sent.items()}
        groups = frozenset(self.group_id) if "group_id" in self.model_fields_set else None
        return Filter(self.q.removeprefix("+"), facts, groups)


class ListContactsRequest(ContactFilterRequest):
    """Which contacts to list, in which order, and which page of them."""

    offset: Annotated[int, Field(ge=0), fields.WHOLE] = 0
    limit: Annotated[int, Field(ge=1, le=policy.CONTACTS_LONGEST_PAGE), fields.WHOLE] = policy.CONTACTS_PAGE
    order_by: Literal["first_name", "last_name", "date_updated", "date_created"] = "date_created"

    @model_validator(mode="before")
    @classmethod
    def _accept_order_by_of_python(cls, sent: Any) -> Any:
        """Accept `orderBy`, as the Python client spells it."""
        if not isinstance(sent, Mapping) or "orderBy" not in sent:
            return sent
        return {"order_by": sent["orderBy"], **{name: one for name, one in sent.items() if name != "orderBy"}}


class ListGroupsRequest(Filters):
    """Which groups to list: those with one of the exact names, and with one of the ids, which have two spellings."""

    name: Names
    id: Values
    group_id: Values

    @property
    def names(self) -> frozenset[str] | None:
        """The names that the filter takes, or None for all."""
        return frozenset(self.name) if "name" in self.model_fields_set else None

    @property
    def ids(self) -> frozenset[str] | None:
        """The ids that every filter takes, or None for all."""
        wanted = [frozenset(getattr(self, name)) for name in ("id", "group_id") if name in self.model_fields_set]
        return frozenset.intersection(*wanted) if wanted else None


class CreateGroupRequest(Lenient):
    """A contact group to create. `contact_expire_after`, in days, is only stored: contacts do not expire."""

    name: GroupName
    description: GroupText = ""
    idx: GroupText | None = None
    contact_expire_after: Annotated[int, Field(ge=0, le=policy.LONGEST_GROUP_EXPIRY), fields.WHOLE] | None = None

    @model_validator(mode="before")
    @classmethod
    def _accept_description_of_csharp(cls, sent: Any) -> Any:
        """Accept `desciption`, as the C# client spells it."""
        if not isinstance(sent, Mapping) or "desciption" not in sent:
            return sent
        return {"description": sent["desciption"], **sent}

    @property
    def facts(self) -> dict[str, Any]:
        """The fields that were sent, by their names in the domain."""
        sent = {name: getattr(self, name) for name in self.model_fields_set}
        return {"expire_after" if name == "contact_expire_after" else name: value for name, value in sent.items()}


class UpdateGroupRequest(CreateGroupRequest):
    """The changes to a contact group. What is left out does not change."""

    name: GroupName = ""


class DeleteAllRequest(Filters):
    """Nothing: a parameter might be meant to narrow what is deleted, and is refused."""


class DeleteGroupRequest(Filters):
    """Whether to delete the contacts in the group too."""

    delete_contacts: Flag = False


class PermissionRequest(Lenient):
    """The rights of a sub-user on a group: to see its contacts, to change them, and to send to them."""

    read: Flag = False
    write: Flag = False
    send: Flag = False

    @model_validator(mode="before")
    @classmethod
    def _without_regard_to_case(cls, sent: Any) -> Any:
        """Accept names in any case: the Go client writes them with capitals here."""
        return {name.casefold(): value for name, value in sent.items()} if isinstance(sent, Mapping) else sent

    @property
    def rights(self) -> dict[str, bool]:
        """The rights that were sent."""
        return {name: getattr(self, name) for name in RIGHTS if name in self.model_fields_set}


class CreatePermissionRequest(PermissionRequest):
    """The login of a sub-user, and their rights on a group."""

    username: Username


def group_ids(parameters: Parameters) -> list[str]:
    """Return the values of the parameters whose names are numbers, in which the Go client sends the ids of groups.

    Raises RequestValidationError for a value that is no text.
    """
    names = sorted((name for name in parameters if is_index(name)), key=int)
    if wrong := next((name for name in names if not isinstance(text(parameters[name]), str)), None):
        raise RequestValidationError([{"type": "string_type", "loc": ("body", wrong)}])
    return list(dict.fromkeys(str(text(parameters[name])) for name in names))


def _compared(name: str, value: str) -> str:
    """Return a filter's value in the form in which contacts are compared. An invalid number matches nothing."""
    if name != "phone_number":
        return value.casefold()
    try:
        return phone_numbers.valid(value, home=settings.HOME_COUNTRY)
    except NotMobile:
        return "?"

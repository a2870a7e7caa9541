"""How the clients that cannot run here read an answer: what must be there, of which type, and where a null breaks them.

Each table says what a client's own code asks of a body, no more and no less: PHP's factories under strict types, Java's
`getString` and `getInt`, C#'s required members, Go's typed structs, and Python's models, which take no other keys.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class Field:
    """A member of an object. One that is optional may be missing, one that may be null is told so."""

    kind: "Kind"
    required: bool = True
    null: bool = False


@dataclass(frozen=True)
class Object:
    """`others` is what every other member must be: passed over where it is None."""

    fields: dict[str, Field]
    others: "Kind | None" = None


@dataclass(frozen=True)
class Array:
    of: "Kind"


type Kind = Callable[[Any], bool] | Object | Array


def misread(kind: Kind, value: Any, where: str = "the answer") -> Iterator[str]:
    """What a client would stumble over, by its place."""
    match kind:
        case Object():
            yield from _misread_object(kind, value, where) if isinstance(value, dict) else [f"{where} is no object"]
        case Array():
            for place, one in enumerate(value) if isinstance(value, list) else ():
                yield from misread(kind.of, one, f"{where}[{place}]")
            if not isinstance(value, list):
                yield f"{where} is no array"
        case _ if not kind(value):
            yield f"{where} is no {kind.__name__.strip('_')}: {value!r}"


def _misread_object(kind: Object, value: dict[str, Any], where: str) -> Iterator[str]:
    for name, field in kind.fields.items():
        if name in value and not (field.null and value[name] is None):
            yield from misread(field.kind, value[name], f"{where}.{name}")
        elif field.required and name not in value:
            yield f"{where}.{name} is missing"
    for name in value.keys() - kind.fields.keys() if kind.others else ():
        yield from misread(kind.others, value[name], f"{where}.{name}")


# --- Values -----------------------------------------------------------------------------------------------


def string(value: Any) -> bool:
    return isinstance(value, str)


def words(value: Any) -> bool:
    """A text that is not empty: the live tests of a client insist on it."""
    return string(value) and value != ""


def integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def amount(value: Any) -> bool:
    """Points, which Go, PHP and Java take as text as well."""
    return number(value) or (string(value) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value) is not None)


def boolean(value: Any) -> bool:
    return isinstance(value, bool)


def flag(value: Any) -> bool:
    """0 or 1, which is a number to Java and a boolean to C#."""
    return integer(value) and value in (0, 1)


def instant(value: Any) -> bool:
    """With seconds and an offset, and without fractions: Python's clients fail on those, and old ones on `Z`."""
    shape = r"[0-9-]{10}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}"
    return string(value) and re.fullmatch(shape, value) is not None and datetime.fromisoformat(value).tzinfo is not None


def day(value: Any) -> bool:
    return string(value) and date.fromisoformat(value).isoformat() == value


def tag(value: Any) -> bool:
    return string(value) and re.fullmatch("[a-z_]+", value) is not None


def nothing(value: Any) -> bool:
    """A key that must not be there."""
    return False


def told(kind: Kind) -> Field:
    return Field(kind)


def maybe(kind: Kind) -> Field:
    """May be missing."""
    return Field(kind, required=False)


def nullable(kind: Kind) -> Field:
    return Field(kind, null=True)


def free(kind: Kind) -> Field:
    """May be missing or null."""
    return Field(kind, required=False, null=True)


NEVER = Field(nothing, required=False)


def _page(of: Kind) -> Object:
    return Object({"size": told(integer), "collection": told(Array(of))})


def _all(kind: Field, *names: str) -> dict[str, Field]:
    return dict.fromkeys(names, kind)


# --- sms.do -----------------------------------------------------------------------------------------------

_NO_ERROR = {"error": NEVER}
"""JavaScript's client takes any `error` beside a `message` for a refusal, null as well."""

_SMS_PHP = Object(
    _all(told(string), "id", "status", "number")
    | {"points": told(amount), "date_sent": told(integer), "idx": nullable(string)}
)
_SMS_JAVA = Object(_all(told(string), "id", "number", "status") | {"points": told(amount), "error": free(string)})
_SMS_CSHARP = Object(
    _all(told(string), "id", "number", "status")
    | {"points": told(number), "idx": free(string), "error": Field(nothing, required=False, null=True)}
)
_SMS_GO = Object(
    _all(maybe(string), "id", "number", "submitted_number", "status")
    | {"points": maybe(amount), "date_sent": maybe(integer), "idx": free(string), "error": free(string)}
    | {"parts": maybe(integer)}
)
_SMS_JS = Object(
    _all(told(string), "id", "number", "submitted_number", "status")
    | {"points": told(amount), "date_sent": told(integer), "idx": nullable(string), "parts": maybe(integer)}
)

_DETAILS = {"message": told(string), "length": told(integer), "parts": told(integer)}


def _messages(of: Object, **others: Field) -> Object:
    return Object({"count": told(integer), "list": told(Array(of)), **_NO_ERROR, **others})


SENT = {
    "C#": _messages(_SMS_CSHARP),
    "Go": _messages(_SMS_GO),
    "Java": _messages(_SMS_JAVA, parts=told(integer)),
    "JavaScript": _messages(_SMS_JS, **_DETAILS),
    "PHP": _messages(_SMS_PHP, **_DETAILS),
}
"""One message, with details."""

SENT_IN_BULK = {
    "C#": _messages(_SMS_CSHARP),
    "Go": _messages(_SMS_GO),
    "PHP": _messages(_SMS_PHP, message=NEVER),
}
"""Several, for which PHP asks for no details."""

_REMOVED = Object({"id": told(string)}, others=nothing)

REMOVED = dict.fromkeys(("C#", "Go", "Java", "Python"), _messages(_REMOVED))

STATES = {"C#": _messages(_SMS_CSHARP), "Java": _messages(_SMS_JAVA)}

# --- SMS Authenticator ------------------------------------------------------------------------------------

_CODE = Object(_all(told(string), "id", "code", "phone_number") | {"from": nullable(string)})

CODE = dict.fromkeys(("C#", "Go", "JavaScript", "PHP", "Python"), _CODE)

# --- Sub-users --------------------------------------------------------------------------------------------

_POINTS = Object(_all(told(amount), "from_account", "per_month"))
_SUBUSER = Object(
    _all(told(string), "id", "username", "description") | {"active": told(boolean), "points": told(_POINTS)}
)

SUBUSER = dict.fromkeys(("Go", "Java", "JavaScript", "PHP"), _SUBUSER)
SUBUSERS = dict.fromkeys(("Go", "Java", "JavaScript", "PHP"), _page(_SUBUSER))

_ACCESS = Object({"access": told(string), "senders": free(Array(string)), "templates": free(Array(string))})

SHARES = {"Go": Object(_all(told(_ACCESS), "sendernames", "blacklist", "templates"))}
SHARE = {"Go": _ACCESS}

_USER = Object(
    _all(told(string), "username", "info")
    | _all(told(number), "limit", "month_limit")
    | _all(told(flag), "senders", "phonebook", "active"),
    others=nothing,
)

USER = dict.fromkeys(("C#", "Java", "Python"), _USER)
USERS = dict.fromkeys(("C#", "Java", "Python"), Array(_USER))

_COUNTS = ("proCount", "ecoCount", "mmsCount", "vmsGsmCount", "vmsLandCount")

BALANCE = {
    "C#": Object({"points": told(number)} | _all(maybe(integer), *_COUNTS)),
    "Java": Object({"points": told(number)} | _all(maybe(integer), *_COUNTS)),
    "Python": Object({"points": told(number)} | _all(told(integer), *_COUNTS)),
}

# --- Sender names -----------------------------------------------------------------------------------------

_SENDER = Object(_all(told(string), "sender", "status") | {"is_default": told(boolean), "created_at": told(instant)})

SENDER = dict.fromkeys(("Go", "Java", "JavaScript", "PHP"), _SENDER)
SENDERS = dict.fromkeys(("Go", "Java", "JavaScript", "PHP"), _page(_SENDER))
STATEMENT = {"Go": Object({"content": told(string), "sections": told(Array(string))})}

_LEGACY_SENDER = Object(_all(told(string), "sender", "status") | {"default": told(boolean)})

LEGACY_SENDERS = dict.fromkeys(("C#", "Java", "Python"), Array(_LEGACY_SENDER))
LEGACY_STATUS = {"Python": Object(_all(told(string), "name", "status") | {"default": maybe(boolean)})}
COUNT = dict.fromkeys(("C#", "Java", "Python"), Object({"count": told(integer)}, others=nothing))

# --- Account ----------------------------------------------------------------------------------------------

_WHO = ("name", "email", "username", "phone_number", "payment_type", "user_type")

PROFILE = {
    "Go": Object(_all(maybe(string), *_WHO) | {"points": maybe(number)}),
    "JavaScript": Object(_all(told(string), "id", *_WHO) | {"points": maybe(number)}),
    "PHP": Object(_all(told(string), *_WHO) | {"points": maybe(amount)}),
}

_MONEY = Object({"amount": told(number), "currency": told(string)})
_COUNTRY = Object({"name": told(words), "mcc": told(integer)})
_NETWORK = Object({"name": told(words), "mnc": told(integer)})
_PRICE = Object(
    {"type": told(string), "price": told(_MONEY), "country": told(_COUNTRY), "network": told(_NETWORK)}
    | {"changed_at": nullable(day)}
)

PRICES = dict.fromkeys(("C#", "PHP"), _page(_PRICE))

PING = dict.fromkeys(("C#", "PHP"), Object({"authorized": told(boolean), "unavailable": told(Array(string))}))

# --- Contacts ---------------------------------------------------------------------------------------------

_PERMISSION = Object(_all(told(string), "group_id", "username") | _all(told(boolean), "write", "read", "send"))
_GROUP = (
    _all(told(string), "id", "name", "description", "created_by")
    | _all(told(instant), "date_created", "date_updated")
    | {"idx": nullable(string), "contacts_count": told(integer), "contact_expire_after": nullable(integer)}
)
_BARE_GROUP = Object(_GROUP)
_WHOLE_GROUP = Object(_GROUP | {"permissions": told(Array(_PERMISSION))})
_FACTS = ("phone_number", "email", "first_name", "last_name", "description", "city", "source")
_CONTACT = _all(told(string), "id", "gender") | _all(told(instant), "date_created", "date_updated")

_CONTACT_OF = {
    "Go": Object(_CONTACT | _all(free(string), "birthday_date", *_FACTS)),
    "Java": Object(_CONTACT | {"groups": told(Array(_BARE_GROUP))} | _all(maybe(string), "birthday_date", *_FACTS)),
    "PHP": Object(_CONTACT | {"groups": told(Array(_BARE_GROUP))}, others=string),
    "Python": Object(_CONTACT | {"birthday_date": free(day)}),
}
"""To PHP whatever it doesn't know is a field of the customer's own, and text."""

_GROUP_OF = {
    "Go": Object(_all(free(string), "id", "name", "description", "idx") | {"contacts_count": free(integer)}),
    "Java": Object(_all(told(string), "id", "name", "description") | {"permissions": told(Array(_PERMISSION))}),
    "PHP": _WHOLE_GROUP,
    "Python": _WHOLE_GROUP,
}

CONTACT = _CONTACT_OF
CONTACTS = {client: _page(of) for client, of in _CONTACT_OF.items()}
GROUP = _GROUP_OF
GROUPS = {client: _page(of) for client, of in _GROUP_OF.items()}
BARE_GROUP = {"PHP": _BARE_GROUP}
PERMISSION = dict.fromkeys(("C#", "Go", "Java", "PHP"), _PERMISSION)
PERMISSIONS = dict.fromkeys(("C#", "Go", "Java", "PHP"), _page(_PERMISSION))

# --- Refusals ---------------------------------------------------------------------------------------------

_WRONG_NUMBER = Object(_all(told(string), "number", "submitted_number", "message"))
_LEGACY_NO = Object({"error": told(integer), "message": told(string), "invalid_numbers": free(Array(_WRONG_NUMBER))})
_ITEM = Object(_all(told(string), "message", "error") | _all(free(string), "path", "value"))
_REST_NO = Object({"message": told(string), "error": told(tag), "errors": free(Array(_ITEM))})
_INVALID = Object({"message": told(string), "error": told(tag), "errors": told(Array(_ITEM))})

EVERYBODY = ("C#", "Go", "Java", "JavaScript", "PHP", "Python")

LEGACY_NO = dict.fromkeys(EVERYBODY, _LEGACY_NO)
REST_NO = dict.fromkeys(EVERYBODY, _REST_NO)
INVALID = dict.fromkeys(EVERYBODY, _INVALID)
"""A 400: C# goes through `errors` without looking whether it is there."""

"""Fields that several requests and responses share: their form, and which spellings are accepted."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from shared import policy
from shared.domain import email_addresses, numbers, recovery
from shared.domain.challenges import FACTORS, clean
from shared.domain.logins import canonical
from shared.domain.numbers import NotANumber
from shared.errors import NotAnEmail

Instant = Annotated[
    datetime,
    PlainSerializer(lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}", return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""UTC to the second. Some clients cannot read a fraction."""

LoginName = Annotated[
    str,
    Field(max_length=policy.MAX_LOGIN_CHARACTERS),
    AfterValidator(canonical),
    Field(min_length=1, max_length=policy.MAX_LOGIN_CHARACTERS),
]


def email(typed: object, read: Callable[[str], str] = email_addresses.canonical) -> str:
    """Return the e-mail address as *read* does. Raises PydanticCustomError with the code of the refusal."""
    try:
        return read(typed if isinstance(typed, str) else "")
    except NotAnEmail as refusal:
        raise PydanticCustomError(refusal.code, "not an e-mail address") from None


def _mailable(typed: object) -> str:
    return email(typed, email_addresses.mailable)


Email = Annotated[
    str,
    Field(max_length=policy.MAX_LOGIN_CHARACTERS, json_schema_extra={"format": "email"}),
    BeforeValidator(_mailable),
]

"""An address that we send e-mails to."""

Password = Annotated[str, Field(min_length=1, max_length=policy.PASSWORD_MAX_CHARACTERS)]


def _cleaned(typed: str) -> str:
    """Return the code without blanks and dashes, and with look-alike letters corrected if it is a recovery code."""
    code = clean(typed)
    return recovery.clean(code) if len(code) == policy.RECOVERY_CODE_CHARACTERS else code


ChallengeId = Annotated[str, Field(min_length=1, max_length=64)]

Code = Annotated[
    str,
    Field(max_length=32, examples=["123456"]),
    AfterValidator(clean),
    Field(pattern=f"^[0-9]{{{policy.CODE_DIGITS}}}$"),
]

AnyCode = Annotated[
    str,
    Field(max_length=64, examples=["123456", "0123-4567-89AB-CDEF-GHJK-MNPQ"]),
    AfterValidator(_cleaned),
    Field(pattern=f"^([0-9]{{{policy.CODE_DIGITS}}}|{recovery.PATTERN})$"),
]
"""A code from a message or an app, or a recovery code. Blanks, dashes and full-width digits are accepted."""

if TYPE_CHECKING:
    type Factor = str  # a type checker does not read lists
else:
    Factor = Literal[FACTORS]
"""A second factor: a code sent by SMS, a code of an authenticator app, or a recovery code."""


def _whole(value: object) -> int:
    """Return the whole number. Raises PydanticCustomError, also for a text that is too long to be converted."""
    try:
        return numbers.whole(value)
    except NotANumber:
        raise PydanticCustomError("int_parsing", "no whole number") from None


WHOLE = BeforeValidator(_whole)
"""Reads a number that some clients send as text. It stands after the constraints, since it runs before them then.

Pydantic's own reading takes `1_0` and texts of thousands of digits.
"""


class Strict(BaseModel):
    """The base of our own request models: a field that is not declared is refused (ASVS V15.3.3)."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

"""Fields that many requests and answers have: their form, and what is forgiven."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from shared import policy
from shared.domain import recovery
from shared.domain.challenges import clean
from shared.domain.logins import canonical

Instant = Annotated[
    datetime,
    PlainSerializer(lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}", return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""UTC to the second, without a fraction: what every client can read."""

LoginName = Annotated[
    str,
    Field(max_length=policy.MAX_LOGIN_CHARACTERS),
    AfterValidator(canonical),
    Field(min_length=1, max_length=policy.MAX_LOGIN_CHARACTERS),
]

Password = Annotated[str, Field(min_length=1, max_length=policy.PASSWORD_MAX_CHARACTERS)]


def _as_meant(typed: str) -> str:
    """The code without what comes with copying. Letters are read as they look only where a code has letters."""
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
    AfterValidator(_as_meant),
    Field(pattern=f"^([0-9]{{{policy.CODE_DIGITS}}}|{recovery.PATTERN})$"),
]
"""Of a message, an app or a recovery sheet. Blanks, dashes and full-width digits are forgiven."""

FACTORS = ("sms", "totp", "recovery_code")

Factor = Literal["sms", "totp", "recovery_code"]
"""What proves a user beside his password: a code by SMS, one of an authenticator app, or one kept for emergencies."""


class Strict(BaseModel):
    """What comes in. A field that is not declared is refused (ASVS V15.3.3)."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

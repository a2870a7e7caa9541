"""Refusals of SMS Authenticator, by which customers send codes to their own users."""

from shared import policy
from shared.errors.base import Refusal
from shared.errors.requests import FieldRefused, NotFound

KEY = "header.Idempotency-Key"


class CodeEmpty(FieldRefused):
    """The code is empty."""

    message = "MFA code cannot be empty"
    fields = ("body.code",)


class CodeMalformed(FieldRefused):
    """The code has the wrong length, or something other than digits."""

    message = "MFA code has invalid format"
    fields = ("body.code",)


class ContentWithoutCode(FieldRefused):
    """The text has no placeholder for the code."""

    message = "The content must contain the placeholder [%code%]."
    fields = ("body.content",)


class KeyMalformed(FieldRefused):
    """The Idempotency-Key is too long, or has other than printable ASCII characters."""

    message = f"An Idempotency-Key has 1 to {policy.MFA_KEY_CHARACTERS} printable ASCII characters."
    fields = (KEY,)


class KeyReused(Refusal):
    """The Idempotency-Key was used lately for this number with another text or sender name."""

    code = "idempotency_key_reused"
    message = "This Idempotency-Key was used for another request. Use a new key for each code."
    fields = (KEY,)


class CodeNotFound(NotFound):
    """The code is not the newest one of this number, or was used already. A number without a code answers the same."""

    message = "Not found"


class CodeExpired(Refusal):
    """The code is right, but has expired."""

    code = "code_expired"
    message = "The code has expired."

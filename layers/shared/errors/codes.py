"""Refusals of SMS Authenticator: codes that customers send to users of their own."""

from shared.errors.base import Refusal
from shared.errors.requests import FieldRefused, InvalidRequest, NothingThere


class CodeEmpty(FieldRefused):
    """There is no code to be checked."""

    message = "MFA code cannot be empty"
    field = "code"


class CodeMalformed(FieldRefused):
    """Something else than digits, or more or fewer than any code has."""

    message = "MFA code has invalid format"
    field = "code"


class ContentWithoutCode(FieldRefused):
    """The text does not say where the code is to stand."""

    message = "The content must contain the placeholder [%code%]."
    field = "content"


class KeyMalformed(InvalidRequest):
    """No key that can be remembered."""

    message = "An Idempotency-Key has 1 to 255 printable ASCII characters."


class KeyReused(Refusal):
    """The same Idempotency-Key came with another text or sender name for that number within a day."""

    code = "idempotency_key_reused"
    message = "This Idempotency-Key was used for another request. Use a new one for each code."


class CodeNotFound(NothingThere):
    """It is not the newest code of that number, or was used. So answers a number that never got one."""

    message = "Not found"


class CodeExpired(Refusal):
    """The right code, too late."""

    code = "code_expired"
    message = "The code has expired."

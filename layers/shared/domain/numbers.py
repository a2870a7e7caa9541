"""Numbers as callers write them. What is too long or too large is refused before it is converted.

Python needs time quadratic in the digits of a number, so the length of the text, the digits and the exponent are
bounded first (policy.MAX_NUMBER_CHARACTERS and MAX_NUMBER_MAGNITUDE). Blanks, underscores and other scripts' digits are
refused.
"""

import re
from decimal import Decimal

from shared import policy

WHOLE = re.compile("-?(?:0|[1-9][0-9]*)")

DECIMAL = re.compile("-?[0-9]+(?:[.][0-9]+)?(?:[eE][+-]?[0-9]{1,2})?")

_MOST = 10**policy.MAX_NUMBER_MAGNITUDE


class NotANumber(ValueError):
    """The value is no number, or longer or larger than any that we take. The value itself is not repeated."""


def whole(value: object) -> int:
    """Return *value*, a text or a number, as a whole number. Raises NotANumber; also for true and false."""
    number = decimal(value) if not isinstance(value, str) else _of_text(value, WHOLE)
    if number % 1:
        raise NotANumber
    return int(number)


def natural(value: object) -> int:
    """Return *value* as `whole` does. Raises NotANumber also for one below zero."""
    number = whole(value)
    if number < 0:
        raise NotANumber
    return number


def decimal(value: object) -> Decimal:
    """Return *value*, a text or a number, as an exact decimal. Raises NotANumber; also for NaN and infinity."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise NotANumber
    # The size of an int is looked at before it is written out, which costs as much as to read it.
    if isinstance(value, int) and not -_MOST < value < _MOST:
        raise NotANumber
    return _of_text(value if isinstance(value, str) else str(value), DECIMAL)


def _of_text(text: str, form: re.Pattern[str]) -> Decimal:
    if len(text) > policy.MAX_NUMBER_CHARACTERS or not form.fullmatch(text):
        raise NotANumber
    number = Decimal(text)
    if not number:
        return Decimal(0)  # without the exponent, which `int` would write out for 0E+99 too
    if not -policy.MAX_NUMBER_CHARACTERS <= number.adjusted() < policy.MAX_NUMBER_MAGNITUDE:
        raise NotANumber
    return number

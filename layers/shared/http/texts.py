"""Texts and numbers of a request that cannot be carried: they are refused at the entrance of every route.

Half a surrogate pair and the two non-characters are no Unicode that JSON, DynamoDB, SNS, SES and SQS all take. Control
characters are no part of any text that people or phones show, but tabs, line breaks and the page break of the GSM
alphabet. U+FFFD stands where bytes could not be decoded: what was meant is lost already.
"""

import re
from typing import Any

from shared import policy
from shared.domain import identifiers
from shared.errors import NotCarried, TooDeep, Uncarried

type Place = tuple[str | int, ...]

NOT_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufffd-\uffff\ud800-\udfff]")

HALF_PAIR = re.compile("[\ud800-\udfff]")


class TooLong:
    """Stands in a parsed body for a number that was too long or too large to be read."""


def whole(digits: str) -> int | TooLong:
    """Return the whole number that JSON has as *digits*, or TooLong, before Python converts it."""
    return int(digits) if len(digits) <= policy.MAX_NUMBER_CHARACTERS else TooLong()


def fraction(digits: str) -> float | TooLong:
    """Return the fraction that JSON has as *digits*, or TooLong, also for one that no float holds (`1e999`)."""
    number = float(digits) if len(digits) <= policy.MAX_NUMBER_CHARACTERS else float("inf")
    return number if abs(number) < 10.0**policy.MAX_NUMBER_MAGNITUDE else TooLong()


def must_be_carried(value: Any, place: Place = ("body",)) -> None:
    """Raise the refusal of the first text or number in *value* that cannot be carried; it names the field's *place*.

    Raises NotCarried for what no JSON of ours may hold, Uncarried for other texts, and TooDeep.
    """
    if isinstance(value, dict | list) and len(place) > policy.MAX_JSON_DEPTH:
        raise TooDeep
    match value:
        case str():
            _must_be_text(value, place)
        case dict():
            for name, one in value.items():
                _must_be_text(name, (*place, "?"))
                must_be_carried(one, (*place, name))
        case list():
            for index, one in enumerate(value):
                must_be_carried(one, (*place, index))
        case TooLong():
            raise NotCarried(place, "number_too_long")


def _must_be_text(text: str, place: Place) -> None:
    if found := NOT_TEXT.search(text):
        is_half = HALF_PAIR.fullmatch(found[0])
        raise NotCarried(place, "string_unicode") if is_half else Uncarried(place, "not_text")


def user_agent(sent: str | None) -> str:
    """Return what may be kept of a User-Agent header: policy.MAX_USER_AGENT_CHARACTERS of it, and no secret of ours.

    There is a `?` for each character that cannot be carried or shown, and identifiers.TAKEN_OUT for each secret.
    """
    # Secrets are looked for before the text is cut, which could leave a part of one that is not known as such.
    return identifiers.without_secrets(_printable(sent or ""))[: policy.MAX_USER_AGENT_CHARACTERS]


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in NOT_TEXT.sub("?", text))

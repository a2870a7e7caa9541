"""Phone numbers, written one way wherever they were typed: E.164 (lesson B61)."""

import re

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from shared import policy
from shared.errors import NotMobile

CAN_GET_SMS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
"""In some countries the plan of numbers does not tell mobile and fixed lines apart."""

TYPED = re.compile(r"\+?[\d ()./-]+")
"""What a program may send for a number."""


def canonical(typed: str) -> str:
    """*typed* in E.164 form, as `+48600100200`. It must name its country. Raises NotMobile."""
    return _written(_international(typed.strip()))


def recipient(typed: str, *, home: str) -> tuple[str, str]:
    """*typed* in E.164 form, and its country. Raises NotMobile.

    It may be the local digits of the country *home*; and the sign before a country's code may be missing. Letters,
    which some keys of a phone stand for as well, are none here: a word among the numbers is a mistake.
    """
    digits = typed.strip()
    if not TYPED.fullmatch(digits) or len(digits) > policy.MAX_PHONE_CHARACTERS:
        raise NotMobile
    number = _local(digits, home) or _international(digits if digits.startswith("00") else f"+{digits.lstrip('+')}")
    return _written(number), _country(number)


def _local(digits: str, home: str) -> PhoneNumber | None:
    """A mobile of *home* as one writes it there; None for anything else."""
    try:
        return None if digits.startswith("+") else _mobile(digits, home)
    except NotMobile:
        return None


def _international(digits: str) -> PhoneNumber:
    return _mobile(f"+{digits.removeprefix('00')}" if digits.startswith("00") else digits, None)


def _mobile(digits: str, home: str | None) -> PhoneNumber:
    try:
        number = phonenumbers.parse(digits, home)
    except phonenumbers.NumberParseException as failure:
        raise NotMobile from failure
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in CAN_GET_SMS:
        raise NotMobile
    return number


def _written(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _country(number: PhoneNumber) -> str:
    """ISO 3166. Raises NotMobile for a number that belongs to none, as those of satellites."""
    country = phonenumbers.region_code_for_number(number)
    if country is None or not country.isalpha():
        raise NotMobile
    return country

"""Phone numbers in one form, E.164, however they were typed."""

import re

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from shared import policy
from shared.errors import NotMobile

CAN_GET_SMS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
"""Kinds of numbers that can get an SMS. Some countries' plans do not tell mobile and fixed lines apart."""

TYPED = re.compile(r"\+?[\d ()./-]+")
"""The form of a number that an API client sends."""


def canonical(typed: str) -> str:
    """Return *typed*, a number with its country code, in E.164 form as `+48600100200`. Raises NotMobile."""
    return _e164(_international_mobile(typed.strip()))


def country_of(number: str) -> str:
    """Return the country of *number*, in E.164 form, as an ISO 3166 code.

    Raises NotMobile if it has none, as numbers of satellite phones and of worldwide networks: an SMS to them may cost
    dollars.
    """
    return _country_of(phonenumbers.parse(number))


def recipient(typed: str, *, home: str) -> tuple[str, str]:
    """Return *typed* in E.164 form, and its country as an ISO 3166 code. Raises NotMobile.

    *typed* may be a local number of the country *home*, and the `+` before a country code may be missing. Letters are
    refused: `phonenumbers` would read them as the digits of a phone's keys, but a word among numbers is a mistake.
    """
    digits = typed.strip()
    if not TYPED.fullmatch(digits) or len(digits) > policy.MAX_PHONE_CHARACTERS:
        raise NotMobile
    number = _local_mobile(digits, home) or _international_mobile(
        digits if digits.startswith("00") else f"+{digits.lstrip('+')}"
    )
    return _e164(number), _country_of(number)


def _local_mobile(digits: str, home: str) -> PhoneNumber | None:
    """Return *digits* as a local number of the country *home*; None if they are none."""
    try:
        return None if digits.startswith("+") else _parse_mobile(digits, home)
    except NotMobile:
        return None


def _international_mobile(digits: str) -> PhoneNumber:
    return _parse_mobile(f"+{digits.removeprefix('00')}" if digits.startswith("00") else digits, None)


def _parse_mobile(digits: str, home: str | None) -> PhoneNumber:
    try:
        number = phonenumbers.parse(digits, home)
    except phonenumbers.NumberParseException as failure:
        raise NotMobile from failure
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in CAN_GET_SMS:
        raise NotMobile
    return number


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _country_of(number: PhoneNumber) -> str:
    """Return the ISO 3166 code of a number's country. Raises NotMobile if it has none, as those of satellite phones."""
    country = phonenumbers.region_code_for_number(number) or ""
    if not country.isalpha():
        raise NotMobile
    return country

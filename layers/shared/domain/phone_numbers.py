"""Phone numbers in one form, E.164, however they were typed."""

import re
import unicodedata
from contextlib import suppress

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from shared import policy
from shared.errors import NotMobile

CAN_GET_SMS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
"""Kinds of numbers that can get an SMS. Some countries' plans do not tell mobile and fixed lines apart."""

TYPED = re.compile(r"\+?[0-9 ()./-]+")
"""The form of a number, once it is cleaned."""

INVISIBLE = re.compile("[\ufe00-\ufe0f]")
"""Variation selectors, which PDF files bring along. Other signs that nobody sees are of Unicode's category Cf."""


def canonical(typed: str) -> str:
    """Return *typed*, a number with its country code, in E.164 form as `+48600100200`. Raises NotMobile."""
    return _e164(_international_mobile(_cleaned(typed)))


def country_of(number: str) -> str:
    """Return the country of *number*, in E.164 form, as an ISO 3166 code.

    Raises NotMobile if it has none, as numbers of satellite phones and of worldwide networks: an SMS to them may cost
    dollars.
    """
    return _country_of(phonenumbers.parse(number))


def recipient(typed: str, *, home: str) -> tuple[str, str]:
    """Return *typed* in E.164 form, and its country as an ISO 3166 code. Raises NotMobile.

    *typed* may be a local number of the country *home*, and the `+` before a country code may be missing.
    """
    digits = _cleaned(typed)
    number = _local_mobile(digits, home) or _international_mobile(
        digits if digits.startswith("00") else f"+{digits.lstrip('+')}"
    )
    return _e164(number), _country_of(number)


def valid(typed: str, *, home: str) -> str:
    """Return *typed* in E.164 form, also if it is a landline or another number that gets no SMS. Raises NotMobile.

    It is read as `recipient` reads it. Only if that finds no mobile number, other kinds are looked for.
    """
    try:
        return recipient(typed, home=home)[0]
    except NotMobile:
        digits = _cleaned(typed)
    forms = [] if digits.startswith("+") else [(digits, home)]
    bare = digits.lstrip("+").removeprefix("00")
    for form, country in [*forms, (f"+{bare}", None)]:
        with suppress(NotMobile):
            return _e164(_parse(form, country))
    raise NotMobile


def gets_sms(number: str) -> bool:
    """Whether *number*, in E.164 form, can get an SMS."""
    try:
        _parse_mobile(number, None)
    except NotMobile:
        return False
    return True


def _cleaned(typed: str) -> str:
    """Return *typed* in ASCII, as it looks: without signs that nobody sees, with plain blanks, dashes and digits.

    Raises NotMobile if it contains anything else. `phonenumbers` would read letters as the digits of a phone's keys,
    but a word among numbers is a mistake.
    """
    if len(typed) > 2 * policy.MAX_PHONE_CHARACTERS:  # signs that nobody sees may be among them
        raise NotMobile
    seen = INVISIBLE.sub("", unicodedata.normalize("NFKC", typed))
    digits = "".join(map(_plain, seen)).strip()
    digits = re.sub("^tel:", "", digits, flags=re.IGNORECASE)
    if not TYPED.fullmatch(digits) or len(digits) > policy.MAX_PHONE_CHARACTERS:
        raise NotMobile
    return digits


def _plain(sign: str) -> str:
    """Return the ASCII character that *sign* looks like, empty for one that nobody sees, or *sign* itself."""
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    plain = {"Cf": "", "Zs": " ", "Pd": "-"}.get(unicodedata.category(sign), sign)
    return "-" if plain == "\u2212" else plain  # the minus sign, which Unicode counts among the signs of mathematics


def _local_mobile(digits: str, home: str) -> PhoneNumber | None:
    """Return *digits* as a local number of the country *home*; None if they are none."""
    try:
        return None if digits.startswith("+") else _parse_mobile(digits, home)
    except NotMobile:
        return None


def _international_mobile(digits: str) -> PhoneNumber:
    return _parse_mobile(f"+{digits.removeprefix('00')}" if digits.startswith("00") else digits, None)


def _parse_mobile(digits: str, home: str | None) -> PhoneNumber:
    number = _parse(digits, home)
    if phonenumbers.number_type(number) not in CAN_GET_SMS:
        raise NotMobile
    return number


def _parse(digits: str, home: str | None) -> PhoneNumber:
    """Return a valid number of any kind. Raises NotMobile."""
    try:
        number = phonenumbers.parse(digits, home)
    except phonenumbers.NumberParseException as failure:
        raise NotMobile from failure
    if not phonenumbers.is_valid_number(number):
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

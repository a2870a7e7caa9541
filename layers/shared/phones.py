"""Phone numbers, written one way wherever they were typed: E.164 (lesson B61)."""

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from shared.errors import NotMobile

CAN_GET_SMS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
"""In some countries the plan of numbers does not tell mobile and fixed lines apart."""


def canonical(typed: str) -> str:
    """*typed* in E.164 form, as `+48600100200`. It must name its country. Raises NotMobile."""
    digits = typed.strip()
    international = f"+{digits.removeprefix('00')}" if digits.startswith("00") else digits
    try:
        number = phonenumbers.parse(international)
    except phonenumbers.NumberParseException as failure:
        raise NotMobile from failure
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in CAN_GET_SMS:
        raise NotMobile
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)

"""Numbers as callers write them: what is too long or too large is refused before it is converted."""

from decimal import Decimal

import pytest

from shared import policy
from shared.domain import numbers
from shared.domain.numbers import NotANumber

HOSTILE = (
    "1E+900000",
    "1E+9999999",
    "-1E+900000",
    "1E-900000",
    "0E+900",
    "9" * 5000,
    "9" * (policy.MAX_NUMBER_MAGNITUDE + 1),
    "0." + "1" * 5000,
    "1_0",
    "\u0663",
    "\uff15",
    " 5",
    "5 ",
    "5\n",
    "+5",
    "",
    "-",
    ".5",
    "5.",
    "0x10",
    "NaN",
    "Infinity",
    float("nan"),
    float("inf"),
    1e300,
    10**5000,
    -(10**5000),
    10**policy.MAX_NUMBER_MAGNITUDE,
    True,
    None,
    [5],
    {"a": 5},
    Decimal("1E+900000"),
)


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_number_or_too_long_a_one_is_refused(value: object):
    for read in (numbers.decimal, numbers.whole, numbers.natural):
        with pytest.raises(NotANumber):
            read(value)


@pytest.mark.parametrize(("value", "number"), [("5", 5), (5, 5), ("-7", -7), (5.0, 5), ("0", 0), (10**14, 10**14)])
def test_a_whole_number_is_read(value: object, number: int):
    assert numbers.whole(value) == number


@pytest.mark.parametrize("value", ["1.5", 1.5, "1e3", "05"])
def test_a_fraction_or_another_spelling_is_no_whole_number(value: object):
    with pytest.raises(NotANumber):
        numbers.whole(value)


def test_a_number_below_zero_is_not_natural():
    assert numbers.natural("0") == 0
    with pytest.raises(NotANumber):
        numbers.natural("-1")


def test_no_exponent_leads_to_a_number_of_many_digits():
    for exponent in range(-999, 1000):
        try:
            number = numbers.decimal(f"1E{exponent}")
        except NotANumber:
            continue
        assert len(str(int(number))) <= policy.MAX_NUMBER_MAGNITUDE

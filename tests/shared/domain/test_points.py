"""Points: counted in whole ten-thousandths, so nothing is ever rounded."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import points


@pytest.mark.parametrize(
    ("written", "units"),
    [("0.16", 1600), (0.16, 1600), ("1", 10_000), (7, 70_000), ("0.0001", 1), (Decimal("0.3"), 3000)],
)
def test_an_amount_is_read_as_it_is_written(written: Decimal | float | str, units: int):
    assert points.read(written) == units


@pytest.mark.parametrize("garbage", ["", "a lot", "nan", "inf", "-Infinity", "0.00001", "1,5", float("nan")])
def test_what_is_no_amount_is_refused(garbage: float | str):
    with pytest.raises(ValueError, match="no amount of points"):
        points.read(garbage)


@given(st.integers(0, 10**15))
def test_an_amount_that_is_told_is_read_as_the_same(units: int):
    assert points.read(points.told(units)) == units

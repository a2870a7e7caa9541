"""Prices: a table that cannot be misread."""

import pytest

from shared.domain import prices


def test_prices_are_told_by_country():
    assert prices.read("PL=0.16 DE=0.5\nGB=1") == {"PL": 1600, "DE": 5000, "GB": 10_000}


@pytest.mark.parametrize(
    "table", ["PL", "PL=", "PL=x", "PL=0", "PL=-1", "PL=0.00001", "pl=1", "POL=1", "=1", "PL=NaN", "PL=1=2", "PŁ=1"]
)
def test_what_is_no_price_is_refused(table: str):
    with pytest.raises(ValueError, match="no "):
        prices.read(table)

"""The price of one part of a message, by country. No message can be sent to a country without a price."""

import re
from collections.abc import Mapping
from functools import lru_cache

from shared.domain import points
from shared.domain.points import Points


@lru_cache(maxsize=1)
def read(table: str) -> Mapping[str, Points]:
    """Return the prices in *table*, which is written as `PL=0.16 DE=0.5`. Raises ValueError; also for a price of 0."""
    prices = {country: points.read(price) for country, _, price in (entry.partition("=") for entry in table.split())}
    if not all(_is_country(country) and price > 0 for country, price in prices.items()):
        raise ValueError("no table of prices")
    return prices


def _is_country(text: str) -> bool:
    """Whether *text* has the form of an ISO 3166 code."""
    return re.fullmatch("[A-Z]{2}", text) is not None

"""What one part of a message costs, by the country it goes to. To any other country nothing can be sent."""

import re
from collections.abc import Mapping
from functools import lru_cache

from shared.domain import points
from shared.domain.points import Points


@lru_cache(maxsize=1)
def read(table: str) -> Mapping[str, Points]:
    """*table* is written as `PL=0.16 DE=0.5`. Raises ValueError for anything else, and for what would be free."""
    prices = {country: points.read(price) for country, _, price in (entry.partition("=") for entry in table.split())}
    if not all(_is_country(country) and price > 0 for country, price in prices.items()):
        raise ValueError("no table of prices")
    return prices


def _is_country(text: str) -> bool:
    """Whether *text* could be an ISO 3166 code."""
    return re.fullmatch("[A-Z]{2}", text) is not None

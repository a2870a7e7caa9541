"""Points, which pay for messages. They are counted in whole ten-thousandths, so that no sum is rounded."""

from decimal import Decimal

from shared.domain import numbers
from shared.domain.numbers import NotANumber

type Points = int
"""Ten-thousandths of a point."""

POINT: Points = 10_000


def read(amount: Decimal | float | str) -> Points:
    """Return *amount*, in points as people write it. Raises ValueError for no number, or more than four decimals."""
    try:
        units = numbers.decimal(amount) * POINT
    except NotANumber:
        raise ValueError("no amount of points") from None
    if units % 1:
        raise ValueError("no amount of points")
    return int(units)


def told(points: Points) -> float:
    """Return *points* as a float in points, exact to the last decimal for every amount below 10**11 points."""
    return points / POINT

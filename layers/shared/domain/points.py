"""Points, what messages are paid with: counted in whole ten-thousandths, so that no sum is ever rounded."""

from decimal import Decimal

type Points = int
"""Ten-thousandths of a point."""

POINT: Points = 10_000


def read(amount: Decimal | float | str) -> Points:
    """*amount* of points as people write it. Raises ValueError where it is none, or has more than four decimals."""
    units = Decimal(str(amount)) * POINT if _is_number(amount) else None
    if units is None or units != units.to_integral_value():
        raise ValueError("no amount of points")
    return int(units)


def told(points: Points) -> float:
    """As a number for people and programs. A double holds every amount below 10**11 points exactly as it is written."""
    return points / POINT


def _is_number(amount: Decimal | float | str) -> bool:
    try:
        return Decimal(str(amount)).is_finite()
    except ArithmeticError:
        return False

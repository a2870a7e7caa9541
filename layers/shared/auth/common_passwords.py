"""Passwords that everybody uses: the 30,000 most frequent ones, as the package zxcvbn ships them."""

from functools import cache

from shared.domain.passwords import prepared


def is_common(password: str) -> bool:
    """Whether *password* is on the list, however its letters are capitalised (ASVS V6.2.4)."""
    return prepared(password).casefold() in _common()


@cache
def _common() -> frozenset[str]:
    """Read when it is first asked for: tens of milliseconds and 17 MB that no sign-in has to spend."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped]  # noqa: PLC0415

    return frozenset(FREQUENCY_LISTS["passwords"])

"""Common passwords: the 30,000 most frequent ones, as the package zxcvbn ships them."""

from functools import cache

from shared.domain.passwords import prepared


def is_common(password: str) -> bool:
    """Return whether *password* is on the list, in any case (ASVS V6.2.4)."""
    return prepared(password).casefold() in _common()


@cache
def _common() -> frozenset[str]:
    """Load the list at its first use: it takes tens of milliseconds and 17 MB, and a sign-in does not need it."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped]  # noqa: PLC0415

    return frozenset(FREQUENCY_LISTS["passwords"])

"""Common passwords: the 30,000 most frequent ones, as the package zxcvbn ships them."""

from functools import cache

from shared.crypto import password_hash
from shared.domain.passwords import prepared


def is_common(password: str) -> bool:
    """Return whether *password* is on the list, in any case (ASVS V6.2.4)."""
    return prepared(password).casefold() in _common()


def is_md5_of_common(md5: str) -> bool:
    """Whether *md5*, in hex, is the digest of a password on the list, written in small letters."""
    return md5.lower() in _common_md5()


@cache
def _common_md5() -> frozenset[str]:
    return frozenset(map(password_hash.md5_of, _common()))


@cache
def _common() -> frozenset[str]:
    """Load the list at its first use: it takes tens of milliseconds and 17 MB, and a sign-in does not need it."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped]  # noqa: PLC0415

    return frozenset(FREQUENCY_LISTS["passwords"])

"""Recovery codes: a printed list for the day when phone and app are lost. Each code works once."""

from dataclasses import dataclass, field
from datetime import datetime

from shared import policy
from shared.domain.challenges import FORGIVEN

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: without I, L and O, which look like digits, and U, which could spell words."""

PATTERN = f"[0-9A-HJKMNP-TV-Z]{{{policy.RECOVERY_CODE_CHARACTERS}}}"
"""A code in canonical form, which `clean` returns."""

GROUP = 4  # characters between two dashes: as many as one reads at a glance

READ_AS = FORGIVEN | {ord(letter.lower()): letter for letter in ALPHABET} | str.maketrans("OoIiLl", "001111")
"""A translation table: ignores case, and reads letters that look like digits as those digits."""


@dataclass(frozen=True)
class RecoveryCodes:
    """A user's recovery codes. `codes` are the digests of the unused ones, `of` is how many were made."""

    user_id: str
    codes: frozenset[str] = field(repr=False)
    of: int
    since: datetime

    @property
    def left(self) -> int:
        return len(self.codes)


def clean(code: str) -> str:
    """Return *code*, as a person typed or pasted it, in canonical form."""
    return code.translate(READ_AS)


def written(code: str) -> str:
    """Return a canonical *code* as it is shown: in groups joined by dashes."""
    return "-".join(code[place : place + GROUP] for place in range(0, len(code), GROUP))

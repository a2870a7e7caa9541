"""Recovery codes: a list kept on paper for the day when phone and app are gone. Each works once."""

from dataclasses import dataclass, field
from datetime import datetime

from shared import policy
from shared.domain.challenges import FORGIVEN

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: without I, L, O, which look like digits, and U, which makes words."""

PATTERN = f"[0-9A-HJKMNP-TV-Z]{{{policy.RECOVERY_CODE_CHARACTERS}}}"
"""The canonical form: what `clean` makes of a code that was typed without a mistake."""

GROUP = 4  # characters that the eye takes in at once

READ_AS = FORGIVEN | {ord(letter.lower()): letter for letter in ALPHABET} | str.maketrans("OoIiLl", "001111")
"""Case does not count, and letters that look like digits are those digits. Nothing else is forgiven."""


@dataclass(frozen=True)
class RecoveryCodes:
    """The digests of the codes that still work, of so many that were made at once."""

    user_id: str
    codes: frozenset[str] = field(repr=False)
    of: int
    since: datetime

    @property
    def left(self) -> int:
        return len(self.codes)


def clean(code: str) -> str:
    """The canonical form of *code*, as people type and paste it."""
    return code.translate(READ_AS)


def written(code: str) -> str:
    """A canonical *code* for people: in groups, joined by dashes."""
    return "-".join(code[place : place + GROUP] for place in range(0, len(code), GROUP))

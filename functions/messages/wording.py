"""Message texts: fill in each recipient's own words, and replace characters outside the 7-bit alphabet."""

import re
import unicodedata
from collections.abc import Mapping

from shared.domain import messages

PLACEHOLDER = re.compile(r"\[%([1-4])%\]")

PLAIN = str.maketrans(
    {
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "œ": "oe",
        "Œ": "OE",
        "„": '"',
        "”": '"',
        "“": '"',
        "«": '"',
        "»": '"',
        "’": "'",
        "‘": "'",
        "‚": "'",
        "–": "-",
        "—": "-",
        "…": "...",
        "\u00a0": " ",
    }
)
"""Replacements for characters that Unicode does not decompose (NFKD)."""


def filled(text: str, words: Mapping[str, str]) -> str:
    """Return *text* with `[%1%]` to `[%4%]` replaced by *words*. Placeholders within a word are not replaced again."""
    return PLACEHOLDER.sub(lambda found: words.get(found[1], found[0]), text)


def plain(text: str) -> str:
    """Return *text* with characters outside the 7-bit alphabet (3GPP 23.038) replaced by plain ones where possible.

    One such character makes a message of 160 characters one of 70, so it costs more.
    """
    return "".join(character if messages.is_plain(character) else _plain_character(character) for character in text)


def _plain_character(character: str) -> str:
    """Return the plain form of one character, or the character itself if it has none."""
    bare = "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))
    replaced = bare.translate(PLAIN)
    return replaced if messages.is_plain(replaced) else character

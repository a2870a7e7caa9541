"""What becomes of a text on its way: words for each recipient put in, letters made plain."""

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
"""Signs that Unicode does not take apart, and what is read in their place."""


def filled(text: str, words: Mapping[str, str]) -> str:
    """*text* with `[%1%]` to `[%4%]` replaced by *words*, once: what was put in is not looked at again."""
    return PLACEHOLDER.sub(lambda found: words.get(found[1], found[0]), text)


def plain(text: str) -> str:
    """*text* with letters that cost more replaced by those that they are made of, as far as there are such."""
    return "".join(sign if messages.is_plain(sign) else _plain(sign) for sign in text)


def _plain(sign: str) -> str:
    bare = "".join(part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part))
    replaced = bare.translate(PLAIN)
    return replaced if messages.is_plain(replaced) else sign

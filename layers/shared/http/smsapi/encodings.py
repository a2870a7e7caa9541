"""Encodings of text that SMSAPI's older clients send in place of UTF-8, and name in the parameter `encoding`."""

import re
from urllib.parse import unquote_plus

from shared.errors import EncodingUnknown, WrongEncoding

UTF_8 = "utf-8"

ENCODINGS = {
    "": UTF_8,
    "utf-8": UTF_8,
    "utf8": UTF_8,
    "windows-1250": "cp1250",
    "cp1250": "cp1250",
    "iso-8859-1": "iso-8859-1",
    "iso-8859-2": "iso-8859-2",
}
"""Python's names, by those that a client may write in any case."""

DECLARED = re.compile("(?:^|&)encoding=([^&]{0,32})(?:&|$)")

CONTROLS = re.compile("[\x80-\x9f]")
"""Control characters that no text in ISO 8859 has. Where bytes decode to them, the text is in another encoding."""

UNDECODED = re.compile("[\udc80-\udcff]")
"""What Python puts where bytes are not of an encoding, if it is told to go on (`surrogateescape`)."""

REPLACED = "\ufffd"
"""The character that API Gateway puts where bytes are not UTF-8: the text is lost by then."""


def named(encoding: object) -> str:
    """Return Python's name of an `encoding`, UTF-8 if there is none. Raises EncodingUnknown."""
    found = ENCODINGS.get(encoding.strip().casefold()) if isinstance(encoding, str) else None
    if found is None and encoding is not None:
        raise EncodingUnknown
    return found or UTF_8


def declared(form: str, otherwise: object) -> str:
    """Return the encoding that a form declares for its own bytes, or *otherwise*. Raises EncodingUnknown."""
    found = DECLARED.search(form)
    return named(unquote_plus(found[1]) if found else otherwise)


def must_be_whole(text: str, *name: str) -> None:
    """Raise WrongEncoding if a part of *text*, the value of the parameter *name*, was lost on the way here."""
    if REPLACED in text:
        raise WrongEncoding(*name)


def must_be_of(charset: str, text: str, name: str) -> None:
    """Raise WrongEncoding if *text*, the value of the parameter *name*, is not written in *charset*, from which it was
    decoded with UNDECODED where that failed.
    """
    if UNDECODED.search(name):
        raise WrongEncoding
    if UNDECODED.search(text) or (charset.startswith("iso-8859") and CONTROLS.search(text)):
        raise WrongEncoding(name)

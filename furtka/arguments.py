"""What every command line of ours has in common: an option is given once, and what it may be is said in a sentence."""

import argparse
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from furtka.complaint import Complaint

HIGHEST_PORT = 65535
STACK = r"[A-Za-z][A-Za-z0-9-]{0,127}"
"""What CloudFormation takes for the name of a stack."""

SCHEMES = ("http", "https")


class Parser(argparse.ArgumentParser):
    """A parser, also of each command below it, whose options are given once, and whose description is a sentence."""

    def __init__(self, *about: Any, **more: Any) -> None:
        super().__init__(*about, **more)
        self.register("action", None, Once)
        if self.description:
            self.description = _sentence(self.description)


class Once(argparse.Action):
    """Keeps the value of an option. Raises Complaint for a second one: nobody knows which of them is meant.

    It is noted in the namespace, which an option that holds other options (`--options`) hands on.
    """

    def __call__(self, _: Any, namespace: argparse.Namespace, value: Any, _option: str | None = None) -> None:
        before = vars(namespace).setdefault("_given", {}).setdefault(self.dest, value)
        if self.option_strings and before != value:
            raise twice(self.option_strings[0], str(before), str(value))
        setattr(namespace, self.dest, value)


def twice(name: str, one: str, other: str) -> Complaint:
    """Return the complaint about a name with two values."""
    return Complaint(f"{name} is given twice, as {one!r} and as {other!r}: leave one out")


def address(text: str) -> str:
    """Return the address of a server, without a slash at its end. For argparse, which shows why a text is none."""
    try:
        parts = urlsplit(text)
        is_one = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, or a bracket that is not closed
        is_one = False
    if not is_one:
        raise argparse.ArgumentTypeError("an address begins with http:// or https://, as http://127.0.0.1:3000")
    if "@" in parts.netloc:
        raise argparse.ArgumentTypeError("an address has no user name and no password in it")
    if set("?#") & set(text):
        raise argparse.ArgumentTypeError("an address has no ? and no #")
    return text.rstrip("/")


def stack(text: str) -> str:
    """Return the name of a stack. For argparse, which shows why a text is none.

    An empty one, as of a variable that nobody set, would let a command take the stack on this machine for it.
    """
    if not re.fullmatch(STACK, text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name of a stack: letters, digits and hyphens, a letter first")
    return text


def number(text: str) -> int:
    """Return a whole number. For argparse, which shows why a text is none."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None


def port(text: str) -> int:
    """Return a port; 0 stands for any free one. For argparse, which shows why a text is none."""
    if not (text.isdecimal() and text.isascii() and int(text) <= HIGHEST_PORT):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: a port is a number between 0 and {HIGHEST_PORT}")
    return int(text)


def pair(text: str) -> tuple[str, str]:
    """Return name and value of NAME=VALUE. For argparse, which shows why a text is none."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is no parameter: write it as NAME=VALUE")
    return name, value


def once(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the pairs by name. Raises Complaint for a name with two values."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if found.setdefault(name, value) != value:
            raise twice(name, found[name], value)
    return found


def _sentence(text: str) -> str:
    """Return a text that begins in upper case and ends with a full stop; the rest stays as it is, names too."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")

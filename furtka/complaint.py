"""The error that the command line shows to its user."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

SHORTEST_PART = 3
"""Letters of a word that is looked for inside of names."""


class Complaint(Exception):
    """Something the user can correct. The command prints it, and ends with status 2."""


def all_of(wrong: Sequence[str]) -> Complaint:
    """Return one complaint about everything that is wrong: a line for each, if there are several."""
    return Complaint(
        wrong[0] if len(wrong) == 1 else "\n".join([f"{len(wrong)} things are wrong:", *(f"- {one}" for one in wrong)])
    )


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the end of a complaint about a word that nobody knows: which ones are like it, empty if none is."""
    names = {name.lower(): name for name in known}
    # A part of a name is no close match of it, and is what people type most.
    parts = [lower for lower in names if word.lower() in lower] if len(word) >= SHORTEST_PART else []
    close = [*get_close_matches(word.lower(), names, cutoff=0.7), *parts]
    return f": perhaps {' or '.join(names[one] for one in list(dict.fromkeys(close))[:3])}" if close else ""


def must_be_meant(stack: str, warning: str) -> None:
    """Ask for the stack's name, after *warning*. Raises Complaint if anything else is typed, or nobody is there."""
    print(warning)
    try:
        typed = input(f"Type {stack} to go on: ")
    except EOFError:
        typed = ""
    if typed != stack:
        raise Complaint("that is not the name: nothing was changed")

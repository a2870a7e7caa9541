"""The error that the command line shows to its user."""

from collections.abc import Sequence


class Complaint(Exception):
    """Something the user can correct. The command prints it, and ends with status 2."""


def all_of(wrong: Sequence[str]) -> Complaint:
    """Return one complaint about everything that is wrong: a line for each, if there are several."""
    return Complaint(
        wrong[0] if len(wrong) == 1 else "\n".join([f"{len(wrong)} things are wrong:", *(f"- {one}" for one in wrong)])
    )


def must_be_meant(stack: str, warning: str) -> None:
    """Ask for the stack's name, after *warning*. Raises Complaint if anything else is typed, or nobody is there."""
    print(warning)
    try:
        typed = input(f"Type {stack} to go on: ")
    except EOFError:
        typed = ""
    if typed != stack:
        raise Complaint("that is not the name: nothing was changed")

"""The error that the command line shows to its user."""

from collections.abc import Sequence


class Complaint(Exception):
    """Something the user can correct. The command prints it, and ends with status 2."""


def all_of(wrong: Sequence[str]) -> Complaint:
    """Return one complaint about everything that is wrong: a line for each, if there are several."""
    return Complaint(
        wrong[0] if len(wrong) == 1 else "\n".join([f"{len(wrong)} things are wrong:", *(f"- {one}" for one in wrong)])
    )

"""The error that the command line shows to its user."""


class Complaint(Exception):
    """Something the user can correct. The command prints it as one line and ends with status 2."""


def must_be_meant(stack: str, warning: str) -> None:
    """Ask for the stack's name, after *warning*. Raises Complaint if anything else is typed, or nobody is there."""
    print(warning)
    try:
        typed = input(f"Type {stack} to go on: ")
    except EOFError:
        typed = ""
    if typed != stack:
        raise Complaint("that is not the name: nothing was changed")

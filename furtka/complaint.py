"""The one kind of error that a person at the command line is meant to read."""


class Complaint(Exception):
    """Something the caller can put right, said in one line; it ends the command with status 2."""

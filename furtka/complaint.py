"""The error that the command line shows to its user."""


class Complaint(Exception):
    """Something the user can correct. The command prints it as one line and ends with status 2."""

"""Faults that end a run of Lambda in the middle, for `failing` and `intercepted`."""

from tests.support import calls
from tests.support.calls import FAULTS, Answer, AwsCall, Fault, Proceed


class Killed(BaseException):
    """Stands for the end of the process. No `except Exception` catches it."""


def killed_before(call: AwsCall, _: Proceed) -> Answer:
    raise Killed


def killed_after(call: AwsCall, proceed: Proceed) -> Answer:
    proceed()
    raise Killed


ENDS: dict[str, Fault] = FAULTS | {
    "is the last before the end": killed_after,
    "is where it ends": killed_before,
    "is done by half": calls.answer_by_half,
}
"""How a call, and the run with it, may end."""

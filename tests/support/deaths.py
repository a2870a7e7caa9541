"""How a run of Lambda may end in the middle: what `failing` and `intercepted` are given for it."""

from tests.support import calls
from tests.support.calls import FAULTS, Answer, AwsCall, Fault, Proceed


class Killed(BaseException):
    """Lambda ends the process."""


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
"""What may become of a call, and of the run with it."""

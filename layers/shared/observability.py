"""The logger and the metrics of all functions. No secret may be passed to either.

Both carry the stack's name as `service`, so that two stacks of an AWS account share no metric and no alarm.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from traceback import extract_tb

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit, single_metric

NAMESPACE = "Furtka"

SERVICE = os.environ.get("POWERTOOLS_SERVICE_NAME", "furtka")
"""The stack's name, which template.yaml sets. It has another value only where no function runs, as for the contract."""

logger = Logger(service=SERVICE, log_uncaught_exceptions=False)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)


def reason_of(failure: BaseException) -> str:
    """Return AWS's error code, or else the name of the exception's class. Its text may repeat the input."""
    said: dict[str, dict[str, str]] = getattr(failure, "response", None) or {}  # a timeout's is None
    return said.get("Error", {}).get("Code") or type(failure).__name__


def place_of(failure: BaseException) -> str:
    """Return where *failure* was raised: function, file and line. No value of the request is in it."""
    frames = extract_tb(failure.__traceback__)
    return f"{frames[-1].name}, {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "?"


CALLER = ("subject", "actor", "proof")
"""Keys of log lines about whoever showed a right credential, in the words of audit events."""


def caller_is(user_id: str, actor: str, proof: str) -> None:
    """Let the lines of this request say who calls: they showed a right credential, whether it still counts or not."""
    logger.append_keys(**dict(zip(CALLER, (user_id, actor, proof), strict=True)))


def is_caller_known() -> bool:
    """Whether `caller_is` was called in this request."""
    return CALLER[0] in logger.get_current_keys()


def record_unforeseen(failure: BaseException) -> None:
    """Log and count a mistake of ours: its kind and place, not its text, which may repeat the input."""
    logger.error("unforeseen", kind=type(failure).__name__, reason=reason_of(failure), place=place_of(failure))
    metrics.add_metric("Unforeseen", MetricUnit.Count, 1)
    _count_in_version()


def _count_in_version() -> None:
    """Count a mistake under the function's version too: a new version that makes mistakes is taken back."""
    with single_metric("UnforeseenInVersion", MetricUnit.Count, 1, namespace=NAMESPACE) as metric:
        metric.add_dimension("function", os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "none"))
        metric.add_dimension("version", os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "none"))


class Unforeseen(Exception):
    """A mistake of ours, without its text: Lambda writes what a function raises into its own log."""


@contextmanager
def raising_unforeseen(*expected: type[BaseException]) -> Iterator[None]:
    """Record whatever is raised but *expected*, and raise Unforeseen, so that Lambda runs the function again."""
    try:
        yield
    except expected:
        raise
    except Exception as failure:  # noqa: BLE001 - whatever it is, it is counted
        record_unforeseen(failure)
        raise Unforeseen(type(failure).__name__) from None

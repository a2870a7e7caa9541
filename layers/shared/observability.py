"""The logger and the metrics of all functions. No secret may be passed to either."""

from aws_lambda_powertools import Logger, Metrics

logger = Logger(service="furtka", log_uncaught_exceptions=False)
metrics = Metrics(namespace="Furtka", service="furtka")


def reason_of(failure: BaseException) -> str:
    """Return AWS's error code, or else the name of the exception's class. Its text may repeat the input."""
    said: dict[str, dict[str, str]] = getattr(failure, "response", None) or {}  # a timeout's is None
    return said.get("Error", {}).get("Code") or type(failure).__name__

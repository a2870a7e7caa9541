"""The one logger and the one set of metrics. Nothing secret may be handed to either."""

from aws_lambda_powertools import Logger, Metrics

logger = Logger(service="furtka", log_uncaught_exceptions=False)
metrics = Metrics(namespace="Furtka", service="furtka")


def reason_of(failure: BaseException) -> str:
    """AWS's own word for what went wrong, or else the kind of failure: its text may repeat what was sent."""
    said: dict[str, dict[str, str]] = getattr(failure, "response", None) or {}  # a timeout's is None
    return said.get("Error", {}).get("Code") or type(failure).__name__

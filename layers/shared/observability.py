"""The one logger and the one set of metrics. Nothing secret may be handed to either."""

from aws_lambda_powertools import Logger, Metrics

logger = Logger(service="furtka", log_uncaught_exceptions=False)
metrics = Metrics(namespace="Furtka", service="furtka")

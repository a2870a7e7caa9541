"""Conversion of codes: how many of those sent to a country are given back. Where none are, somebody pumps SMS."""

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from shared import settings
from shared.domain import phone_numbers
from shared.observability import NAMESPACE, SERVICE

OTHER = "other"
"""The country of all numbers outside settings.WATCHED_COUNTRIES: each value of a dimension is a metric that is paid."""


def sent(phone: str) -> None:
    """Count a code that a carrier took for *phone*, an E.164 number."""
    _count(phone, CodesSent=1, CodesVerified=0)  # the zero, so that the ratio exists where nobody gives a code back


def verified(phone: str) -> None:
    """Count a code that was given back by the holder of *phone*."""
    _count(phone, CodesSent=0, CodesVerified=1)


def _count(phone: str, **counted: int) -> None:
    by_country = EphemeralMetrics(namespace=NAMESPACE, service=SERVICE)
    by_country.add_dimension("country", country_of(phone))
    for name, value in counted.items():
        by_country.add_metric(name, MetricUnit.Count, value)
    by_country.flush_metrics()


def country_of(phone: str) -> str:
    """Return the country under which *phone* is counted: one of settings.WATCHED_COUNTRIES, or OTHER."""
    try:
        country = phone_numbers.country_of(phone)
    except Exception:  # noqa: BLE001 - what was sent must not be sent again because its number could not be read
        return OTHER
    return country if country in settings.WATCHED_COUNTRIES.split() else OTHER

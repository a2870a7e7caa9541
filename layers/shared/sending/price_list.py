"""The prices in force. They are in the secret store, since those of many countries do not fit into an environment."""

from collections.abc import Mapping

from shared import secret_store, settings
from shared.domain import prices
from shared.domain.points import Points


def current() -> Mapping[str, Points]:
    """Return the price of one part of a message, by country. Raises Unavailable if the secret store does not answer."""
    return prices.read(table())


def table() -> str:
    """Return the prices as the operator wrote them, see `domain.prices`."""
    return secret_store.text(settings.PRICES_SECRET)

"""Secrets of AWS Secrets Manager. A running function reads each once, and again after `policy.KEYS_KEPT_FOR`."""

from functools import cache
from typing import Literal, cast

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError, TransformParameterError

from shared import clients, policy
from shared.errors import Unavailable
from shared.observability import logger, reason_of


def text(name: str) -> str:
    """Return the secret *name*. Raises Unavailable if the secret store does not answer."""
    return cast(str, _read(name))


def json_object(name: str, *, fresh: bool = False) -> dict[str, str]:
    """Return the secret *name*, a JSON object; with *fresh* not the one that is kept. Raises Unavailable as `text`."""
    return cast(dict[str, str], _read(name, transform="json", fresh=fresh))


def _read(name: str, *, transform: Literal["json"] | None = None, fresh: bool = False) -> object:
    try:
        return provider().get(
            name, max_age=int(policy.KEYS_KEPT_FOR.total_seconds()), transform=transform, force_fetch=fresh
        )
    except (GetParameterError, TransformParameterError) as failure:
        # Powertools keeps only the text of what AWS refused; its code is in the exception that was being handled.
        logger.warning("keys_failed", reason=reason_of(failure.__context__ or failure))
        raise Unavailable from failure


@cache
def provider() -> SecretsProvider:
    """Return what holds the secrets that were read."""
    return SecretsProvider(boto3_session=clients.session(clients.KEYS), boto_config=clients.KEYS.config)

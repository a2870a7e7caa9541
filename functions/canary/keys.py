"""What the canary signs in with, from a secret of the stack that `furtka canary create` fills."""

import json
from dataclasses import dataclass, field, fields
from functools import cache

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetSecretError

from canary.flow import StepFailed
from shared import clients, settings

STEP = "secret"


@dataclass(frozen=True)
class Keys:
    """The address of the API, and everything that its account has. `totp` is the app's secret in base 32."""

    url: str
    login: str
    password: str = field(repr=False)
    totp: str = field(repr=False)
    device_token: str = field(repr=False)
    api_token: str = field(repr=False)


def read() -> Keys:
    """Return what the secret holds. Raises StepFailed if it cannot be read, or `furtka canary create` was never run."""
    try:
        held = json.loads(str(_secrets().get(settings.CANARY_SECRET, force_fetch=True)))
        return Keys(**{one.name: str(held[one.name]) for one in fields(Keys)})
    except GetSecretError:
        raise StepFailed(STEP, "unreadable") from None
    except (ValueError, KeyError, TypeError):
        raise StepFailed(STEP, "furtka canary create was not run") from None


@cache
def _secrets() -> SecretsProvider:
    return SecretsProvider(boto3_session=clients.session(clients.DELIVERY), boto_config=clients.DELIVERY.config)

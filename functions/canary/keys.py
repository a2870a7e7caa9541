"""What the canary signs in with, from a secret of the stack that `furtka canary create` fills."""

from dataclasses import dataclass, field, fields

from canary.flow import StepFailed
from shared import secret_store, settings
from shared.errors import Unavailable

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
        held = secret_store.json_object(settings.CANARY_SECRET, fresh=True)
        return Keys(**{one.name: str(held[one.name]) for one in fields(Keys)})
    except Unavailable:
        raise StepFailed(STEP, "unreadable") from None
    except (KeyError, TypeError):
        raise StepFailed(STEP, "furtka canary create was not run") from None

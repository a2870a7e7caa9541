"""The environment that Lambda would set. It must stand before anything of ours is imported."""

import os

PLACES = (
    "LOGINS",
    "USERS",
    "SESSIONS",
    "CHALLENGES",
    "DEVICES",
    "STRIKES",
    "BUDGETS",
    "LINKS",
    "ACCOUNTS",
    "FACTORS",
    "PASSWORDS",
    "ACTIVITY",
    "REMINDERS",
    "CARRIERS",
    "DELIVERIES",
)

for _proxy in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"):
    os.environ.pop(_proxy, None)

os.environ |= {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    **{f"{place}_TABLE": f"test-{place.lower()}" for place in PLACES},
    "NOTICES_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/123456789012/notices",
    "SEALING_KEYS_SECRET": "sealing-keys",
    "FACTORS_KEY": "alias/furtka-factors",
    "BREACHED_PASSWORDS_URL": "",
    "PANEL_ORIGIN": "https://panel.example.com",
    "MAIL_FROM": "furtka@example.com",
    "SMS_PROVIDER": "sns",
    "SMSAPI_URL": "http://127.0.0.1:9",
    "SMSAPI_TOKEN_SECRET": "smsapi-token",
}

from collections.abc import Iterator  # noqa: E402 - after the environment

import pytest  # noqa: E402

from tests.support.world import World, new_world  # noqa: E402


@pytest.fixture
def world() -> Iterator[World]:
    """Furtka as a caller sees it, with moto in the place of AWS and one user, ann."""
    with new_world() as world:
        yield world

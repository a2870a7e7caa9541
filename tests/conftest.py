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
    "ADDRESS_LISTS",
    "FACTORS",
    "PASSWORDS",
    "KEPT_VALUES",
    "ACTIVITY",
    "REMINDERS",
    "TOKENS",
    "ACCESS_TOKENS",
    "WALLETS",
    "SHIPMENTS",
    "SENDER_NAMES",
    "PROVED_NUMBERS",
    "CONTACTS",
    "GROUPS",
    "CARRIERS",
    "DELIVERIES",
)

for _proxy in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"):
    os.environ.pop(_proxy, None)

os.environ |= {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "POWERTOOLS_SERVICE_NAME": "furtka-test",
    **{f"{place}_TABLE": f"test-{place.lower().replace('_', '')}" for place in PLACES},
    **{
        f"{name.upper()}_QUEUE_URL": f"https://sqs.eu-central-1.amazonaws.com/123456789012/{name}"
        for name in ("codes", "notices", "messages")
    },
    "SMS_PER_SECOND": "1000000",  # no test waits for the pace of messages
    "MESSAGES_AT_ONCE": "1",
    "REPORTS_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/123456789012/reports",
    "AUDIT_BUS": "audit",
    "AUDIT_DEAD_LETTERS_URL": "https://sqs.eu-central-1.amazonaws.com/123456789012/auditdeadletters",
    "SEALING_KEYS_SECRET": "sealing-keys",
    "NAMING_KEY_SECRET": "naming-key",
    "ORIGIN_SECRETS": "",
    "FACTORS_KEY": "alias/furtka-factors",
    "BREACHED_PASSWORDS_URL": "",
    "CANARY_SECRET": "canary",
    "API_URL": "https://api.example.com",
    "PANEL_ORIGIN": "https://panel.example.com",
    "MAIL_FROM": "furtka@example.com",
    "SUPPORT_ADDRESS": "support@example.com",
    "SMS_PROVIDER": "sns",
    "SMS_SENDER": "",
    "SMS_MAX_PRICE": "",
    "SMS_CONFIGURATION_SET": "",
    "MAIL_CONFIGURATION_SET": "",
    "SMSAPI_URL": "http://127.0.0.1:9",
    "SMSAPI_TOKEN_SECRET": "smsapi-token",
    "PRICES_SECRET": "prices",
    "HOME_COUNTRY": "PL",
    "WATCHED_COUNTRIES": "PL DE GB UA",
    "ENROLMENT_COUNTRIES": "DE FR",
}

import gc  # noqa: E402 - after the environment
import re  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from datetime import timedelta  # noqa: E402
from typing import Any  # noqa: E402

import pytest  # noqa: E402
from hypothesis import settings as examples  # noqa: E402
from xdist.scheduler import LoadFileScheduling  # noqa: E402

from shared import policy  # noqa: E402
from tests.support import quick_calls, quick_hashes, quick_moto  # noqa: E402
from tests.support.world import World, new_world  # noqa: E402

quick_hashes.install()
quick_moto.install()
quick_calls.install()

policy.KEYS_KEPT_FOR = timedelta(days=1)
"""The tests take longer than keys are kept: what is counted must not depend on when they are read again."""

examples.load_profile("ci")
"""The same ones in each run, however long each takes; `--hypothesis-profile=default` looks for others."""


ONE_STACK = ("tests/clients/", "tests/journeys/", "tests/furtka/local/")
"""Folders whose files share a running stack: it takes seconds to start, and its clock is moved."""


LONGEST = ("tests/proofs/test_faults.py", "tests/proofs/test_canaries.py")
"""Files that would keep one worker busy when the others are done: their flows are handed out by the first word of the
path, so that all tests of a flow, which share its beginning, go to one worker."""

FIRST_WORD = re.compile(r"\[[A-Z]+ /([^/:\]-]*)")


class ByFileOrStack(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        scope = next(filter(nodeid.startswith, ONE_STACK), super()._split_scope(nodeid))
        word = FIRST_WORD.search(nodeid) if scope in LONGEST else None
        return f"{scope} {word[1]}" if word else scope


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFileOrStack:
    return ByFileOrStack(config, log)


def pytest_collection_finish() -> None:
    """What is loaded by now stays, and need not be looked through for garbage; what comes, more seldom than usual."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


@pytest.fixture
def world() -> Iterator[World]:
    """Furtka as a caller sees it, with moto in the place of AWS and one user, ann."""
    with new_world() as world:
        yield world

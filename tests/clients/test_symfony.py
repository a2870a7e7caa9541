"""Symfony's bridge to SMSAPI, unmodified, from Debian's package. It speaks HTTPS alone, by a front of the stack."""

import json
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.clients.conftest import HERE
from tests.clients.customer import SENDER, Customer
from tests.support import debian
from tests.support.tls_front import Front, fronting

PACKAGES = ("php-cli", "php-symfony-smsapi-notifier")
ROOT = debian.ROOT / ".furtka" / "php"

type Send = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def front(customer: Customer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    debian.install(PACKAGES, "php", ROOT)
    with fronting(customer.stack.url, tmp_path_factory.mktemp("front")) as front:
        yield front


@pytest.fixture
def send(customer: Customer, front: Front) -> Send:
    def send(to: str, text: str, token: str = customer.token, sender: str = SENDER) -> dict[str, Any]:
        (php,) = (path for path in (ROOT / "usr/bin").glob("php[0-9]*.[0-9]*"))
        libraries = ":".join(map(str, (ROOT / "usr/lib").glob("*-linux-gnu")))
        dsn = f"smsapi://{token}@localhost:{front.port}?from={sender}"
        run = subprocess.run(
            [str(php), "-n", str(HERE / "symfony.php"), str(ROOT), str(front.authority), dsn, to, text],
            env={"LD_LIBRARY_PATH": libraries},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return dict(json.loads(run.stdout))

    return send


def test_symfony_sends_and_knows_the_message(customer: Customer, send: Send, number: str):
    outbox = len(customer.stack.outbox())
    sent = send(f"+{number}", "Zażółć & 100 %")
    assert customer.stack.message("sms", f"+{number}", after=outbox) == "Zażółć & 100 %"
    state = customer.get("/sms.do", params={"status": sent["id"], "format": "json"}).json()
    assert state["list"][0]["number"] == number


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"token": "0" * 40}, "Authorization failed"),
        ({"to": "nobody"}, "No correct phone numbers"),
        ({"sender": "Nobodys"}, ""),
    ],
)
def test_symfony_says_why_it_was_refused(send: Send, number: str, wrong: dict[str, str], told: str):
    refused = send(**{"to": number, "text": "Hello", **wrong})["refused"]
    assert refused.startswith(f'Unable to send the SMS: "{told}')

"""The loopback server in the place of AWS, or of SMSAPI."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import urllib3

from shared import clients, settings
from shared.delivery import email, queue, sms_voice, smsapi, sns
from tests.shared.delivery.loopback import HANGS, Loopback, Secrets, listening


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    with listening() as server:
        yield server


@pytest.fixture
def patience(request: pytest.FixtureRequest) -> float:
    """Seconds: where no answer comes it is soon given up, and any other comes however busy this machine is."""
    given = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    return 1 if HANGS in given.values() else 60


@pytest.fixture
def aws(loopback: Loopback, patience: float, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """The loopback server in the place of AWS, by the variable that any stage may set."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", loopback.url)
    patient = replace(clients.ONCE, connects_within=timedelta(minutes=1), answers_within=timedelta(seconds=patience))
    monkeypatch.setattr(clients, "ONCE", patient)
    _forget_clients()
    yield loopback
    _forget_clients()


def _forget_clients() -> None:
    for client in (sns._sns, sms_voice._client, email._ses, queue._sqs):
        if client.cache_info().currsize:
            client().close()
        client.cache_clear()


@pytest.fixture
def carrier(loopback: Loopback, patience: float, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """The loopback server in the place of SMSAPI."""
    monkeypatch.setattr(settings, "SMS_PROVIDER", "smsapi")
    monkeypatch.setattr(settings, "SMSAPI_URL", loopback.url)
    monkeypatch.setattr(settings, "SMSAPI_TOKEN_SECRET", "the-token")
    monkeypatch.setattr(smsapi, "_secrets", Secrets)
    monkeypatch.setitem(smsapi._HTTP.connection_pool_kw, "timeout", urllib3.Timeout(connect=60, read=patience))
    yield loopback
    smsapi._HTTP.clear()

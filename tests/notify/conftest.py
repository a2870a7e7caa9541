"""The notify function with moto around it: its tables, an outbox, and a way to let AWS fail."""

import io
import logging
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws
from moto.backends import get_backend

from shared import policy
from shared.observability import logger, metrics
from tests.support.events import Context
from tests.support.world import furnish


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with mock_aws():
        furnish()
        yield
    metrics.clear_metrics()


@pytest.fixture(autouse=True)
def _no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits until a busy carrier has recovered."""
    monkeypatch.setattr(policy, "MESSAGES_REST", timedelta(0))


class Outbox:
    """What left the house."""

    def __init__(self) -> None:
        here = ("123456789012", os.environ["AWS_DEFAULT_REGION"])
        self._sns = get_backend("sns")[here[0]][here[1]]
        self._ses = get_backend("ses")[here[0]][here[1]]

    @property
    def sms(self) -> list[tuple[str, str]]:
        return list(self._sns.sms_messages.values())

    @property
    def mails(self) -> list[tuple[str, str]]:
        return [(mail.destinations["ToAddresses"][0], mail.subject) for mail in self._ses.sent_messages]


@pytest.fixture
def outbox(aws: None) -> Outbox:
    return Outbox()


type Fail = Callable[..., None]


@pytest.fixture
def fail() -> Iterator[Fail]:
    """`fail(client, operation, *hindrances)`: the next requests run into these, exceptions or callables."""
    undo: list[Callable[[], None]] = []

    def hinder(client: Any, operation: str, *hindrances: Exception | Callable[[], None]) -> None:
        coming = iter(hindrances)

        def stand_in_the_way(**_: Any) -> None:
            hindrance = next(coming, None)
            if isinstance(hindrance, Exception):
                raise hindrance
            if hindrance:
                hindrance()

        event = f"before-send.{client.meta.service_model.service_id.hyphenize()}.{operation}"
        client.meta.events.register_first(event, stand_in_the_way)
        undo.append(lambda: client.meta.events.unregister(event, stand_in_the_way))

    yield hinder
    for back in undo:
        back()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Every line that our logger, and that of any library from WARNING on, would write."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(logger.registered_formatter)
    logging.getLogger().addHandler(handler)
    yield lines
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def context() -> Context:
    return Context(60_000)

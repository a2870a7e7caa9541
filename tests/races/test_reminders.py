"""The daily pass on the real engine: it reads those who are due and no others, and passes at once tell each once."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import batched
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyAlreadyInProgressError
from moto.backends import get_backend
from pynamodb.attributes import UTCDateTimeAttribute

from notify.deliver_flow import deliver
from notify.reminders import remind
from shared import policy, settings
from shared.crypto import randomness
from shared.delivery import email, notices
from shared.delivery.letters import PasswordDue
from shared.domain.accounts import Account
from shared.observability import metrics
from shared.storage import deliveries, engine
from shared.storage.engine import Write, commit
from tests.races.arena import NOON, Arena, tally
from tests.support import reminders as support
from tests.support.events import Context
from tests.support.wire import Wire

DUE, LATER, OFF = 100, 49_900, 50_000
FEW, PASSES = 12, 10
IN_A_BATCH, AT_A_TIME = 25, 2

A_MONTH = timedelta(days=30)
REMIND = Account("a-1", change="remind", change_every=A_MONTH)

run = partial(remind, now=NOON, has_time=lambda: True)


class Meter:
    """What queries read, by DynamoDB's own count."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.rows, self.units = 0, 0.0

    def dispatch(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if operation != "Query":
            return self._wire.dispatch(operation, arguments)
        answer = self._wire.dispatch(operation, arguments | {"ReturnConsumedCapacity": "TOTAL"})
        self.rows += answer["ScannedCount"]
        self.units += answer["ConsumedCapacity"]["CapacityUnits"]
        return answer


@pytest.fixture(autouse=True)
def mailer(rest_of_aws: None, dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What went out is remembered on the engine; e-mails go to moto."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.meta.endpoint_url)
    boto3.client("sesv2").create_email_identity(EmailIdentity=settings.MAIL_FROM)
    for opened in (deliveries._places, email._ses):
        opened.cache_clear()
        opened()
    deliveries.watch(Context(60_000))  # type: ignore[arg-type]
    get_backend("sqs")["123456789012"]["eu-central-1"].queues["notices"]._messages.clear()
    yield
    deliveries._places.cache_clear()
    metrics.clear_metrics()


def test_a_pass_over_a_hundred_thousand_users_reads_the_hundred_who_are_due(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
):
    meter = Meter(wire)
    monkeypatch.setattr(engine, "_connection", meter)
    move_in(wire, *due_now(DUE))
    run()
    assert meter.rows == len(waiting()) == DUE
    assert meter.units < DUE / 4
    run()
    assert meter.rows == len(waiting()) == DUE


def move_in(wire: Wire, one: str, *_: str) -> None:
    """Users who are due later, and users who are not asked for a change: copies of *one* who is due."""
    row = wire.dispatch("GetItem", {"TableName": settings.REMINDERS_TABLE, "Key": {"user_id": {"S": one}}})["Item"]
    with ThreadPoolExecutor(AT_A_TIME) as threads:
        list(threads.map(partial(put, wire), batched(copies(row), IN_A_BATCH, strict=False)))


def copies(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    later = row | {"due_at": {"S": UTCDateTimeAttribute().serialize(NOON + timedelta(microseconds=1))}}
    off = {name: value for name, value in row.items() if name != "shard"}
    for place in range(LATER):
        yield later | {"user_id": {"S": f"later-{place:06}"}, "shard": {"S": str(place % policy.REMINDER_SHARDS)}}
    for place in range(OFF):
        yield off | {"user_id": {"S": f"off-{place:06}"}}


def put(wire: Wire, rows: tuple[dict[str, Any], ...]) -> None:
    wanted = {settings.REMINDERS_TABLE: [{"PutRequest": {"Item": row}} for row in rows]}
    assert not wire.dispatch("BatchWriteItem", {"RequestItems": wanted})["UnprocessedItems"]


def test_of_passes_at_once_each_user_gets_one_e_mail(arena: Arena):
    people = due_now(FEW)
    arena.wire.answered.clear()
    assert tally(arena.race(*[run] * PASSES)) == {type(None): PASSES}
    assert arena.wire.answered.count(("UpdateItem", 200)) == FEW
    told = waiting()
    arena.race(*[partial(take, notice) for notice in told])
    arena.race(*[partial(take, notice) for notice in {notice.id: notice for notice in told}.values()])
    assert mails_to(people) == dict.fromkeys(people, 1)


def take(notice: PasswordDue) -> None:
    """A copy that comes while another is on its way stays on the queue, and comes again."""
    with suppress(IdempotencyAlreadyInProgressError):
        deliver(notice, now=NOON)


def due_now(number: int) -> list[str]:
    """The logins of users whose password gets old at noon."""
    people = [randomness.user_id(randomness.account_id()) for _ in range(number)]
    commit(*map(scheduling, people))
    return people


def scheduling(user_id: str) -> Write:
    return support.scheduling(user_id, REMIND, password_set_at=NOON - A_MONTH)


def waiting() -> list[PasswordDue]:
    messages = get_backend("sqs")["123456789012"]["eu-central-1"].queues["notices"].messages
    read = [notices.read(message.body) for message in messages]
    return [notice for notice in read if isinstance(notice, PasswordDue)]


def mails_to(people: list[str]) -> dict[str, int]:
    sent = get_backend("ses")["123456789012"]["eu-central-1"].sent_messages
    logins = [mail.destinations["ToAddresses"][0].partition("@")[0] for mail in sent]
    return dict(Counter(login for login in logins if login in people))

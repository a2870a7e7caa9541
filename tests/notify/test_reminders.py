"""Reminders: whoever is due is told once in a period, whatever happens to a run, and nobody else is looked at."""

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto.backends import get_backend

import notify.reminders
from shared import policy, settings
from shared.crypto import randomness
from shared.delivery import queue
from shared.domain.accounts import Account
from shared.errors import Unavailable
from shared.observability import metrics
from shared.storage import reminders
from shared.storage.engine import Write, commit
from tests.proofs import tables
from tests.proofs import waiting as waiting_room
from tests.support import calls
from tests.support import reminders as support
from tests.support.calls import Answer, AwsCall, Fault, Proceed, failing, intercepted, overheard
from tests.support.deaths import ENDS, Killed
from tests.support.events import Context
from tests.support.world import NOON, World, new_world

SEVEN = NOON.replace(hour=7)
A_DAY, A_MONTH = timedelta(days=1), timedelta(days=30)
OFF, REMIND, FORCE = (Account("a-1", change=change, change_every=A_MONTH) for change in ("off", "remind", "force"))
DOWN = EndpointConnectionError(endpoint_url="https://sqs.example/?ann@example.com")


@pytest.fixture(scope="module")
def stack() -> Iterator[World]:
    with new_world() as world:
        yield world


@pytest.fixture(autouse=True)
def aws(stack: World) -> Iterator[None]:
    """The whole stack, in the place of the little that the queue's door needs, with nothing in it."""
    waiting_room.forget()
    tables.empty()
    yield
    metrics.clear_metrics()


@pytest.fixture
def world(aws: None, stack: World) -> World:
    return stack


def backend(service: str) -> Any:
    """What lies inside of moto."""
    return get_backend(service)["123456789012"]["eu-central-1"]


def schedule(user_id: str = "ann", account: Account = REMIND, **facts: Any) -> None:
    """A user whose password gets old at seven, unless *facts* say otherwise."""
    commit(scheduling(user_id, account, **facts))


def scheduling(user_id: str, account: Account = REMIND, **facts: Any) -> Write:
    return support.scheduling(user_id, account, **({"password_set_at": SEVEN - A_MONTH} | facts))


def run(now: datetime = SEVEN, *, milliseconds_left: int = 900_000) -> None:
    """The schedule fires, as EventBridge writes its event."""
    event = {"source": "aws.events", "detail-type": "Scheduled Event", "time": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
    notify.reminders.lambda_handler(event, Context(milliseconds_left))  # type: ignore[arg-type]


def told(world: World) -> dict[str, int]:
    """How many e-mails each user got so far."""
    return dict(Counter(address.removesuffix("@example.com") for address, _, _ in world.mails))


def deliver_and_forget(world: World) -> None:
    """Deliveries are remembered for fifteen days: let them pass."""
    world.deliver()
    tables._tables()[settings.DELIVERIES_TABLE].items.clear()


# --- Who is told, and when --------------------------------------------------------------------------------


def test_who_is_due_is_told_and_nobody_else_is(world: World):
    schedule("ann")
    schedule("bob", password_set_at=SEVEN - A_MONTH + timedelta(seconds=1))
    schedule("eve", OFF)
    run()
    assert told(world) == {"ann": 1}


def test_a_reminder_says_what_is_due_and_is_named_by_user_and_period():
    schedule(language="pl", account=FORCE)
    run(SEVEN + 2 * A_MONTH + A_DAY)
    assert waiting() == [
        {
            "kind": "PasswordDue",
            "id": f"password-due:ann:{SEVEN + 2 * A_MONTH:%Y-%m-%d}",
            "email": "ann@example.com",
            "language": "pl",
            "login": "ann",
            "reader_id": "ann",
            "due_at": SEVEN.isoformat(),
            "forced": True,
        }
    ]


def test_nobody_is_told_twice_however_often_the_schedule_fires(world: World):
    schedule()
    for hours in range(0, 48, 3):
        run(SEVEN + timedelta(hours=hours))
        deliver_and_forget(world)
    assert told(world) == {"ann": 1}


@pytest.mark.usefixtures("small")
def test_a_year_of_days_tells_each_period_once(world: World):
    schedule(password_set_at=NOON - A_DAY)
    days = []
    for day in range(365):
        for hours in (0, 1):  # the schedule may fire twice
            run(SEVEN + timedelta(days=day, hours=hours))
        if waiting():
            days += [day] * newly_told(world)["ann"]
        if day % 15 == 0:
            deliver_and_forget(world)
    assert days == list(range(30, 365, 30))


def test_a_day_that_was_missed_is_made_up_for(world: World):
    schedule()
    run(SEVEN - A_DAY)
    run(SEVEN + A_DAY)
    assert told(world) == {"ann": 1}


def test_months_that_were_missed_are_told_once_and_the_next_period_begins_when_it_would_have(world: World):
    schedule()
    back = SEVEN + 4 * A_MONTH + 5 * A_DAY
    run(back)
    run(back + 24 * A_DAY)
    assert told(world) == {"ann": 1}
    run(back + 25 * A_DAY)
    assert told(world) == {"ann": 2}


# --- What changes meanwhile -------------------------------------------------------------------------------


def test_a_new_password_is_not_told_of_before_it_gets_old(world: World):
    schedule()
    schedule(password_set_at=SEVEN - A_DAY)
    run(SEVEN + 28 * A_DAY)
    assert told(world) == {}
    run(SEVEN + 29 * A_DAY)
    assert told(world) == {"ann": 1}


def test_a_password_that_is_changed_while_they_are_told_moves_the_day_all_the_same(world: World):
    schedule()
    with while_they_are_told(password_set_at=SEVEN):
        run()
    run(SEVEN + 29 * A_DAY)
    assert told(world) == {"ann": 1}
    run(SEVEN + 30 * A_DAY)
    assert told(world) == {"ann": 2}


def test_an_address_that_is_changed_while_they_are_told_is_not_told_of_what_they_know(world: World):
    schedule()
    run()
    deliver_and_forget(world)
    with while_they_are_told(email="new@example.com"):
        run(SEVEN + A_MONTH)
    run(SEVEN + A_MONTH + A_DAY)
    assert told(world) == {"ann": 2}
    run(SEVEN + 2 * A_MONTH)
    assert told(world) == {"ann": 2, "new": 1}


@contextmanager
def while_they_are_told(**facts: Any) -> Iterator[None]:
    """They are scheduled anew after a run has read of them, and before it moves on."""

    def change(call: AwsCall, proceed: Proceed) -> Answer:
        if call.operation == "SendMessage":
            schedule(**facts)
        return proceed()

    with intercepted(change):
        yield


def test_switched_off_is_silence(world: World):
    schedule()
    schedule(account=OFF)
    for month in range(4):
        run(SEVEN + month * A_MONTH)
    assert told(world) == {}


def test_switched_on_with_an_old_password_they_are_told_at_once(world: World):
    schedule(account=OFF, password_set_at=SEVEN - 10 * A_MONTH - A_DAY)
    run()
    assert told(world) == {}
    schedule(password_set_at=SEVEN - 10 * A_MONTH - A_DAY)
    run()
    assert told(world) == {"ann": 1}


def test_switched_off_and_on_again_they_are_not_told_of_what_they_know(world: World):
    schedule()
    run()
    deliver_and_forget(world)
    schedule(account=OFF)
    schedule()
    run(SEVEN + 29 * A_DAY)
    assert told(world) == {"ann": 1}
    run(SEVEN + 30 * A_DAY)
    assert told(world) == {"ann": 2}


@pytest.mark.parametrize("month", range(3))
def test_a_new_address_is_not_told_of_what_they_know(world: World, month: int):
    schedule()
    for earlier in range(month + 1):
        run(SEVEN + earlier * A_MONTH)
    deliver_and_forget(world)
    schedule(email="new@example.com")
    run(SEVEN + month * A_MONTH + A_DAY)
    assert "new" not in told(world)
    run(SEVEN + (month + 1) * A_MONTH)
    assert told(world) == {"ann": month + 1, "new": 1}


# --- Runs at once, and runs that die ----------------------------------------------------------------------

CROWD = ["ann", "bob", "joe", "tom"]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """So small that few users are several parts of the index, several pages of one, and several puts of another."""
    monkeypatch.setattr(policy, "REMINDER_SHARDS", 2)
    monkeypatch.setattr(policy, "REMINDERS_PAGE", 3)
    monkeypatch.setattr(queue, "MOST_AT_ONCE", 2)


def everybody_is_due() -> None:
    """And nobody was told: nothing is on the queue or in the tables."""
    backend("sqs").queues["notices"]._messages.clear()
    tables.empty()
    commit(*map(scheduling, CROWD))


def calls_of_a_run() -> int:
    everybody_is_due()
    with overheard() as made:
        run()
    return len(made)


@pytest.mark.usefixtures("small")
def test_a_run_within_another_at_whatever_call_changes_nothing(world: World):
    for place in range(calls_of_a_run()):
        everybody_is_due()
        with failing(place, another_run_first):
            run()
        run(SEVEN + A_DAY)
        assert newly_told(world) == dict.fromkeys(CROWD, 1), f"at call {place}"


def another_run_first(call: AwsCall, proceed: Proceed) -> Answer:
    run()
    return proceed()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("end", ENDS)
def test_a_run_that_dies_at_whatever_call_tells_nobody_twice_and_forgets_nobody(world: World, end: str):
    for place in range(calls_of_a_run()):
        everybody_is_due()
        try_to_run(place, ENDS[end])
        run(SEVEN + A_DAY)
        assert newly_told(world) == dict.fromkeys(CROWD, 1), f"at call {place}"
        assert still_due(SEVEN + A_DAY) == 0


def try_to_run(place: int, fault: Fault) -> None:
    """Whatever the run can't do is raised, or it was done."""
    try:
        with failing(place, fault):
            run()
    except (Unavailable, Killed):
        return
    assert still_due(SEVEN) == 0


def still_due(now: datetime) -> int:
    return sum(len(page) for page in reminders.due(now=now))


def newly_told(world: World) -> dict[str, int]:
    """The e-mails since the last look."""
    counted = told(world)
    backend("ses").sent_messages.clear()
    return counted


# --- What goes wrong --------------------------------------------------------------------------------------


def test_while_the_queue_is_down_nobody_is_moved_on_and_the_failure_is_raised(world: World, fail: Any):
    schedule()
    fail(queue._sqs(), "SendMessage", DOWN, DOWN)
    with pytest.raises(Unavailable):
        run()
    assert still_due(SEVEN) == 1
    run()
    assert told(world) == {"ann": 1}


@pytest.mark.usefixtures("small")
def test_a_queue_that_goes_down_is_left_alone_and_who_was_told_is_counted(capsys: pytest.CaptureFixture[str]):
    everybody_is_due()
    with pytest.raises(Unavailable), intercepted(refuse_the_second_put()), overheard() as made:
        run()
    calls_of_it = [call.operation for call in of_passwords(made)]
    assert calls_of_it == [
        "Query",
        "BatchGetItem",
        "SendMessage",
        "UpdateItem",
        "Query",
        "BatchGetItem",
        "SendMessageBatch",
    ]
    assert counted(capsys) == {"RemindersTold": 1, "ExpiriesTold": 0}


def refuse_the_second_put() -> Callable[[AwsCall, Proceed], Answer]:
    puts: list[AwsCall] = []

    def refuse(call: AwsCall, proceed: Proceed) -> Answer:
        if call.service == "sqs":
            puts.append(call)
        return calls.refuse("ServiceUnavailable")(call, proceed) if len(puts) > 1 else proceed()

    return refuse


def test_a_row_that_cannot_be_moved_on_holds_nobody_back_and_is_raised_at_the_end(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(randomness, "pause", lambda _: 0)
    everybody_is_due()

    def be_busy(call: AwsCall, proceed: Proceed) -> Answer:
        his = call.operation == "UpdateItem" and call.arguments["Key"] == {"user_id": {"S": CROWD[0]}}
        return calls.collide(call, proceed) if his else proceed()

    with pytest.raises(Unavailable), intercepted(be_busy):
        run()
    assert counted(capsys) == {"RemindersTold": len(CROWD) - 1, "RemindersFailed": 1, "ExpiriesTold": 0}
    assert still_due(SEVEN) == 1
    run()
    assert told(world) == dict.fromkeys(CROWD, 1)


def test_a_broken_row_is_counted_and_holds_nobody_back(
    world: World, capsys: pytest.CaptureFixture[str], log: io.StringIO
):
    schedule("ann")
    schedule("bob")
    break_row("ann")
    run()
    assert counted(capsys) == {"RemindersTold": 1, "RemindersFailed": 1, "ExpiriesTold": 0}
    assert told(world) == {"bob": 1}
    assert '"reminder_broken"' in log.getvalue()


def test_a_run_ends_in_time_and_the_next_one_goes_on(world: World, log: io.StringIO):
    everybody_is_due()
    run(milliseconds_left=14_999)
    assert told(world) == {}
    assert "reminders_out_of_time" in log.getvalue()
    run(milliseconds_left=15_000)
    assert told(world) == dict.fromkeys(CROWD, 1)


# --- What it costs and what it says -----------------------------------------------------------------------


def test_a_run_asks_for_a_page_and_puts_ten_on_the_queue_at_a_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "REMINDER_SHARDS", 1)
    for place in range(13):
        schedule(f"user-{place}")
    with overheard() as made:
        run()
    look, put, move_on = "BatchGetItem accounts", "SendMessageBatch", "UpdateItem reminders"
    puts = [look, put, *[move_on] * 10, look, put, *[move_on] * 3]
    assert [str(call) for call in of_passwords(made)] == ["Query reminders", *puts]


def test_a_day_on_which_nobody_is_due_costs_a_query_for_each_part_of_the_index():
    schedule(password_set_at=SEVEN)
    with overheard() as made:
        run()
    assert [str(call) for call in of_passwords(made)] == ["Query reminders"] * policy.REMINDER_SHARDS


def test_a_run_counts_whom_it_told(capsys: pytest.CaptureFixture[str], log: io.StringIO):
    everybody_is_due()
    run()
    assert counted(capsys) == {"RemindersTold": len(CROWD), "ExpiriesTold": 0}
    run()
    assert counted(capsys) == {"RemindersTold": 0, "ExpiriesTold": 0}
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["told"] for line in lines if line["message"] == "reminders_told"] == [len(CROWD), 0]


def test_no_log_line_and_no_metric_tells_an_address(capsys: pytest.CaptureFixture[str], log: io.StringIO, fail: Any):
    everybody_is_due()
    break_row(CROWD[0])
    run()
    schedule("ian")
    fail(queue._sqs(), "SendMessage", DOWN, DOWN)
    with pytest.raises(Unavailable):
        run()
    seen = log.getvalue() + "".join(capsys.readouterr())
    assert "queue_failed" in seen
    assert "@example" not in seen


def of_passwords(made: list[AwsCall]) -> list[AwsCall]:
    """Without those of the passes that look for tokens, see test_expiries.py, and for second factors."""
    return [call for call in made if "tokens" not in call.tables and "'factor'" not in str(call.arguments)]


def break_row(user_id: str) -> None:
    boto3.client("dynamodb").update_item(
        TableName=settings.REMINDERS_TABLE, Key={"user_id": {"S": user_id}}, UpdateExpression="REMOVE login"
    )


def waiting() -> list[dict[str, Any]]:
    """What lies on the queue."""
    messages = backend("sqs").queues["notices"].messages
    return [json.loads(message.body) for message in messages]


def counted(capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    """The metrics that were printed since the last look, but for those of the pass for second factors."""
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    names = {one["Name"] for line in printed for one in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    names -= {"FactorRemindersTold"}
    return {name: int(sum(sum(line.get(name, [])) for line in printed)) for name in names}

"""Expiries: who holds a token is told 30, 7 and 1 days before its end, once each, whatever happens to a run."""

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto.backends import get_backend

import notify.reminders
import notify.warn_expiry_flow
from shared import policy, settings
from shared.crypto import randomness
from shared.delivery import email, queue
from shared.domain import identifiers
from shared.domain.accounts import Account
from shared.domain.identifiers import account_of
from shared.domain.tokens import ApiToken
from shared.domain.users import User
from shared.errors import Unavailable
from shared.observability import Unforeseen, metrics
from shared.storage import deliveries, tokens, users
from shared.storage.engine import Write, commit
from tests.proofs import tables
from tests.proofs import waiting as waiting_room
from tests.support import calls
from tests.support.calls import FAULTS, Answer, AwsCall, Fault, Proceed, failing, intercepted, overheard
from tests.support.deaths import ENDS, Killed
from tests.support.events import Context
from tests.support.metrics import unforeseen
from tests.support.reminders import scheduling
from tests.support.world import NOON, World, new_world

SEVEN = NOON.replace(hour=7)
SECOND, HOUR, A_DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
STEPS = policy.TOKEN_EXPIRY_TOLD_DAYS
DUE = SEVEN + 31 * A_DAY
"""The end of a token of which the run at seven tells for the first time, and no run before."""

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
    for opened in (email._ses, queue._sqs, deliveries._places):
        opened.cache_clear()


@pytest.fixture
def world(aws: None, stack: World) -> World:
    return stack


def backend(service: str) -> Any:
    """What lies inside of moto."""
    return get_backend(service)["123456789012"]["eu-central-1"]


IDS = {name: randomness.user_id(randomness.account_id()) for name in ("ann", "bob", "joe", "tom")}
"""Each in an account of their own."""


def holder(name: str, **facts: Any) -> Write:
    user_id = IDS[name]
    user = User(account_of(user_id), user_id, name, True, NOON, email=f"{name}@example.com")
    return users.adding(replace(user, **facts))


def holding(whom: str, expires_at: datetime | None = DUE, **facts: Any) -> tuple[ApiToken, Write]:
    """A token made long before it ends, unless *facts* say otherwise."""
    secret = randomness.token("api", IDS[whom])
    token = ApiToken(
        account_id=secret.account_id,
        token_id=secret.id,
        kind="api",
        sealed_secret="sealed",
        name="robot",
        description="",
        scopes="sms",
        enabled=True,
        created_at=SEVEN - 300 * A_DAY,
        created_by=whom,
        last_four=identifiers.write(secret)[-4:],
        expires_at=expires_at,
    )
    token = replace(token, **facts)
    return token, tokens.adding(token)


def give(whom: str = "ann", expires_at: datetime | None = DUE, **facts: Any) -> ApiToken:
    """A user with a token."""
    token, adding = holding(whom, expires_at, **facts)
    commit(holder(whom), adding)
    return token


def change(token: ApiToken, *, now: datetime = SEVEN, **facts: Any) -> None:
    before = tokens.find(token.account_id, token.token_id)
    assert before
    commit(tokens.changing(before, replace(before, **facts), now=now))


def run(now: datetime = SEVEN, *, milliseconds_left: int = 900_000) -> None:
    """The schedule fires, as EventBridge writes its event."""
    event = {"source": "aws.events", "detail-type": "Scheduled Event", "time": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
    notify.reminders.lambda_handler(event, Context(milliseconds_left))  # type: ignore[arg-type]


def told(world: World) -> dict[str, int]:
    """How many e-mails each user got so far."""
    return dict(Counter(address.removesuffix("@example.com") for address, _, _ in world.mails))


def newly_told(world: World) -> dict[str, int]:
    """The e-mails since the last look."""
    counted = told(world)
    backend("ses").sent_messages.clear()
    return counted


def deliver_and_forget(world: World) -> None:
    """Deliveries are remembered for fifteen days: let them pass."""
    world.deliver()
    tables._tables()[settings.DELIVERIES_TABLE].items.clear()


def still_due(now: datetime) -> int:
    return sum(len(page) for page in tokens.expiring(now=now))


def waiting() -> list[dict[str, Any]]:
    """What lies on the queue."""
    return [json.loads(message.body) for message in backend("sqs").queues["notices"].messages]


# --- Who is told, and when --------------------------------------------------------------------------------


def test_a_letter_says_which_token_ends_when_and_is_named_by_token_end_and_step():
    token = give()
    run()
    assert waiting() == [
        {
            "kind": "TokenExpiring",
            "id": f"token-expiring:{token.token_id}:{DUE:%Y-%m-%d}:30",
            "email": "ann@example.com",
            "language": "en",
            "login": "ann",
            "reader_id": identifiers.user_of(token.token_id),
            "name": "robot",
            "last_four": token.last_four,
            "expires_at": DUE.isoformat(),
        }
    ]


@pytest.mark.parametrize("hours", [0, 1, 23])
def test_each_step_is_told_once_and_at_least_so_many_days_before_the_end(world: World, hours: int):
    end = SEVEN + 40 * A_DAY + timedelta(hours=hours)
    give(expires_at=end)
    left = []
    for day in range(42):
        for hour in (0, 1):  # the schedule may fire twice
            now = SEVEN + day * A_DAY + hour * HOUR
            run(now)
            left += [end - now] * newly_told(world).get("ann", 0)
        if day % 15 == 0:
            deliver_and_forget(world)
    assert len(left) == len(STEPS)
    for days, before in zip(STEPS, left, strict=True):
        assert timedelta(days=days) <= before <= timedelta(days=days + 1)


def test_a_token_without_an_end_and_one_that_ends_much_later_are_not_looked_at(world: World):
    give("ann", expires_at=None)
    give("bob", expires_at=DUE + SECOND)
    with overheard() as made:
        run()
    assert of_tokens(made) == ["Query tokens"] * policy.REMINDER_SHARDS
    assert told(world) == {}


@pytest.mark.parametrize(("days", "steps"), [(32, 3), (31, 2), (30, 2), (8.5, 2), (8, 1), (3, 1), (2, 0), (0.5, 0)])
def test_of_a_step_that_has_come_when_a_token_is_made_nobody_is_told(world: World, days: float, steps: int):
    give(created_at=SEVEN, expires_at=SEVEN + days * A_DAY)
    for day in range(40):
        run(SEVEN + day * A_DAY)
    assert told(world).get("ann", 0) == steps


def test_nobody_is_told_twice_however_often_the_schedule_fires(world: World):
    give()
    for hours in range(0, 48, 3):
        run(SEVEN + timedelta(hours=hours))
        deliver_and_forget(world)
    assert told(world) == {"ann": 1}


def test_a_day_that_was_missed_is_made_up_for(world: World):
    give()
    run(SEVEN - A_DAY)
    run(SEVEN + A_DAY)
    assert told(world) == {"ann": 1}


def test_steps_that_were_missed_are_told_as_one_and_the_next_is_told_in_time():
    token = give()
    for days, step in ((25, 7), (29, 7), (29.5, 1), (40, 1)):
        run(SEVEN + days * A_DAY)
        ids = {notice["id"].rpartition(":")[2] for notice in waiting()}
        assert str(step) in ids
    assert [notice["id"].rpartition(":")[2] for notice in waiting()] == ["7", "1"]
    assert still_due(SEVEN + 1000 * A_DAY) == 0
    assert token.expires_at == DUE


def test_each_token_of_a_user_is_told_of(world: World):
    give()
    commit(holding("ann")[1], holding("ann")[1])
    run()
    assert told(world) == {"ann": 3}


# --- What changes meanwhile -------------------------------------------------------------------------------


def test_the_letter_goes_to_the_address_that_its_user_has_now(world: World):
    give()
    user, _ = users.find(IDS["ann"])
    assert user
    commit(users.ending_everything(user.user_id, now=SEVEN, email="new@example.com", language="pl"))
    run()
    assert [(to, subject) for to, subject, _ in world.mails] == [("new@example.com", "Kończy się ważność tokenu API")]


@pytest.mark.parametrize("why", ["the token is off", "the user is off", "the user is gone"])
def test_who_is_not_let_in_is_not_told_and_not_looked_at_again(world: World, why: str):
    if why == "the user is gone":
        commit(holding("ann")[1])
    else:
        give(enabled=why != "the token is off")
    if why == "the user is off":
        commit(users.switching(IDS["ann"], enabled=False, now=SEVEN))
    run()
    assert told(world) == {}
    assert still_due(SEVEN) == 0


def test_switched_on_again_they_are_told_of_the_next_step(world: World):
    token = give(enabled=False)
    run()
    change(token, enabled=True)
    run(SEVEN + A_DAY)
    assert told(world) == {}
    run(SEVEN + 23 * A_DAY)
    assert told(world) == {"ann": 1}


def test_a_token_that_is_deleted_is_not_told_of(world: World):
    commit(tokens.removing(give()))
    run()
    assert told(world) == {}


def test_another_end_is_told_of_anew_and_no_end_of_nothing(world: World):
    token = give()
    run()
    deliver_and_forget(world)
    change(token, expires_at=DUE + 10 * A_DAY)
    run(SEVEN + 9 * A_DAY)
    assert told(world) == {"ann": 1}
    run(SEVEN + 10 * A_DAY)
    assert told(world) == {"ann": 2}
    change(token, expires_at=None)
    run(SEVEN + 300 * A_DAY)
    assert told(world) == {"ann": 2}


def test_another_name_forgets_no_step_and_repeats_none(world: World):
    token = give()
    change(token, now=SEVEN - HOUR, name="other")
    change(token, now=SEVEN + HOUR, name="third")
    run(SEVEN + 2 * HOUR)
    change(token, now=SEVEN + 3 * HOUR, name="fourth")
    deliver_and_forget(world)
    run(SEVEN + A_DAY)
    assert told(world) == {"ann": 1}


def test_a_rotation_leaves_the_end_and_its_steps_alone(world: World):
    token = give()
    rotated = token.rotated("sealed-2", "abcd", overlap=A_DAY, now=SEVEN)
    commit(tokens.changing(token, rotated, now=SEVEN))
    run()
    assert told(world) == {"ann": 1}
    assert "(its secret ends in abcd)" in world.mails[0][2]


@contextmanager
def while_they_are_told(do: Callable[[], None]) -> Iterator[None]:
    """After a run has read of them, and before it moves on."""

    def between(call: AwsCall, proceed: Proceed) -> Answer:
        if call.operation == "SendMessage":
            do()
        return proceed()

    with intercepted(between):
        yield


def test_an_end_that_is_moved_while_they_are_told_is_told_of_in_its_time(world: World):
    token = give()
    with while_they_are_told(lambda: change(token, expires_at=DUE + 40 * A_DAY)):
        run()
    run(SEVEN + 39 * A_DAY)
    assert told(world) == {"ann": 1}
    run(SEVEN + 40 * A_DAY)
    assert told(world) == {"ann": 2}


@pytest.mark.parametrize("gone", [lambda token: commit(tokens.removing(token)), lambda token: change(token, name="x")])
def test_what_else_befalls_a_token_while_they_are_told_is_no_failure(world: World, gone: Callable[[ApiToken], None]):
    token = give()
    with while_they_are_told(lambda: gone(token)):
        run()
    run(SEVEN + A_DAY)
    assert told(world) == {"ann": 1}


# --- Runs at once, and runs that die ----------------------------------------------------------------------

CROWD = sorted(IDS)
ONE_EACH = dict.fromkeys(CROWD, 1)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """So small that few tokens are several parts of the index, several pages of one, and several puts of another."""
    monkeypatch.setattr(policy, "REMINDER_SHARDS", 2)
    monkeypatch.setattr(policy, "REMINDERS_PAGE", 3)
    monkeypatch.setattr(queue, "MOST_AT_ONCE", 2)


def everybody_is_due() -> None:
    """And nobody was told: nothing is on the queue or in the tables."""
    backend("sqs").queues["notices"]._messages.clear()
    tables.empty()
    commit(*[write for name in CROWD for write in (holder(name), holding(name)[1])])


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
        assert newly_told(world) == ONE_EACH, f"at call {place}"


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
        assert newly_told(world) == ONE_EACH, f"at call {place}"
        assert still_due(SEVEN + A_DAY) == 0


def try_to_run(place: int, fault: Fault) -> None:
    """Whatever the run can't do is raised, or it was done."""
    try:
        with failing(place, fault):
            run()
    except (Unavailable, Killed):
        return
    assert still_due(SEVEN) == 0


# --- What goes wrong --------------------------------------------------------------------------------------


def test_while_the_queue_is_down_nobody_is_moved_on_and_the_failure_is_raised(world: World, fail: Any):
    give()
    fail(queue._sqs(), "SendMessage", DOWN, DOWN)
    with pytest.raises(Unavailable):
        run()
    assert still_due(SEVEN) == 1
    run()
    assert told(world) == {"ann": 1}


def test_a_row_that_cannot_be_moved_on_holds_nobody_back_and_is_raised_at_the_end(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(randomness, "pause", lambda _: 0)
    everybody_is_due()

    def be_busy(call: AwsCall, proceed: Proceed) -> Answer:
        hers = call.operation == "UpdateItem" and call.arguments["Key"].get("account_id") == {
            "S": account_of(IDS["ann"])
        }
        return calls.collide(call, proceed) if hers else proceed()

    with pytest.raises(Unavailable), intercepted(be_busy):
        run()
    assert counted(capsys) == {"ExpiriesTold": len(CROWD) - 1, "ExpiriesFailed": 1, "RemindersTold": 0}
    assert still_due(SEVEN) == 1
    run()
    assert told(world) == ONE_EACH


BREAKS = {
    "a token without a name": ("TOKENS", "REMOVE #it", "name"),
    "a token whose end is no time": ("TOKENS", "SET #it = :soon", "expires_at"),
    "a user without an address": ("USERS", "REMOVE #it", "email"),
    "a user whose switch is no switch": ("USERS", "SET #it = :soon", "created_at"),
}


@pytest.mark.parametrize("how", BREAKS.values(), ids=BREAKS.keys())
def test_a_broken_row_is_counted_and_holds_nobody_back(
    world: World, capsys: pytest.CaptureFixture[str], log: io.StringIO, how: tuple[str, str, str]
):
    broken = give("ann")
    give("bob")
    break_row(broken, *how)
    for _ in range(2):
        run()
        assert counted(capsys)["ExpiriesFailed"] == 1
    assert told(world) == {"bob": 1}
    assert '"token_broken"' in log.getvalue()


def break_row(token: ApiToken, table: str, update: str, name: str) -> None:
    key = {"token_id": {"S": token.token_id}} if table == "TOKENS" else {"user_id": {"S": token.token_id[:16]}}
    boto3.client("dynamodb").update_item(
        TableName=getattr(settings, f"{table}_TABLE"),
        Key={"account_id": {"S": token.account_id}, **key},
        UpdateExpression=update,
        ExpressionAttributeNames={"#it": name},
        **({"ExpressionAttributeValues": {":soon": {"S": "soon"}}} if ":soon" in update else {}),  # type: ignore[arg-type]
    )


def test_a_run_ends_in_time_and_the_next_one_goes_on(world: World, log: io.StringIO):
    everybody_is_due()
    run(milliseconds_left=29_998)
    assert told(world) == {}
    assert "expiries_out_of_time" in log.getvalue()
    run(milliseconds_left=30_000)
    assert told(world) == ONE_EACH


# --- The two passes of a day ------------------------------------------------------------------------------


def password_is_due() -> None:
    account = Account("a-1", change="remind", change_every=30 * A_DAY)
    commit(scheduling("eve", account, password_set_at=SEVEN - 30 * A_DAY))


@pytest.mark.usefixtures("small")
def test_neither_pass_fails_because_of_the_other(world: World):
    for place in range(calls_of_a_run()):
        everybody_is_due()
        password_is_due()
        try_to_run(place, FAULTS["is refused"])
        now = newly_told(world)
        assert now.pop("eve", 0) == 1 or now == ONE_EACH, f"at call {place}"
        deliver_and_forget(world)


def test_a_mistake_in_one_pass_is_counted_and_raised_when_the_other_is_done(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    give()
    password_is_due()
    monkeypatch.setattr(notify.warn_expiry_flow, "_letter", lambda *_, **__: 1 / 0)
    with pytest.raises(Unforeseen):
        run()
    assert unforeseen(capsys.readouterr().out) == 1
    assert told(world) == {"eve": 1}


def test_many_tokens_take_half_the_time_at_most_so_that_passwords_have_theirs(world: World):
    give()
    password_is_due()
    run(milliseconds_left=20_000)
    assert told(world) == {"eve": 1}


# --- What it costs and what it says -----------------------------------------------------------------------


def test_a_run_asks_for_a_page_looks_at_each_token_and_puts_ten_on_the_queue_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(policy, "REMINDER_SHARDS", 1)
    commit(holder("ann"), *[holding("ann")[1] for _ in range(13)])
    with overheard() as made:
        run()
    look, move = "BatchGetItem tokens users accounts", "UpdateItem tokens"
    tens = [*[look] * 10, "SendMessageBatch", *[move] * 10, *[look] * 3, "SendMessageBatch", *[move] * 3]
    assert of_tokens(made) == ["Query tokens", *tens]


def test_the_index_holds_nothing_but_where_to_look():
    give()
    (row,) = tables.rows("tokens")
    assert {"shard", "warn_at"} <= row.keys()
    with overheard() as made:
        run()
    (first, *_) = [call for call in made if call.operation == "Query" and "tokens" in call.tables]
    assert first.arguments["IndexName"] == "expiring"


def test_no_log_line_and_no_metric_tells_an_address_or_a_name(
    capsys: pytest.CaptureFixture[str], log: io.StringIO, fail: Any
):
    give("ann", name="canary")
    break_row(give("bob", name="canary"), *BREAKS["a user without an address"])
    fail(queue._sqs(), "SendMessage", DOWN, DOWN)
    with pytest.raises(Unavailable):
        run()
    run()
    seen = log.getvalue() + "".join(capsys.readouterr())
    assert "queue_failed" in seen
    assert "expiries_told" in seen
    assert "@example" not in seen
    assert "canary" not in seen


def of_tokens(made: list[AwsCall]) -> list[str]:
    """Without those of the pass that looks for passwords, see test_reminders.py."""
    return [str(call) for call in made if "reminders" not in call.tables]


def counted(capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    """The metrics that were printed since the last look, but for those of the pass for second factors."""
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    names = {one["Name"] for line in printed for one in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    names -= {"FactorRemindersTold"}
    return {name: int(sum(sum(line.get(name, [])) for line in printed)) for name in names}

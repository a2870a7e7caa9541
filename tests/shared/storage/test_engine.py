"""The connection to DynamoDB: all writes or none, the reason of whoever said no first, and patience with collisions."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from shared import deadline, policy
from shared.errors import LinkClosed, NotFound, Outrun, Unavailable
from shared.storage import engine
from shared.storage.devices import DeviceItem
from shared.storage.engine import Key, Unreachable, Write, commit
from tests.support import calls
from tests.support.calls import Answer, AwsCall, Proceed, intercepted, overheard
from tests.support.world import NOON, World

ANN = "A" * 16
SEEN = DeviceItem.name.exists()


@pytest.fixture(autouse=True)
def _world(world: World) -> None:
    """Every test has tables."""


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """What was slept, without sleeping."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr("shared.storage.engine.randomness.pause", lambda longest: longest)
    return slept


def device(device_id: str, **facts: object) -> DeviceItem:
    usual = {"sealed_secret": "sealed", "name": device_id, "first_seen_at": NOON, "seen_at": NOON, "forget_at": NOON}
    return DeviceItem(ANN, device_id, **usual | facts)


def added(*names: str) -> None:
    for name in names:
        commit(engine.add(device(name)))


def renaming(name: str, to: str, refused: type[Exception] = LinkClosed) -> Write:
    """Of one that is there."""
    return engine.change(device(name), [DeviceItem.name.set(to)], guard=SEEN, refused=lambda _: refused())


def names() -> dict[str, str]:
    return {item.device_id: item.name for item in engine.query(DeviceItem, ANN)}


def test_nothing_is_read_without_a_call():
    with overheard() as made:
        assert engine.fetch() == engine.fetch_raw() == []
    assert made == []


# --- All or none ------------------------------------------------------------------------------------------


def test_of_several_writes_all_are_done_or_none():
    added("one", "two")
    commit(renaming("one", "uno"), renaming("two", "due"))
    with pytest.raises(LinkClosed):
        commit(renaming("one", "eins"), renaming("three", "drei"))
    assert names() == {"one": "uno", "two": "due"}


def test_the_first_write_that_cannot_be_done_says_why():
    with pytest.raises(NotFound):
        commit(engine.add(device("one")), renaming("two", "due", NotFound), renaming("three", "tre"))
    assert names() == {}


def test_a_refusal_is_made_of_the_row_that_it_is_about():
    added("one")
    told: list[engine.Raw] = []

    def tell(row: engine.Raw) -> Outrun:
        told.append(row)
        return Outrun()

    guard = DeviceItem.name == "other"
    writes = [
        [engine.change(device("one"), [DeviceItem.name.set("x")], guard=guard, refused=tell)],
        [engine.check(Key(DeviceItem, ANN, "one"), guard=guard, refused=tell)],
        [engine.change(device("none"), [DeviceItem.name.set("x")], guard=guard, refused=tell)],
    ]
    for write in writes:
        with pytest.raises(Outrun):
            commit(*write)
    assert [row.get("name") for row in told] == [{"S": "one"}, {"S": "one"}, None]


def test_without_a_reason_of_its_own_a_write_is_outrun():
    added("one")
    for write in (
        engine.add(device("one")),
        engine.change(device("one"), [DeviceItem.name.set("x")], guard=DeviceItem.name == "other"),
        engine.remove(device("one"), guard=DeviceItem.name == "other"),
    ):
        with pytest.raises(Outrun):
            commit(write)
    assert names() == {"one": "one"}


def test_what_has_no_guard_is_done_whatever_there_is():
    added("one")
    commit(engine.put(device("one", name="uno")), engine.put(device("two")), engine.remove(device("three")))
    commit(engine.remove(device("two")))
    assert names() == {"one": "uno"}


def test_a_write_alone_is_no_transaction_and_a_check_always_is():
    added("one")
    with overheard() as made:
        commit(renaming("one", "uno"))
        commit(engine.check(Key(DeviceItem, ANN, "one"), guard=SEEN, refused=lambda _: Outrun()))
        commit(engine.put(device("two")), engine.put(device("three")))
        commit(engine.remove(device("two")))
    operations = [call.operation for call in made]
    assert operations == ["UpdateItem", "TransactWriteItems", "TransactWriteItems", "DeleteItem"]


def test_a_write_can_be_committed_again_alone_or_with_others():
    write = engine.put(device("one"))
    commit(write)
    commit(write, engine.put(device("two")))
    assert names().keys() == {"one", "two"}


def test_what_is_spent_tells_what_is_left():
    added("one")
    assert engine.spend(renaming("one", "uno"))["name"] == {"S": "uno"}
    with pytest.raises(LinkClosed):
        engine.spend(renaming("two", "due"))


# --- What goes wrong --------------------------------------------------------------------------------------


@pytest.mark.parametrize("alone", [True, False])
def test_a_write_that_collides_is_tried_again_after_growing_pauses(pauses: list[float], *, alone: bool):
    left = [None] * (policy.STORE_BUSY_ATTEMPTS - 1)

    def collide(call: AwsCall, proceed: Proceed) -> Answer:
        return calls.collide(call, proceed) if left and left.pop() is None else proceed()

    with intercepted(collide):
        commit(engine.put(device("one")), *([] if alone else [engine.put(device("two"))]))
    assert len(names()) == (1 if alone else 2)
    assert pauses == [0.01 * 2**place for place in range(1, policy.STORE_BUSY_ATTEMPTS)]


def test_whoever_collides_over_and_over_is_told_to_wait(pauses: list[float]):
    with intercepted(calls.collide), overheard() as made, pytest.raises(Unreachable):
        commit(engine.put(device("one")))
    assert len(made) == policy.STORE_BUSY_ATTEMPTS
    assert issubclass(Unreachable, Unavailable)
    assert names() == {}


def cancelled(*codes: str) -> calls.Fault:
    def cancel(call: AwsCall, _: Proceed) -> Answer:
        reasons = [{"Code": code} for code in codes]
        error = {"Code": "TransactionCanceledException", "Message": ""}
        raise ClientError({"Error": error, "CancellationReasons": reasons}, call.operation)

    return cancel


def test_a_guard_that_does_not_hold_counts_more_than_a_collision():
    with intercepted(cancelled("TransactionConflict", "ConditionalCheckFailed")), pytest.raises(LinkClosed):
        commit(engine.put(device("one")), renaming("two", "due"))


@pytest.mark.parametrize("reason", engine.BUSY_REASONS)
def test_a_transaction_at_a_busy_table_is_tried_again_as_the_same_transaction(pauses: list[float], reason: str):
    left = [None, None]

    def be_busy(call: AwsCall, proceed: Proceed) -> Answer:
        return cancelled("None", reason)(call, proceed) if left and left.pop() is None else proceed()

    with overheard() as heard, intercepted(be_busy):
        commit(engine.put(device("one")), engine.put(device("two")))
    assert names().keys() == {"one", "two"}
    assert len(pauses) == 2
    assert len(heard) == 1  # overheard is the innermost: it hears what got through
    asked: list[str] = []
    with intercepted(
        lambda call, proceed: asked.append(call.arguments["ClientRequestToken"]) or calls.collide(call, proceed)
    ):
        for place in ("three", "four"):
            with pytest.raises(Unreachable):
                commit(engine.put(device(place)), engine.put(device("five")))
    assert len(asked) == 2 * policy.STORE_BUSY_ATTEMPTS
    assert len(set(asked)) == 2


def test_what_replaces_a_write_makes_another_transaction():
    added("one", "two")
    with overheard() as made:
        commit(renaming("one", "uno"), naming("two", "due", only="dwa", instead=naming("two", "deux", only="two")))
    first, second = (call.arguments["ClientRequestToken"] for call in made)
    assert first != second


def test_a_transaction_that_failed_otherwise_is_not_tried_again(pauses: list[float]):
    with intercepted(cancelled("None", "ItemCollectionSizeLimitExceeded")), pytest.raises(Unreachable):
        commit(engine.put(device("one")), engine.put(device("two")))
    assert pauses == []


@pytest.mark.parametrize("fault", sorted(calls.FAULTS))
def test_where_dynamodb_does_not_answer_it_is_unreachable(fault: str):
    for step in (
        lambda: commit(engine.put(device("one"))),
        lambda: engine.fetch(Key(DeviceItem, ANN, "one")),
        lambda: engine.fetch_one(Key(DeviceItem, ANN, "one")),
        lambda: engine.query(DeviceItem, ANN),
    ):
        with intercepted(calls.FAULTS[fault]), pytest.raises(Unreachable):
            step()


# --- Reads ------------------------------------------------------------------------------------------------


def test_rows_come_in_the_order_in_which_they_were_asked_for():
    added("one", "two")
    keys = [Key(DeviceItem, ANN, name) for name in ("two", "none", "one")]
    with overheard() as made:
        rows = engine.fetch(*keys)
    assert [row and row.name for row in rows] == ["two", None, "one"]
    assert [(call.operation, call.arguments["RequestItems"]["test-devices"]["ConsistentRead"]) for call in made] == [
        ("BatchGetItem", True)
    ]


@pytest.mark.parametrize("answered", [0, 1, 2])
def test_rows_that_a_busy_table_leaves_out_are_asked_for_again(pauses: list[float], answered: int):
    added("one", "two", "three")
    asked: list[int] = []

    def leave_out(call: AwsCall, proceed: Proceed) -> Answer:
        wanted = call.arguments["RequestItems"]["test-devices"]
        keys = wanted["Keys"]
        asked.append(len(keys))
        if len(asked) > 2:
            return proceed()
        left = {"test-devices": wanted | {"Keys": keys[answered:]}} if keys[answered:] else {}
        wanted["Keys"] = keys[:answered]
        return (proceed() if answered else {"Responses": {}}) | {"UnprocessedKeys": left}

    with intercepted(leave_out):
        rows = engine.fetch(*[Key(DeviceItem, ANN, name) for name in ("two", "none", "three", "one")])
    assert [row and row.name for row in rows] == ["two", None, "three", "one"]
    assert asked == ([4, 4, 4], [4, 3, 2], [4, 2])[answered]
    assert len(pauses) == len(asked) - 1


def test_a_table_that_never_answers_all_is_given_up(pauses: list[float]):
    with intercepted(calls.answer_by_half), overheard() as made, pytest.raises(Unreachable):
        engine.fetch(Key(DeviceItem, ANN, "one"))
    assert len(made) == policy.STORE_BUSY_ATTEMPTS
    assert pauses == [0.025 * 2**place for place in range(1, policy.STORE_BUSY_ATTEMPTS)]


def test_nothing_is_tried_again_that_could_not_end_before_the_deadline(pauses: list[float]):
    with deadline.within(policy.ANSWER_NEEDS + timedelta(seconds=engine.CALL_TAKES + 1)):
        with intercepted(calls.answer_by_half), pytest.raises(Unreachable):
            engine.fetch(Key(DeviceItem, ANN, "one"))
        assert engine.fetch_one(Key(DeviceItem, ANN, "one")) is None
    assert 0 < len(pauses) < policy.STORE_BUSY_ATTEMPTS - 1
    with deadline.within(policy.ANSWER_NEEDS + timedelta(seconds=engine.CALL_TAKES - 1)), pytest.raises(Unreachable):
        engine.fetch_one(Key(DeviceItem, ANN, "one"))


def test_one_row_is_read_as_it_is_at_that_moment():
    added("one")
    with overheard() as made:
        assert engine.fetch_one(Key(DeviceItem, ANN, "one")).name == "one"
        assert engine.fetch_one(Key(DeviceItem, ANN, "two")) is None
    assert [call.arguments["ConsistentRead"] for call in made] == [True, True]


def test_a_page_ends_where_it_was_told_to_and_says_whether_there_is_more():
    added("1", "2", "3")
    here = DeviceItem.user_id == ANN
    first, last = engine.page(DeviceItem, here, limit=2)
    assert ([row.name for row in first], last and last["device_id"]) == (["1", "2"], {"S": "2"})
    newest, _ = engine.page(DeviceItem, here, limit=2, newest_first=True)
    assert [row.name for row in newest] == ["3", "2"]
    found, last = engine.page(DeviceItem, here, limit=5, only=DeviceItem.name == "2")
    assert ([row.name for row in found], last) == (["2"], None)


def test_pages_go_on_until_there_is_no_more():
    added("1", "2", "3")
    pages = list(engine.pages(DeviceItem, DeviceItem.user_id == ANN, limit=2))
    assert [[raw["device_id"]["S"] for raw in page] for page in pages] == [["1", "2"], ["3"]]


# --- Looking again ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("outrun", range(policy.RACE_ATTEMPTS))
def test_whoever_is_outrun_looks_again(outrun: int):
    looks: list[None] = []

    def step() -> str:
        looks.append(None)
        if len(looks) <= outrun:
            raise Outrun
        return "done"

    assert engine.again(step) == "done"
    assert len(looks) == outrun + 1


def test_nobody_looks_again_for_ever_and_for_another_reason_nobody_does():
    looks: list[type[Exception]] = []

    def step(reason: type[Exception]) -> None:
        looks.append(reason)
        raise reason

    for reason in (Outrun, NotFound):
        with pytest.raises(reason):
            engine.again(lambda reason=reason: step(reason))
    assert looks == [Outrun] * policy.RACE_ATTEMPTS + [NotFound]


class Overtaken(Outrun):
    """What the next look is to know."""


def test_a_look_is_told_what_outran_the_one_before_it():
    told: list[Overtaken | None] = []
    news = [Overtaken() for _ in range(policy.RACE_ATTEMPTS - 1)]

    def step(overtaken: Overtaken | None) -> str:
        told.append(overtaken)
        if len(told) < policy.RACE_ATTEMPTS:
            raise news[len(told) - 1]
        return "done"

    assert engine.again_after(Overtaken, step) == "done"
    assert told == [None, *news]


@pytest.mark.parametrize(("reason", "looks"), [(Overtaken, policy.RACE_ATTEMPTS), (Outrun, 1), (NotFound, 1)])
def test_only_the_race_that_is_meant_is_run_again_and_not_for_ever(reason: type[Exception], looks: int):
    told: list[Overtaken | None] = []

    def step(overtaken: Overtaken | None) -> None:
        told.append(overtaken)
        raise reason

    with pytest.raises(reason):
        engine.again_after(Overtaken, step)
    assert len(told) == looks


# --- Another write in the place of one --------------------------------------------------------------------


def naming(name: str, to: str, *, only: str, instead: Write | None = None) -> Write:
    """Of one that has the name *only*."""
    guard = DeviceItem.name == only
    return engine.change(device(name), [DeviceItem.name.set(to)], guard=guard, instead=lambda _: instead)


def test_a_write_whose_guard_does_not_hold_is_replaced_by_another_one_and_the_rest_stays():
    added("one", "two")
    with overheard() as made:
        commit(renaming("one", "uno"), naming("two", "due", only="dwa", instead=naming("two", "deux", only="two")))
    assert names() == {"one": "uno", "two": "deux"}
    assert len(made) == 2


def test_what_replaces_a_write_may_be_refused_as_well():
    added("one")
    with pytest.raises(Outrun):
        commit(naming("one", "uno", only="ein", instead=naming("one", "un", only="eins")))
    assert names() == {"one": "one"}


def test_without_another_write_it_is_refused_as_ever():
    added("one")
    with pytest.raises(Outrun):
        commit(naming("one", "uno", only="ein"))


def test_writes_that_replace_each_other_without_end_are_given_up():
    added("one")

    def forever(_: object) -> Write:
        return engine.change(
            device("one"), [DeviceItem.name.set("uno")], guard=DeviceItem.name == "ein", instead=forever
        )

    with pytest.raises(Unreachable):
        commit(forever(None))

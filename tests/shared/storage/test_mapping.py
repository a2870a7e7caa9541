"""Objects and rows: what is written comes back, by the names of its fields, and nothing else does."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws
from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.models import Model

from shared import policy
from shared.storage import engine
from shared.storage.mapping import (
    CountAttribute,
    DurationAttribute,
    FactsAttribute,
    WordsAttribute,
    facts_set,
    record,
    row,
)
from tests.proofs import tables
from tests.support.template import create_tables

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True)
class Place:
    """A place with a value that JSON does not know."""

    name: str = ""
    since: datetime = NOON


def _place_from(facts: dict[str, Any]) -> Place:
    return Place(facts["name"], datetime.fromisoformat(facts["since"]))


@dataclass(frozen=True)
class Trip:
    """One of each kind of field."""

    id: str
    lasts: timedelta
    points: int
    words: dict[str, str] = field(default_factory=dict)
    place: Place = field(default_factory=Place)
    ends_at: datetime | None = None


class TripItem(Model):
    """A row of a table of which only its key's name matters here."""

    class Meta:
        table_name = "test-deliveries"

    id = UnicodeAttribute(hash_key=True)
    lasts = DurationAttribute()
    points = CountAttribute()
    words = WordsAttribute()
    place = FactsAttribute(_place_from)
    ends_at = UTCDateTimeAttribute(null=True)
    forget_at = CountAttribute(null=True)


@pytest.fixture(scope="module", autouse=True)
def _aws() -> Iterator[None]:
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        yield


@pytest.fixture(autouse=True)
def _empty() -> None:
    tables.empty()


TRIP = Trip("t-1", 90 * MINUTE, 7, {"a": "b", "é.#": ""}, Place('"Gdańsk"', NOON), NOON)


def found() -> Trip | None:
    return record(Trip, engine.fetch_one(engine.Key(TripItem, "t-1")))


def change(**facts: Any) -> None:
    engine.commit(engine.change(TripItem("t-1"), facts_set(TripItem, facts)))


@pytest.mark.parametrize("trip", [TRIP, Trip("t-1", timedelta(0), -1)])
def test_an_object_comes_back_as_it_was_written(trip: Trip):
    engine.commit(engine.add(row(TripItem, trip)))
    assert found() == trip


def test_no_row_is_no_object():
    assert found() is None


def test_a_row_may_have_more_than_its_object():
    engine.commit(engine.add(row(TripItem, TRIP, forget_at=12)))
    assert tables.row("deliveries", {"id": {"S": "t-1"}})["forget_at"] == {"N": "12"}
    assert found() == TRIP


def test_an_update_sets_what_it_names_removes_what_is_none_and_leaves_the_rest():
    engine.commit(engine.add(row(TripItem, TRIP, forget_at=12)))
    change(points=0, ends_at=None, words={})
    assert found() == Trip("t-1", TRIP.lasts, 0, {}, TRIP.place, None)
    lying = tables.row("deliveries", {"id": {"S": "t-1"}})
    assert "ends_at" not in lying
    assert lying["forget_at"] == {"N": "12"}


def test_an_attribute_that_no_row_has_is_a_mistake_of_ours():
    with pytest.raises(AttributeError):
        facts_set(TripItem, {"colour": "red"})


def _back(attribute: Any, value: object) -> Any:
    return attribute.deserialize(attribute.serialize(value))


@pytest.mark.parametrize(
    "durations",
    [
        [minutes * MINUTE for minutes in range(policy.SESSION_LIFETIME // MINUTE + 1)],
        [timedelta(seconds=seconds) for seconds in range(policy.MFA_CODE_LIFETIME[1] // timedelta(seconds=1) + 1)],
        [days * DAY for days in range(1000)],
    ],
    ids=["minutes of a session", "seconds of a code", "days of a password"],
)
def test_a_length_of_time_is_kept_to_the_second(durations: list[timedelta]):
    assert [_back(DurationAttribute(), duration) for duration in durations] == durations


@pytest.mark.parametrize("count", [0, -1, 10**6 + 1, 2**53 + 1, 10**20 + 1])
def test_a_count_is_whole_however_large_it_is(count: int):
    back = _back(CountAttribute(), count)
    assert (back, type(back)) == (count, int)


def test_equal_objects_are_one_text_that_a_guard_can_compare():
    facts = FactsAttribute(_place_from)
    assert facts.serialize(Place("a", NOON)) == facts.serialize(Place("a", NOON))
    assert facts.serialize(Place("a", NOON)) == '{"name":"a","since":"2026-11-23 12:00:00+00:00"}'
    assert facts.serialize(Place("a", NOON)) != facts.serialize(Place("a", NOON + MINUTE))


def test_a_single_word_can_be_changed_alone():
    engine.commit(engine.add(row(TripItem, TRIP)))
    engine.commit(engine.change(TripItem("t-1"), [TripItem.words["a"].set("c")]))
    trip = found()
    assert trip
    assert trip.words == {"a": "c", "é.#": ""}

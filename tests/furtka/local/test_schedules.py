"""Schedules fire by the clock and by hand."""

import json

import pytest

from tests.support.local import soon


@pytest.fixture
def noted(toy):
    """What the last schedule that fired handed over."""
    notes = toy.aws("dynamodb")
    notes.delete_item(TableName=f"{toy.stack}-NotesTable", Key={"id": {"S": "schedule"}})

    def look():
        note = notes.get_item(TableName=f"{toy.stack}-NotesTable", Key={"id": {"S": "schedule"}}).get("Item")
        return note and json.loads(note["text"]["S"])

    return look


def test_a_schedule_can_be_fired_by_hand(toy, furtka, noted):
    port = toy.url.rpartition(":")[2]
    fired = furtka("local", "--port", port, "fire", "EachMorning")
    where = "What came of it is in the functions' log (of `make run`: .furtka/functions.log)"
    assert (fired.returncode, fired.stdout) == (0, f"EachMorning fired. {where}\n")
    assert noted()["detail-type"] == "Scheduled Event"
    assert noted()["source"] == "aws.scheduler"


def test_a_schedule_hands_over_the_input_that_the_template_gives_it(toy, noted):
    assert toy.post("/_local/fire/weekly").status_code == 204
    assert noted() == {"told": "so"}


def test_a_name_that_no_schedule_has_is_answered_with_those_that_there_are(toy, furtka):
    failed = furtka("local", "--port", toy.url.rpartition(":")[2], "fire", "Never")
    assert failed.returncode == 2
    assert failed.stderr == "furtka: no schedule is named Never (there is EachMorning, Told)\n"


def test_a_schedule_fires_by_itself_when_its_time_comes(toy, noted):
    toy.advance(24 * 60 * 60)
    soon(lambda: noted() and noted()["time"])

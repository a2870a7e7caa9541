"""The queue drives its function as Lambda's event source mapping does."""

import pytest

from tests.support.local import soon


def waiting(toy, queue):
    return toy.aws("sqs").get_queue_attributes(
        QueueUrl=toy.aws("sqs").get_queue_url(QueueName=f"{toy.stack}-{queue}")["QueueUrl"],
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]


def in_flight(toy):
    return waiting(toy, "WorkQueue")["ApproximateNumberOfMessagesNotVisible"] != "0"


def dead_letters(toy):
    return int(waiting(toy, "DeadLetters")["ApproximateNumberOfMessages"])


def test_a_message_is_worked_on_once_and_is_gone(toy):
    toy.door("enqueue", "one piece of work")
    soon(lambda: "one piece of work 1" in toy.texts())
    soon(lambda: not in_flight(toy))
    toy.advance(60)
    assert toy.texts().count("one piece of work 1") == 1
    assert "one piece of work 2" not in toy.texts()


@pytest.mark.parametrize("work", ["fail", "break everything"])
def test_a_message_that_fails_comes_back_after_its_time_and_ends_among_the_dead_letters(toy, work):
    dead = dead_letters(toy)
    failures = toy.log.count("WorkFunction failed")
    toy.door("enqueue", work)
    soon(lambda: in_flight(toy))
    for _ in range(2):
        toy.advance(60)
    soon(lambda: toy.advance(60) or dead_letters(toy) == dead + 1)
    if work == "fail":
        assert {"fail 1", "fail 2"} <= set(toy.texts())
        assert "fail 3" not in toy.texts()
    else:
        assert toy.log.count("WorkFunction failed") == failures + 2

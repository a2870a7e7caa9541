"""The deployed queue: what lies on it goes out once, and what is no notice stays there by itself."""

import time
from datetime import UTC, datetime

import pytest

from shared import policy
from shared.delivery import notices
from shared.delivery.notices import CodeSent
from tests.e2e.deployment import Stack
from tests.e2e.people import ARRIVED_WITHIN, Person


def code_for(person: Person, code: str) -> str:
    until = datetime.now(UTC) + policy.CODE_LIFETIME
    return notices.write(CodeSent(f"e2e:{person.login}:{code}", person.phone, "en", code, until))


def put(stack: Stack, *bodies: str) -> None:
    """All of *bodies* in one batch, as a queue hands them to the function together."""
    entries = [{"Id": str(place), "MessageBody": body} for place, body in enumerate(bodies)]
    queue = stack.resources["NoticesQueue"]
    assert not stack.emulator.client("sqs").send_message_batch(QueueUrl=queue, Entries=entries).get("Failed")


def waiting(stack: Stack) -> list[str]:
    """The bodies of all messages that are on the queue, hidden or not."""
    regions = stack.shows("sqs/messages")["messages"].values()
    queues = [queue for region in regions for queues in region.values() for queue in queues.items()]
    return [message["Body"] for url, queue in queues if url == stack.resources["NoticesQueue"] for message in queue]


def wait_until_taken(stack: Stack, body: str) -> None:
    give_up = time.monotonic() + ARRIVED_WITHIN
    while body in waiting(stack):
        if time.monotonic() > give_up:
            pytest.fail(f"the notice was not taken within {ARRIVED_WITHIN} s")
        time.sleep(0.1)


def test_a_notice_that_the_queue_repeats_goes_out_once(stack: Stack):
    person = Person(stack)
    body = code_for(person, "135790")
    for _ in range(2):
        put(stack, body)
        wait_until_taken(stack, body)
    assert len(person.messages()) == 1


def test_what_is_no_notice_stays_on_the_queue_and_holds_nobody_back(stack: Stack):
    person = Person(stack)
    garbage = f"no notice of {person.login}"
    put(stack, garbage, code_for(person, "246801"))
    assert person.code() == "246801"
    assert garbage in waiting(stack)

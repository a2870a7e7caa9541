"""Many contacts at once, put into the tables as rows, and what the calls of a request read."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched
from typing import Any

import boto3

from shared import settings
from shared.crypto import randomness
from shared.domain.contacts import Contact, written
from shared.domain.identifiers import account_of
from shared.storage import contacts, engine, groups
from tests.contacts.company import Asker
from tests.support.calls import Answer, AwsCall, Proceed, intercepted

LARGE = 4000
"""Bytes of a large contact, just below the most that it may have."""


@dataclass
class Reads:
    """What calls cost: round trips in series, and bytes of the rows that were read."""

    trips: int = 0
    size: int = 0


def crowd(ann: Asker, count: int, *, group: str = "", size: int = 0) -> list[Contact]:
    """Give the account contacts, 48600500000 and so on, each *size* bytes large or else small, all in *group*."""
    account_id, now = account_of(ann.person.user_id), ann.world.now
    made = []
    for place in range(count):
        facts = {"phone_number": f"+486005{place:05}", "first_name": f"Name{place:05}"}
        facts |= {"x": "x" * (size - len(written(facts)) - 7)} if size else {}
        chance = f"{place:07}"
        contact_id = randomness.contact_id(account_id, 0, now=now)[: -len(chance)] + chance
        made.append(Contact(account_id, contact_id, now, now, facts, frozenset({group} if group else ())))
    put(row for contact in made for row in rows(contact))
    put([{"account_id": {"S": account_id}, "contact_id": {"S": contacts.STATE}, "held": {"N": str(count)}}])
    if group:
        engine.commit(groups.counting(account_id, group, count, generation=0))
    return made


def rows(contact: Contact) -> list[dict[str, Any]]:
    """The rows of a contact, without what counts it."""
    return [write.arguments["Item"] for write in contacts.adding(contact) if write.operation == "Put"]


def put(some: Iterable[dict[str, Any]]) -> None:
    client = boto3.client("dynamodb")
    for few in batched(some, 25, strict=False):
        requests = [{"PutRequest": {"Item": row}} for row in few]
        client.batch_write_item(RequestItems={settings.CONTACTS_TABLE: requests})


@contextmanager
def reading() -> Iterator[Reads]:
    """Count what is read of contacts and groups in the block."""
    reads = Reads()

    def count(call: AwsCall, proceed: Proceed) -> Answer:
        answer = proceed()
        if {"contacts", "groups"} & set(call.tables) and call.operation != "TransactWriteItems":
            reads.trips += 1
            reads.size += len(str(answer.get("Items") or answer.get("Responses") or answer.get("Item")))
        return answer

    with intercepted(count):
        yield reads

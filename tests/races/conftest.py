"""Fixtures: one engine for all races, everything else of AWS from moto."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from shared import policy
from shared.crypto import kms, password_hash, seal
from shared.delivery import queue, sns
from shared.sending import price_list
from shared.storage import attempts, engine
from tests.races import departures, large
from tests.races.arena import AT_ONCE, CHEAP, FEW, HOME, MANY, SEEDS, Arena, seed_name
from tests.support import dynamodb_local
from tests.support.template import create_tables
from tests.support.wire import Wire
from tests.support.world import QUEUES, REPORTS, make_factors_key

EVERY_CROWDED = 10
"""The promises that all else rests on are held against MANY with every seed; the others with every tenth, for
time's sake: their first FEW meet as hard, and who comes later finds what they left."""

PATIENCE = 60  # seconds: many threads on few cores, so that a late answer is no fault of the engine's
NOT_MOTO = {"core": {"passthrough": {"urls": [r"http://127\.0\.0\.1:[0-9]+/"], "services": []}}}


@pytest.fixture(scope="session")
def dynamodb() -> Iterator[Any]:
    """A client of DynamoDB Local, with the template's tables in it."""
    with dynamodb_local.running() as address:
        client = boto3.client("dynamodb", endpoint_url=address, config=Config(read_timeout=PATIENCE))
        create_tables(client)
        yield client
        client.close()


@pytest.fixture(scope="module")
def rest_of_aws() -> Iterator[None]:
    """The queue and the keys. Their clients are opened here, since many threads would open many."""
    with mock_aws(config=NOT_MOTO):
        for name in (*QUEUES, REPORTS):
            boto3.client("sqs").create_queue(QueueName=name)
        secrets = boto3.client("secretsmanager")
        secrets.create_secret(Name="sealing-keys", SecretString=json.dumps({"1": "k" * 64}))
        secrets.create_secret(Name="naming-key", SecretString="n" * 64)
        secrets.create_secret(Name="prices", SecretString="PL=0.16 DE=0.5 GB=0.3")
        make_factors_key()
        queue._sqs()
        kms._kms()
        seal.seal("nothing")
        yield


@pytest.fixture
def wire(dynamodb: Any) -> Iterator[Wire]:
    wire = Wire(dynamodb.meta.endpoint_url, at_once=AT_ONCE)
    yield wire
    wire.close()


@pytest.fixture(params=SEEDS, ids=seed_name)
def arena(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, rest_of_aws: None, dynamodb: Any, wire: Wire
) -> Arena:
    monkeypatch.setattr(engine, "_connection", wire)
    monkeypatch.setattr(password_hash, "_hasher", CHEAP)
    for about in (f"forged-from:{HOME.network}", f"password-failed-from:{HOME.site}"):
        engine.commit(attempts.resetting(about))  # the engine outlives a race, and so would they
    crowd = FEW if request.param % EVERY_CROWDED else MANY
    return Arena(dynamodb, wire, Random(request.param), crowd)  # noqa: S311 - chance that can be repeated is the point


@pytest.fixture
def carrier(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count what goes to the carrier in `departures.SENT`. moto takes longer than a race."""
    departures.SENT.clear()
    monkeypatch.setattr(
        sns, "at_most_once", lambda _, notice_id, __, **___: departures.SENT.update([notice_id]) or True
    )


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few messages are a large order, and each costs a point, abroad as well."""
    monkeypatch.setattr(price_list, "table", lambda: "PL=1 DE=1")
    monkeypatch.setattr(policy, "RECIPIENTS_AT_ONCE", large.AT_MOST)

"""events/*.json: what is handed to `sam local invoke` is what AWS sends today, and the demo account's."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from furtka.local import seed
from tests.support import event_files
from tests.support.events import Context, reply
from tests.support.template import template
from tests.support.world import World, door

FILES = event_files.files()
REQUESTS = [name for name, event in FILES.items() if "httpMethod" in event]


def test_the_files_are_those_that_the_tests_make():
    there = {path.stem: path.read_text() for path in event_files.FOLDER.iterdir()}
    made = {name: event_files.text(event) for name, event in FILES.items()}
    assert there == made, "run: .venv/bin/python -m tests.support.event_files"


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_as_it_stands_in_its_file_is_refused_for_what_it_does_not_know(
    name: str, world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")
    event: dict[str, Any] = FILES[name]
    answer = reply(door(event["path"])(event, Context()))
    assert answer.outcome in (401, 404, 422), answer


def test_the_account_is_the_one_of_make_run():
    assert json.loads(FILES["login"]["body"])["login"] == seed.LOGIN
    assert seed.PHONE in FILES["notify"]["Records"][0]["body"]


def test_the_endpoint_that_sam_local_sets_is_declared_empty_and_an_empty_one_is_none():
    """In AWS each service is then found at its own address."""
    assert template()["Globals"]["Function"]["Environment"]["Variables"]["AWS_ENDPOINT_URL"] == ""
    code = (
        "import boto3\nfrom shared.storage.engine import _connection\n"
        "print(boto3.client('sqs').meta.endpoint_url, _connection.client.meta.endpoint_url)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "AWS_ENDPOINT_URL": "", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    sqs, dynamodb = done.stdout.split()
    assert (sqs, dynamodb) == (
        "https://sqs.eu-central-1.amazonaws.com",
        "https://dynamodb.eu-central-1.amazonaws.com",
    )

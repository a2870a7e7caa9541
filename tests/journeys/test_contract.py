"""docs/openapi.json held against the running stack: schemathesis looks for answers that it does not promise."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.journeys.client import Stack
from tests.journeys.people import Person
from tests.support.template import ROOT

CHECKS = ",".join(
    (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
        "missing_required_header",
        "ignored_auth",
    )
)
ENDS_THE_SESSION = "logout|/account/sessions/"
"""Schemathesis learns ids from what it is answered, so it finds and ends its own session."""


# Not among them: unsupported_method, since it sends TRACE, which API Gateway passes on to no function. That every
# method which does arrive gets its 405 is promised in tests/shared/test_bad_input.py.


@pytest.fixture(autouse=True)
def forgiven(stack: Stack) -> Iterator[None]:
    """What is sent here counts against the address of this machine, for a day."""
    yield
    stack.let(timedelta(days=1))


def test_the_stack_keeps_the_contract_whatever_it_is_sent(newcomer: Person):
    token = newcomer.sign_in()
    hold(newcomer, token, "--exclude-path-regex", ENDS_THE_SESSION)
    assert newcomer.is_in(token), "without a session most of it would have been held against refusals alone"


def test_it_keeps_the_contract_where_sessions_end(newcomer: Person):
    hold(newcomer, newcomer.sign_in(), "--include-path-regex", ENDS_THE_SESSION)


def hold(person: Person, token: str, *part: str) -> None:
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", str(ROOT / "docs/openapi.json"), *part]
    where = ["--url", person.stack.url, "-H", f"Authorization: Bearer {token}", "--request-timeout", "120"]
    what = ["--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", "40", "--seed", "1"]
    how = ["--no-color", "--generation-database", "none", "--suppress-health-check", "too_slow"]
    run = subprocess.run([*command, *where, *what, *how], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-8000:]

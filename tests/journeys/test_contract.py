"""docs/openapi.json held against the running stack: schemathesis looks for answers that it does not promise."""

import subprocess

import pytest

from tests.journeys.conftest import Stack
from tests.journeys.test_sign_in import Person
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


# Not among them: unsupported_method, since it sends TRACE, which API Gateway passes on to no function. That every
# method which does arrive gets its 405 is promised in tests/shared/test_bad_input.py.


@pytest.mark.parametrize("part", [("--exclude-path-regex", "logout"), ("--include-path-regex", "logout")])
def test_the_stack_keeps_the_contract_whatever_it_is_sent(stack: Stack, part: tuple[str, str]):
    """In two parts: what logs out would leave the rest with a session that has ended."""
    person = Person(stack, phone=False)
    token = person.login_with().json()["session"]["token"]
    command = [str(ROOT / ".venv/bin/schemathesis"), "run", str(ROOT / "docs/openapi.json"), *part]
    where = ["--url", stack.url, "-H", f"Authorization: Bearer {token}", "--request-timeout", "10"]
    what = ["--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", "40", "--seed", "1"]
    how = ["--no-color", "--generation-database", "none"]
    run = subprocess.run([*command, *where, *what, *how], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-8000:]

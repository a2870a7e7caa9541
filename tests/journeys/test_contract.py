"""docs/openapi.json held against the running stack: schemathesis looks for answers that it does not promise."""

import subprocess

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


def test_the_stack_keeps_the_contract_whatever_it_is_sent(stack: Stack):
    person = Person(stack, phone=False)
    token = person.login_with().json()["session"]["token"]
    command = [str(ROOT / ".venv/bin/schemathesis"), "run", str(ROOT / "docs/openapi.json")]
    options = [
        "--url",
        stack.url,
        "--checks",
        CHECKS,
        "--max-examples",
        "40",
        "--seed",
        "1",
        "--no-color",
        "-H",
        f"Authorization: Bearer {token}",
    ]
    limits = ["--phases", "examples,coverage,fuzzing", "--request-timeout", "10", "--generation-database", "none"]
    run = subprocess.run([*command, *options, *limits], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-8000:]

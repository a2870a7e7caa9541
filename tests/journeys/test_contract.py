"""docs/openapi.json held against the running stack: schemathesis looks for answers that it does not promise."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from shared.http.route_rules import is_smsapi
from tests.journeys.client import Stack
from tests.journeys.people import Person
from tests.support.template import ROOT

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
CONFIG = Path(__file__).with_name("schemathesis.toml")

ANSWERS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
GUARDED = (*ANSWERS, "ignored_auth")
STRICT = (*GUARDED, "negative_data_rejection", "missing_required_header")

LEGACY = "[.]do$"
"""They say no under 200, to strangers as well."""

CLIENTS = "^/(blacklist|contacts|mfa|ping|profile|push|short_url|sms|subusers)(/|$)"
"""Where SMSAPI's clients come, who are forgiven much: null is nothing to them, a number text, and one value a list."""

ENDS_THE_SESSION = "logout|/account/sessions/"
"""Schemathesis learns ids from what it is answered, so it finds and ends its own session."""

THOROUGH = ("--phases", "examples,coverage,fuzzing", "--max-examples", "40")
BRIEF = ("--phases", "examples,fuzzing", "--max-examples", "8")
"""Every encoding and every one of many parameters by turns would take minutes."""

SCOPES = ("contacts", "profile", "sms", "sms_authenticator", "sms_sender", "subusers")


FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
"""What a body may be besides JSON where SMSAPI's clients come. The contract says so in words, since generators make
methods of encodings, and these are for clients that there are already."""


# Not among them: unsupported_method, since it sends TRACE, which API Gateway passes on to no function. That every
# method which does arrive gets its 405 is promised in tests/shared/http/test_bad_input.py.


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The document with every encoding of a body."""
    document = json.loads((ROOT / "docs/openapi.json").read_text())
    for path, operations in document["paths"].items():
        for operation in operations.values():
            if is_smsapi(path) and (body := operation.get("requestBody")):
                body["content"] |= dict.fromkeys(FORMS, body["content"]["application/json"])
    file = tmp_path_factory.mktemp("contract") / "openapi.json"
    file.write_text(json.dumps(document))
    return file


@pytest.fixture
def hold(contract: Path) -> Callable[..., None]:
    return partial(_hold, contract)


@pytest.fixture(autouse=True)
def forgiven(stack: Stack) -> Iterator[None]:
    """What is sent here counts against the address of this machine, for a day."""
    yield
    stack.let(timedelta(days=1))


def test_the_stack_keeps_the_contract_whatever_it_is_sent(newcomer: Person, hold: Callable[..., None]):
    token = newcomer.sign_in()
    elsewhere = "|".join((ENDS_THE_SESSION, LEGACY, CLIENTS))
    hold(newcomer, token, STRICT, *THOROUGH, "--exclude-path-regex", elsewhere)
    assert newcomer.is_in(token), "without a session most of it would have been held against refusals alone"


def test_it_keeps_the_contract_where_sessions_end(newcomer: Person, hold: Callable[..., None]):
    hold(newcomer, newcomer.sign_in(), STRICT, *THOROUGH, "--include-path-regex", ENDS_THE_SESSION)


def test_it_keeps_the_contract_with_programs(newcomer: Person, hold: Callable[..., None]):
    token = token_of(newcomer)
    hold(newcomer, token, GUARDED, *BRIEF, "--include-path-regex", CLIENTS)
    assert newcomer.asks(token, "GET", "/ping").json()["authorized"]


def test_it_keeps_the_contract_with_programs_that_read_numbers(newcomer: Person, hold: Callable[..., None]):
    token = token_of(newcomer)
    hold(newcomer, token, ANSWERS, *BRIEF, "--include-path-regex", LEGACY)
    assert newcomer.asks(token, "GET", "/ping").json()["authorized"]


def token_of(person: Person) -> str:
    """An API token with every scope that clients use, of an account that can pay."""
    paid = person.stack.furtka("accounts", "points", "--url", person.stack.url, "--login", person.login, "1000")
    assert paid.returncode == 0, paid.stderr
    order = {"name": "Shop", "scopes": " ".join(SCOPES)}
    return str(person.gets(person.sign_in(), "POST", "/tokens", order)["access_token"])


def _hold(contract: Path, person: Person, token: str, checks: tuple[str, ...], *part: str) -> None:
    command = [str(SCHEMATHESIS), "--config-file", str(CONFIG), "run", str(contract), *part]
    where = ["--url", person.stack.url, "-H", f"Authorization: Bearer {token}", "--request-timeout", "120"]
    what = ["--checks", ",".join(checks), "--seed", "1"]
    how = ["--no-color", "--generation-database", "none", "--suppress-health-check", "too_slow"]
    run = subprocess.run([*command, *where, *what, *how], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-8000:]

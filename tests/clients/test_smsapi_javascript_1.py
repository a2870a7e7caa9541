"""`smsapi` 1.7.1 for JavaScript, with the live suite that SMSAPI ships in its package, against this stack.

The suite runs once, with a token and with HTTP Basic. What fails is listed here with its reason, so that anything else
that fails, and anything here that passes, fails a test.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.conftest import HERE
from tests.clients.customer import Customer
from tests.journeys.client import Stack
from tests.journeys.people import Person
from tests.support import npm

PROOFS = ("AuthenticationOAuth", "AuthenticationSimple")

NOT_OFFERED = {
    "contacts ({}) fields": (
        "should get list of custom fields",
        "should create a custom field",
        "should find the created custom field on the list",
    ),
    "hlr ({})": ("should send hlr request",),
    "sms ({}) mms": ("should send mms",),
    "sms ({}) vms": ("should send vms (use tts)", "should send vms (use local .wav file)"),
    "template ({})": ("should get template list", "should get single template", "should add new template"),
}
"""What this service does not offer: custom fields, HLR, MMS, voice, templates."""

DEPENDS_ON_THOSE = {
    "contacts ({}) fields": ("should update custom field", "should delete the custom field"),
    "template ({})": ("should update template", "should delete template"),
}
"""They change what one of those should have made."""

NOT_BY_PASSWORD = {
    "user (AuthenticationSimple)": (
        "should get subusers list",
        "should add new subuser",
        "should get details of the added subuser",
        "should edit added subuser",
    ),
}
"""An API password manages no sub-users (docs/legacy-api.md)."""

NAMED_IN_LOWER_CASE = (
    "user (AuthenticationOAuth) should get details of the added subuser",
    "user (AuthenticationOAuth) should edit added subuser",
)
"""Logins have no capitals here. The suite draws a name, mostly with capitals, and compares them."""

ASKS_THE_PLATFORM = "authentication-oauth should not login (invalid token)"
"""It names no server, whatever the configuration says, so that it would ask SMSAPI's own. It is left out."""

type Suite = dict[str, str]


def _named(table: dict[str, tuple[str, ...]]) -> set[str]:
    return {f"{group.format(proof)} {test}" for group, tests in table.items() for test in tests for proof in PROOFS}


@pytest.fixture(scope="module")
def customer(stack: Stack) -> Customer:
    """In an account of its own: the suite takes the first contact that it finds for one that it has made."""
    return Customer.of(Person(stack, phone=False))


@pytest.fixture(scope="module")
def suite(modules: Path, customer: Customer) -> Suite:
    """What became of each test of the suite: nothing, or why it failed."""
    packages = modules / "node_modules"
    tests, mocha = packages / "smsapi-1" / "test", packages / "mocha" / "bin" / "mocha.js"
    shutil.copy(HERE / "smsapi1.config.js", tests / "config.dist.js")
    given = {
        "server": customer.url,
        "oauth": {"accessToken": customer.token},
        "username": customer.owner.login,
        "password": customer.let_passwords_in(),
    }
    how = ["--require", str(HERE / "smsapi1.guard.cjs"), "--timeout", "20000", "--reporter", "json", "--exit"]
    which = ["--fgrep", ASKS_THE_PLATFORM, "--invert"]
    run = subprocess.run(
        [npm.NODE, str(mocha), str(tests), *how, *which],
        env=os.environ | {"SMSAPI_SUITE": json.dumps(given)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.stdout.startswith("{"), run.stdout[:1000] + run.stderr[-2000:]
    told = json.loads(run.stdout)
    return {one["fullTitle"]: str(one["err"].get("message", "")) for one in told["tests"]}


def test_all_of_the_suite_passes_but_what_is_listed_here(suite: Suite):
    failed = {name: why for name, why in suite.items() if why}
    expected = _named(NOT_OFFERED) | _named(DEPENDS_ON_THOSE) | _named(NOT_BY_PASSWORD)
    assert {name: why for name, why in failed.items() if name not in {*expected, *NAMED_IN_LOWER_CASE}} == {}
    assert expected - failed.keys() == set()
    assert len(suite) == 133


def test_what_is_not_offered_says_so(suite: Suite):
    for name in _named(NOT_OFFERED):
        assert "This service is not available on this account." in suite[name]


def test_a_name_comes_back_as_it_was_given_but_for_its_case(suite: Suite):
    for why in filter(None, map(suite.get, NAMED_IN_LOWER_CASE)):
        names = re.fullmatch("expected '(.*)' to match /(.*)/g", why)
        assert names
        assert names[1].endswith(names[2].lower())

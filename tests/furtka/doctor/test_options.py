"""What a fresh account refuses, or must pay for, is off by default: doctor knows it, and prod switches it on."""

import pytest

from furtka import parameters
from furtka.doctor.options import SWITCHES
from tests.furtka.doctor.accounts_of_aws import FRESH, ORDERLY, STACK, stack
from tests.furtka.doctor.conftest import Examine

OFF = ("", "0", "false", "off", "none", "sns")
PROD = parameters.of_stage("prod")
KNOWN = {switch.parameter for switch in SWITCHES}
BOTH_WAYS = ({"true", "false"}, {"on", "off"})


def test_what_prod_switches_on_is_a_parameter_that_is_off_by_default_and_that_doctor_knows():
    on = {name for name, value in PROD.items() if value != parameters.defaults().get(name)}
    assert on == set(PROD), "what is the default need not be said again"
    assert on <= KNOWN


def test_every_parameter_that_is_off_and_may_be_on_is_known_to_doctor():
    switches = {
        name
        for name, about in parameters.declared().items()
        if set(map(str, about.get("AllowedValues", []))) in BOTH_WAYS or about["Type"] == "Number"
    }
    assert {name for name in switches if parameters.defaults()[name] in OFF} <= KNOWN


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_a_switch_is_a_parameter_that_is_off_by_default(name: str):
    assert parameters.defaults()[name] in OFF


@pytest.mark.parametrize("stage", parameters.stages())
def test_cloudformation_would_take_each_stage(stage: str):
    given = parameters.of_stage(stage)
    parameters.must_be_taken(given)
    parameters.must_be_complete({**given, "MailFrom": "furtka@example.com"})


def test_a_stage_that_needs_nothing_of_the_account_switches_nothing_on():
    dev = parameters.of_stage("dev")
    assert not [name for name in dev if name in KNOWN]


def test_a_fresh_account_is_told_what_a_switch_needs_and_one_in_order_that_it_may(examine: Examine):
    _, fresh = examine(FRESH, "--mail", "furtka@example.com")
    assert fresh["LoginConcurrency"][0].startswith("option: off; it would give")
    _, orderly = examine(ORDERLY, "--stack", STACK)
    assert orderly["LoginConcurrency"][0].startswith("option: off; it gives")


def test_what_is_on_is_said_to_be_on(examine: Examine):
    _, found = examine({**ORDERLY, "cloudformation.DescribeStacks": stack(**PROD)}, "--stack", STACK)
    assert {check: found[check] for check in PROD} == {name: [f"ok: on ({value})"] for name, value in PROD.items()}


def test_prod_is_judged_before_it_is_deployed(examine: Examine):
    _, found = examine(FRESH, "--stage", "prod", "--mail", "furtka@example.com")
    assert set(PROD) <= set(found)
    assert found["LoginConcurrency"][0].startswith("fault: on (100), and the deployment will fail")
    ready = {**ORDERLY, "cloudformation.DescribeStacks": "ValidationError: it does not exist"}
    assert examine(ready, "--stage", "prod", "--mail", "a@example.com")[1]["LoginConcurrency"] == ["ok: on (100)"]

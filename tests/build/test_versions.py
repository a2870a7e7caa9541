"""Code, layer and settings go live together: a version holds them, and everybody calls the alias that leads to it."""

import re
from graphlib import TopologicalSorter
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint

from tests.support.template import ROOT, resources, template
from tests.support.transform import REGION, of_type, referred, transformed

FUNCTIONS = resources("AWS::Serverless::Function")
BEHIND_DOORS = [name for name, one in FUNCTIONS.items() if "Api" in {e["Type"] for e in one.get("Events", {}).values()}]
ANSWERED_BY_ERRORS = {"AuthorizerFunction"}
"""API Gateway answers 401 where an authorizer fails in a certain way, so Lambda counts its refusals as errors."""

CALLED_BY_NOBODY = {"CanaryFunction"}
IN_STEPS = sorted(set(FUNCTIONS) - CALLED_BY_NOBODY)

MAY_NAME_A_FUNCTION = {
    "AWS::Lambda::Alias",
    "AWS::Lambda::Version",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
}
FORMER_CALLERS = "AuthorizerFunctionPermission"

GRADUAL: dict[str, Any] = {"GradualDeployment": "true"}


def versions(**how: str) -> set[str]:
    return set(of_type(transformed(**how), "AWS::Lambda::Version"))


def new_version_alarms(metric: str) -> list[dict[str, Any]]:
    alarms = of_type(transformed(**GRADUAL), "AWS::CloudWatch::Alarm").values()
    taking_back = [alarm["Properties"] for alarm in alarms if alarm.get("Condition") == "DeploysGradually"]
    return [alarm for alarm in taking_back if metric in {name for name, _ in _metrics(alarm)}]


def _metrics(alarm: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Name and dimensions of each metric that an alarm adds up."""
    read = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", []) if "MetricStat" in one]
    return [(one["MetricName"], {each["Name"]: each["Value"] for each in one["Dimensions"]}) for one in read]


def _watched(metric: str, dimension: str) -> set[str]:
    """The functions whose newest version has a *metric* that an alarm adds up."""
    read = [one for alarm in new_version_alarms(metric) for one in _metrics(alarm)]
    return {dimensions[dimension]["Ref"] for name, dimensions in read if name == metric}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_is_reached_by_an_alias_that_leads_to_its_version(function: str):
    made = transformed()
    alias = made["Resources"][f"{function}Aliaslive"]["Properties"]
    version, attribute = alias["FunctionVersion"]["Fn::GetAtt"]
    assert (alias["Name"], attribute) == ("live", "Version")
    assert made["Resources"][version]["Properties"]["FunctionName"] == {"Ref": function}


def test_nobody_calls_a_function_but_by_its_alias():
    """Routes, queues, schedules and their permissions; APIs that were attached before the alias are still let in."""
    made = transformed(DomainName="api.example.com", **GRADUAL)
    direct = {
        name
        for name, resource in made["Resources"].items()
        if resource["Type"] not in MAY_NAME_A_FUNCTION
        and resource["Properties"].get("Qualifier") != "live"
        and set(referred(resource["Properties"])) & set(FUNCTIONS)
    }
    assert direct == {FORMER_CALLERS}


def test_a_package_that_changed_is_a_new_version_of_each_function():
    before, after = versions(), versions(code="other")
    assert len(before) == len(after) == len(FUNCTIONS)
    assert before.isdisjoint(after)


def test_the_layer_of_an_older_version_is_kept_so_that_one_can_go_back_to_it():
    (layer,) = of_type(transformed(), "AWS::Lambda::LayerVersion").values()
    assert layer["DeletionPolicy"] == "Retain"
    for version in of_type(transformed(), "AWS::Lambda::Version").values():
        assert version["DeletionPolicy"] == "Retain"


def test_other_stacks_get_the_alias_of_the_authorizer_by_a_parameter_that_may_change():
    made = transformed()
    alias = {"Ref": "AuthorizerFunctionAliaslive"}
    assert made["Resources"]["AuthorizerParameter"]["Properties"]["Value"] == alias
    assert made["Outputs"]["AuthorizerArn"]["Value"] == alias
    assert "Export" not in made["Outputs"]["AuthorizerArn"]


def test_what_other_stacks_may_import_is_what_it_ever_was():
    """CloudFormation refuses an update that changes an export which is imported."""
    exported = [one for one in template()["Outputs"].values() if "Export" in one]
    (authorizer,) = [one for one in exported if one["Export"]["Name"] == {"Fn::Sub": "${AWS::StackName}-AuthorizerArn"}]
    assert authorizer["Value"] == {"Fn::GetAtt": ["AuthorizerFunction", "Arn"]}


def test_versions_get_all_requests_at_once_unless_that_is_asked_for_in_steps():
    assert not of_type(transformed(), "AWS::CodeDeploy::Application", "AWS::CodeDeploy::DeploymentGroup")


@pytest.mark.parametrize("function", IN_STEPS)
def test_a_new_version_in_steps_is_taken_back_by_alarms(function: str):
    made = transformed(**GRADUAL)["Resources"]
    update = made[f"{function}Aliaslive"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
    group = made[update["DeploymentGroupName"]["Ref"]]["Properties"]
    condition, alarms, _ = group["AlarmConfiguration"]["Fn::If"]
    assert condition == "DeploysGradually"
    assert {made[one["Name"]["Ref"]]["Type"] for one in alarms["Alarms"]} == {"AWS::CloudWatch::Alarm"}
    assert 1 <= len(alarms["Alarms"]) <= 10  # the most that CodeDeploy takes
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]


@pytest.mark.parametrize("metric", ["Errors", "UnforeseenInVersion"])
def test_an_alarm_that_takes_back_has_never_rung_for_another_version(metric: str):
    """Else what is red already would keep out what mends it: its name is new, and so is the alarm."""
    made = transformed(**GRADUAL)["Resources"]
    assert new_version_alarms(metric)
    for alarm in new_version_alarms(metric):
        (named,) = set(referred(alarm["AlarmName"])) & set(made)
        assert made[named]["Type"] == "AWS::Lambda::Version"
        for _, dimensions in _metrics(alarm):
            (version,) = set(referred([dimensions.get("ExecutedVersion"), dimensions.get("version")]))
            assert made[version]["Type"] == "AWS::Lambda::Version"
        assert len(alarm["Metrics"]) <= 11  # ten that it reads, the most that CloudWatch takes, and their sum


def test_errors_of_each_function_take_back_but_the_refusals_of_the_authorizer():
    assert _watched("Errors", "FunctionName") == set(IN_STEPS) - ANSWERED_BY_ERRORS


def test_mistakes_that_are_answered_take_back_too():
    assert _watched("UnforeseenInVersion", "function") == {*BEHIND_DOORS, "AuthorizerFunction", "NotifyFunction"}


@pytest.mark.parametrize("how", [{}, GRADUAL], ids=["at once", "in steps"])
def test_no_resource_waits_for_itself(how: dict[str, str]):
    """`!Ref Api` in an alarm that takes back would be a circle: API, alias, deployment group, alarm, API."""
    made = transformed(DomainName="api.example.com", **how)["Resources"]
    waits = {name: set(referred(resource)) & set(made) for name, resource in made.items()}
    assert set(TopologicalSorter(waits).static_order()) == set(made)


def test_the_linter_finds_nothing_in_a_deployment_in_steps():
    text = (ROOT / "template.yaml").read_text()
    chosen = re.sub(r"(GradualDeployment:\n.*?Default: )\"false\"", r'\1"true"', text, count=1, flags=re.DOTALL)
    assert chosen != text
    assert lint(chosen, config=ManualArgs(regions=[REGION])) == []

"""`furtka stop` and `furtka start`: nothing of a stack runs, no message is given up, and then all is as before."""

from datetime import UTC, datetime
from typing import Any

import pytest

from furtka import standstill
from furtka.cli import main
from tests.support.pretend_aws import ACCOUNT, REGION, PretendAws
from tests.support.template import resources, template

LIVE = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:furtka-prod-Notify:live"
OTHERS = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:another:live"
WHERE = ["--stack", "furtka-prod", "--region", REGION]
CODES = "01234567-89ab-cdef-0123-456789abcdef"
SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def resource(kind: str, logical: str, physical: str) -> dict[str, Any]:
    return {
        "ResourceType": kind,
        "LogicalResourceId": logical,
        "PhysicalResourceId": physical,
        "ResourceStatus": "CREATE_COMPLETE",
        "LastUpdatedTimestamp": SOME_DAY,
    }


THEIRS = {"StackName": "furtka-prod", "CreationTime": SOME_DAY, "StackStatus": "UPDATE_COMPLETE"}
THEIR_LOGIN = ("AWS::Lambda::Function", "LoginFunction", "furtka-prod-Login")


def mappings(state: str) -> dict[str, Any]:
    mine = {"UUID": CODES, "FunctionArn": LIVE, "State": state}
    return {"EventSourceMappings": [mine, {"UUID": CODES[::-1], "FunctionArn": OTHERS, "State": "Enabled"}]}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> PretendAws:
    pretend = PretendAws(
        {
            "cloudformation.ListStackResources": {
                "StackResourceSummaries": [
                    resource("AWS::Lambda::Function", "NotifyFunction", "furtka-prod-Notify"),
                    resource("AWS::Lambda::Function", "TokensFunction", "furtka-prod-Tokens"),
                    resource("AWS::Events::Rule", "ShipmentsFunctionEveryMinute", "furtka-prod-rule"),
                    resource("AWS::DynamoDB::Table", "LoginsTable", "furtka-prod-Logins"),
                ]
            },
            "cloudformation.DescribeStacks": {
                "Stacks": [
                    {
                        "StackName": "furtka-prod",
                        "CreationTime": SOME_DAY,
                        "StackStatus": "UPDATE_COMPLETE",
                        "Parameters": [{"ParameterKey": "NotifyConcurrency", "ParameterValue": "20"}],
                        "Outputs": [{"OutputKey": "LoginFunction", "OutputValue": "furtka-prod-Login"}],
                    }
                ]
            },
            "lambda.ListEventSourceMappings": [mappings("Enabled"), mappings("Disabling"), mappings("Disabled")],
            "lambda.UpdateEventSourceMapping": {},
            "lambda.PutFunctionConcurrency": {},
            "lambda.DeleteFunctionConcurrency": {},
            "events.DisableRule": {},
            "events.EnableRule": {},
        }
    )
    monkeypatch.setattr(standstill.boto3, "Session", pretend.session)
    monkeypatch.setattr(standstill, "PAUSE", 0)
    return pretend


def changes(aws: PretendAws) -> list[tuple[str, dict[str, Any]]]:
    return [(name.partition(".")[2], asked) for name, asked in aws.asked if "List" not in name and "Desc" not in name]


def typed(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda _: text)


@pytest.fixture
def nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(_: str) -> str:
        raise AssertionError

    monkeypatch.setattr("builtins.input", answer)


def test_a_queue_is_off_before_its_function_may_not_run_so_that_no_message_is_given_up(
    aws: PretendAws, monkeypatch: pytest.MonkeyPatch
):
    typed("furtka-prod", monkeypatch)
    assert main(["stop", *WHERE]) == 0
    assert changes(aws) == [
        ("DisableRule", {"Name": "furtka-prod-rule"}),
        ("UpdateEventSourceMapping", {"UUID": CODES, "Enabled": False}),
        ("PutFunctionConcurrency", {"FunctionName": "furtka-prod-Notify", "ReservedConcurrentExecutions": 0}),
        ("PutFunctionConcurrency", {"FunctionName": "furtka-prod-Tokens", "ReservedConcurrentExecutions": 0}),
    ]
    names = [name for name, _ in aws.asked]
    assert names.index("lambda.PutFunctionConcurrency") > len(names) - 3  # the last look found the queue off


def test_functions_run_on_while_a_queue_is_not_off(
    aws: PretendAws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    typed("furtka-prod", monkeypatch)
    aws.answers["lambda.ListEventSourceMappings"] = mappings("Disabling")
    assert main(["stop", *WHERE]) == 2
    assert "repeat the command" in capsys.readouterr().err
    assert "PutFunctionConcurrency" not in {name for name, _ in changes(aws)}


def test_start_reserves_what_the_parameters_say_and_what_calls_a_function_comes_after_it(aws: PretendAws):
    assert main(["start", *WHERE]) == 0
    assert changes(aws) == [
        ("PutFunctionConcurrency", {"FunctionName": "furtka-prod-Notify", "ReservedConcurrentExecutions": 20}),
        ("DeleteFunctionConcurrency", {"FunctionName": "furtka-prod-Tokens"}),
        ("UpdateEventSourceMapping", {"UUID": CODES, "Enabled": True}),
        ("EnableRule", {"Name": "furtka-prod-rule"}),
    ]


def test_whoever_types_another_name_stops_nothing(
    aws: PretendAws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    typed("y", monkeypatch)
    assert main(["stop", *WHERE]) == 2
    assert "nothing was changed" in capsys.readouterr().err
    assert changes(aws) == []


def test_what_aws_refuses_is_told_in_a_line_and_may_be_repeated(aws: PretendAws, capsys: pytest.CaptureFixture[str]):
    aws.answers["lambda.PutFunctionConcurrency"] = "TooManyRequestsException: Rate exceeded"
    assert main(["start", *WHERE]) == 2
    said = capsys.readouterr().err
    assert "the command can be repeated: " in said
    assert "Rate exceeded" in said


@pytest.mark.usefixtures("nobody_is_asked")
@pytest.mark.parametrize("command", ["stop", "start"])
@pytest.mark.parametrize(
    ("differs", "lacks"),
    [
        ({"DescribeStacks": {"Stacks": [THEIRS]}}, "LoginFunction"),
        ({"ListStackResources": {"StackResourceSummaries": [resource(*THEIR_LOGIN)]}}, "LoginsTable"),
    ],
    ids=["a topic alone", "a function of that name"],
)
def test_a_stack_of_somebody_else_is_refused_before_the_name_is_asked_for(
    command: str,
    differs: dict[str, Any],
    lacks: str,
    aws: PretendAws,
    capsys: pytest.CaptureFixture[str],
):
    aws.answers |= {f"cloudformation.{name}": answer for name, answer in differs.items()}
    assert main([command, *WHERE]) == 2
    said = capsys.readouterr()
    sentence = f"the stack furtka-prod (in {REGION}, UPDATE_COMPLETE) is not Furtka's, or never was whole: it has no"
    assert (said.out, said.err) == ("", f"furtka: {sentence} {lacks}\n")
    assert changes(aws) == []


def test_everything_that_the_template_reserves_is_reserved_again():
    reserving = {
        name for name, one in resources("AWS::Serverless::Function").items() if "ReservedConcurrentExecutions" in one
    }
    every = {name: "7" for name in template()["Parameters"] if name.endswith("Concurrency")}
    assert len(reserving) == len(every) > 0
    assert {name for name in template()["Resources"] if standstill.reserved_for(name, every) == 7} == reserving


def test_every_schedule_is_a_rule_that_is_switched_and_no_other_rule_is():
    """A rule that keeps events for a queue must not be off while a stack is stopped."""
    assert resources("AWS::Events::Rule") == {}
    events = [
        event["Type"]
        for function in resources("AWS::Serverless::Function").values()
        for event in function.get("Events", {}).values()
    ]
    assert set(events) == {"Api", "CloudWatchLogs", "DynamoDB", "SQS", "Schedule"}

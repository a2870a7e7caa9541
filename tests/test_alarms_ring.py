"""Each alarm rings for what it is there for, and stays silent in ordinary traffic: metrics of AWS.

What a metric is called, and what it is counted by, are AWS's documents: see SOURCES.
"""

import re
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.alarms import STACK, Alarm, Metric, Metrics
from tests.support.template import resources, template
from tests.support.transform import transformed

ALARMS = resources("AWS::CloudWatch::Alarm")
NOW = 1_767_225_600.0
"""A second at which a day, and so each period, begins."""

API, FUNCTION, QUEUE, TABLE = ("ApiName", "Stage"), ("FunctionName",), ("QueueName",), ("TableName",)

DOCUMENTED: dict[tuple[str, str], tuple[tuple[str, ...], str]] = {
    ("AWS/ApiGateway", "5XXError"): (API, "Count"),
    ("AWS/ApiGateway", "Count"): (API, "Count"),
    ("AWS/ApiGateway", "Latency"): (API, "Milliseconds"),
    ("AWS/Lambda", "Errors"): (FUNCTION, "Count"),
    ("AWS/Lambda", "Throttles"): (FUNCTION, "Count"),
    ("AWS/Lambda", "Invocations"): (FUNCTION, "Count"),
    ("AWS/Lambda", "IteratorAge"): (FUNCTION, "Milliseconds"),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): (QUEUE, "Seconds"),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): (QUEUE, "Count"),
    ("AWS/SQS", "NumberOfMessagesReceived"): (QUEUE, "Count"),
    ("AWS/DynamoDB", "ReadThrottleEvents"): (TABLE, "Count"),
    ("AWS/DynamoDB", "WriteThrottleEvents"): (TABLE, "Count"),
    ("AWS/DynamoDB", "TransactionConflict"): (TABLE, "Count"),
    ("AWS/SNS", "SMSMonthToDateSpentUSD"): ((), "USD"),
    ("AWS/SNS", "SMSSuccessRate"): (("Country", "SMSType"), "Count"),
    ("AWS/SMSVoice", "TextMessageMonthlySpend"): ((), "USD"),
    ("AWS/SES", "Reputation.BounceRate"): ((), "a fraction of 1"),
    ("AWS/SES", "Reputation.ComplaintRate"): ((), "a fraction of 1"),
}
"""Dimensions and unit of AWS's metrics, by namespace and name."""

OF_A_VERSION = {"FunctionName", "Resource", "ExecutedVersion"}
"""The same document: by these Lambda tells apart the two versions of an alias that leads to two."""

SOURCES = {
    "AWS/ApiGateway": "API Gateway, Developer Guide: Amazon API Gateway dimensions and metrics",
    "AWS/Lambda": "Lambda, Developer Guide: Types of metrics for Lambda functions",
    "AWS/SQS": "SQS, Developer Guide: Available CloudWatch metrics for Amazon SQS",
    "AWS/DynamoDB": "DynamoDB, Developer Guide: DynamoDB metrics and dimensions",
    "AWS/SNS": "SNS, Developer Guide: Monitoring Amazon SNS topics using CloudWatch",
    "AWS/SMSVoice": "End User Messaging SMS, User Guide: Monitoring with CloudWatch",
    "AWS/SES": "SES, Developer Guide: Creating reputation monitoring alarms",
}


@dataclass(frozen=True)
class Case:
    """The value in each period of what an alarm reads, by the id in its expression: `rings` for what it is there for,
    `calm` in ordinary traffic. None is no value.
    """

    rings: dict[str, float | None]
    calm: dict[str, float | None]


def _one(rings: float | None, calm: float | None) -> Case:
    return Case({"watched": rings}, {"watched": calm})


def _of_each(*names: str, rings: float, calm: float = 0) -> Case:
    """The case of a sum: one of its parts is enough, see below for each of them."""
    return Case(dict.fromkeys(names, calm) | {names[0]: rings}, dict.fromkeys(names, calm))


PEOPLE = ("login", "verifyCode", "passwords", "factors", "account")
PROGRAMS = ("tokens", "oauth", "smsAuthenticator", "subusers", "messages", "contacts", "carriers", "unknownPaths")
TABLES = ("wallets", "accounts", "users")

CASES: dict[str, Case] = {
    "Api5xxAlarm": Case({"requests": 1000, "failed": 30}, {"requests": 1000, "failed": 10}),
    "ApiSlowAlarm": _one(5500, 900),
    "PeopleErrorsAlarm": _of_each(*PEOPLE, rings=1),
    "ProgramErrorsAlarm": _of_each(*PROGRAMS, rings=1),
    "QueueErrorsAlarm": _of_each("notify", "reports", rings=1),
    "PeopleThrottledAlarm": _of_each(*PEOPLE, rings=1),
    "ProgramThrottledAlarm": _of_each(*PROGRAMS[:-1], "authorizer", rings=1),
    "BackgroundThrottledAlarm": _of_each("notify", "reports", "shipments", "contactTasks", "reminders", rings=1),
    "CodesStuckAlarm": Case({"age": 200, "waiting": 1, "taken": 0}, {"age": 900, "waiting": 3, "taken": 40}),
    "NoticesLateAlarm": _one(2000, 40),
    "ShipmentsSilentAlarm": _one(None, 5),
    "ContactTasksSilentAlarm": _one(0, 5),
    "RemindersSilentAlarm": _one(None, 1),
    "TablesThrottledAlarm": Case({"wallets_writes": 3}, {}),
    "TransactionsCollideAlarm": Case({"wallets": 101}, {"wallets": 40, "accounts": 30, "users": 20}),
    "SmsSpend50Alarm": Case({"spent": 0.5}, {"spent": 0.49}),
    "SmsSpend80Alarm": Case({"spent": 0.8}, {"spent": 0.79}),
    "SmsSpend100Alarm": Case({"spent": 1.0}, {"spent": 0.99}),
    "SnsUndeliveredAlarm": _one(0.7, 0.93),
    "MailBouncesAlarm": _one(0.05, 0.01),
    "MailComplaintsAlarm": _one(0.001, 0.0002),
    "NoticesDeadLettersAlarm": _one(1, 0),
    "ReportsDeadLettersAlarm": _one(1, 0),
    "AuditDeadLettersAlarm": _one(1, 0),
    "AuditLateAlarm": _one(3_700_000, 2_000),
    "DeliveryEventsDeadLettersAlarm": _one(1, 0),
    "CodesLateAlarm": _one(11, 2),
    "MessagesLateAlarm": _one(1300, 200),
    "ContactTasksFailedAlarm": _one(1, 0),
    "RemindersFailedAlarm": _one(1, 0),
    "ShipmentsFailedAlarm": _one(1, 0),
    "NewVersionErrorsAlarm": _of_each(*PEOPLE, "tokens", "oauth", "subusers", "messages", "contacts", rings=1),
    "NewVersionOtherErrorsAlarm": _of_each("smsAuthenticator", "carriers", "shipments", "reports", rings=1),
}
"""Every alarm that reads metrics of AWS alone. Those that read ours are in test_own_metrics."""


def measured(alarm: Alarm, values: dict[str, float | None], *, periods: range | None = None) -> Metrics:
    """Return *values* in each period that the alarm looks at, or only in those *periods* before now."""
    found = Metrics()
    looked_at = range(1, alarm.properties["EvaluationPeriods"] + 1)
    for name, value in values.items():
        metric, _, period = alarm.metrics[name]
        for back in looked_at if periods is None else periods:
            if value is not None:
                found.add(metric, NOW - back * period, value)
    return found


@pytest.mark.parametrize("name", CASES)
def test_it_rings_for_what_it_is_there_for(name: str):
    alarm = Alarm.named(name)
    assert alarm.rings(measured(alarm, CASES[name].rings), at=NOW)


@pytest.mark.parametrize("name", CASES)
def test_it_is_silent_in_ordinary_traffic(name: str):
    alarm = Alarm.named(name)
    assert not alarm.rings(measured(alarm, CASES[name].calm), at=NOW)


@pytest.mark.parametrize("name", sorted(set(CASES) - {name for name in CASES if name.endswith("SilentAlarm")}))
def test_it_is_silent_while_nothing_happens_at_all(name: str):
    assert not Alarm.named(name).rings(Metrics(), at=NOW)


SUMS = [name for name in CASES if re.fullmatch(r"(\w+ \+ )+\w+", Alarm.named(name).expression)]
PARTS = [(name, part) for name in [*SUMS, "TablesThrottledAlarm"] for part in Alarm.named(name).metrics]


@pytest.mark.parametrize(("name", "part"), PARTS)
def test_each_part_of_a_sum_makes_it_ring_alone(name: str, part: str):
    alarm = Alarm.named(name)
    assert alarm.rings(measured(alarm, {part: 1}), at=NOW)


@pytest.mark.parametrize("name", ALARMS)
def test_each_metric_of_aws_is_read_by_its_documented_name_and_dimensions(name: str):
    alarm = Alarm.named(name)
    for metric, _, _ in alarm.metrics.values():
        if metric.namespace != "Furtka":
            dimensions, _ = DOCUMENTED[metric.namespace, metric.name]
            named = {part for part, _ in metric.dimensions}
            assert named == set(dimensions) or (name.startswith("New") and named == OF_A_VERSION)
            assert metric.namespace in SOURCES


@pytest.mark.parametrize("name", ALARMS)
def test_each_resource_that_an_alarm_names_is_of_the_template(name: str):
    kinds = {
        "FunctionName": "AWS::Serverless::Function",
        "QueueName": "AWS::SQS::Queue",
        "TableName": "AWS::DynamoDB::Table",
    }
    for metric, _, _ in Alarm.named(name).metrics.values():
        for part, value in metric.dimensions:
            if part in kinds:
                assert value in resources(kinds[part])


def test_an_api_is_measured_by_its_name_which_is_the_stacks():
    """SAM gives the API the stack's name as its title; an alarm that named the resource would wait for it."""
    metric, _, _ = Alarm.named("Api5xxAlarm").metrics["requests"]
    assert metric == Metric("AWS/ApiGateway", "Count", frozenset({("ApiName", STACK), ("Stage", "live")}))
    assert "Name" not in template()["Resources"]["Api"]["Properties"]
    deployed = transformed()["Resources"]["Api"]["Properties"]
    assert deployed["Body"]["info"]["title"] == {"Ref": "AWS::StackName"}
    assert '"Ref": "Api"' not in str(ALARMS).replace("'", '"')


@pytest.mark.parametrize("kind", ["Errors", "Throttles"])
@pytest.mark.parametrize("function", sorted({*resources("AWS::Serverless::Function")} - {"CanaryFunction"}))
def test_each_functions_errors_and_throttles_are_in_one_alarm(function: str, kind: str):
    """But of the canary, whose alarm rings whatever keeps it from succeeding. Unknown paths may be throttled: a flood
    of them is to take no concurrency from others.
    """
    if (function, kind) == ("UnknownPathsFunction", "Throttles"):
        return
    wanted = Metric("AWS/Lambda", kind, frozenset({("FunctionName", function)}))
    assert len([name for name in ALARMS if wanted in [one for one, _, _ in Alarm.named(name).metrics.values()]]) == 1


def test_a_rate_of_a_few_requests_is_no_rate():
    alarm = Alarm.named("Api5xxAlarm")
    assert not alarm.rings(measured(alarm, {"requests": 10, "failed": 5}), at=NOW)


def test_a_single_bad_minute_wakes_nobody_where_one_is_not_enough():
    alarm = Alarm.named("Api5xxAlarm")
    assert not alarm.rings(measured(alarm, CASES["Api5xxAlarm"].rings, periods=range(1, 3)), at=NOW)
    assert alarm.rings(measured(alarm, CASES["Api5xxAlarm"].rings, periods=range(2, 5)), at=NOW)


def test_one_run_of_the_daily_passes_in_a_day_is_enough():
    alarm = Alarm.named("RemindersSilentAlarm")
    assert not alarm.rings(measured(alarm, {"watched": 1}, periods=range(24, 25)), at=NOW)
    assert alarm.rings(measured(alarm, {"watched": 1}, periods=range(27, 28)), at=NOW)


def test_codes_that_nobody_takes_ring_also_where_nobody_counts_it():
    alarm = Alarm.named("CodesStuckAlarm")
    assert alarm.rings(measured(alarm, {"age": 200, "waiting": 1, "taken": None}), at=NOW)


def test_a_mail_that_is_held_back_among_codes_rings_nothing():
    alarm = Alarm.named("CodesStuckAlarm")
    assert not alarm.rings(measured(alarm, {"age": 890, "waiting": 0, "taken": 0}), at=NOW)


@pytest.mark.parametrize("limit", [1, 500])
def test_the_spend_is_a_part_of_the_parameter(limit: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(template()["Parameters"]["SmsMonthlySpendUSD"], "Default", limit)
    for share in (50, 80, 100):
        alarm = Alarm.named(f"SmsSpend{share}Alarm")
        assert alarm.rings(measured(alarm, {"spent": limit * share / 100}), at=NOW)
        assert not alarm.rings(measured(alarm, {"spent": limit * (share - 1) / 100}), at=NOW)


def test_the_spend_is_read_where_the_carrier_says_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(template()["Parameters"]["SmsProvider"], "Default", "sms-voice")
    metric, statistic, _ = Alarm.named("SmsSpend50Alarm").metrics["spent"]
    assert (metric, statistic) == (Metric("AWS/SMSVoice", "TextMessageMonthlySpend"), "Maximum")


def test_an_alarm_reads_no_more_metrics_than_cloudwatch_lets_it():
    assert max(len(Alarm.named(name).metrics) for name in ALARMS) <= 10


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_looks_back_no_further_than_cloudwatch_does(name: str):
    """A day, or with periods of an hour or more a week."""
    alarm = Alarm.named(name)
    looked_back: Any = alarm.period * alarm.properties["EvaluationPeriods"]
    assert looked_back <= (7 if alarm.period >= 3600 else 1) * 86_400

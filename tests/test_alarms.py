"""The alarms of template.yaml: each wakes somebody, and none is shared with another stack."""

import json
from typing import Any

import pytest

from shared.observability import logger, metrics
from tests.support.template import resources, template

ALARMS = resources("AWS::CloudWatch::Alarm")
STACK = {"Ref": "AWS::StackName"}


def _metrics(alarm: str) -> list[dict[str, Any]]:
    """Return each metric that the alarm reads: namespace, name and dimensions."""
    properties = ALARMS[alarm]
    parts = [part["MetricStat"]["Metric"] for part in properties.get("Metrics", []) if "MetricStat" in part]
    return parts or [properties]


@pytest.mark.parametrize("alarm", ALARMS)
def test_every_alarm_tells_somebody_and_says_when_it_is_over(alarm: str):
    assert ALARMS[alarm]["AlarmActions"] == ALARMS[alarm]["OKActions"] == [{"Ref": "AlarmTopic"}]
    assert ALARMS[alarm].get("ActionsEnabled", True) is True
    assert "Condition" not in resources("AWS::SNS::Topic")["AlarmTopic"]


def test_cloudwatch_may_encrypt_for_the_topic_of_the_alarms():
    assert resources("AWS::SNS::Topic")["AlarmTopic"]["KmsMasterKeyId"] == {"Fn::GetAtt": ["AlarmKey", "Arn"]}
    statements = resources("AWS::KMS::Key")["AlarmKey"]["KeyPolicy"]["Statement"]
    (granted,) = [one for one in statements if one["Principal"] == {"Service": "cloudwatch.amazonaws.com"}]
    assert granted["Effect"] == "Allow"
    assert set(granted["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}


@pytest.mark.parametrize("alarm", ALARMS)
def test_no_alarm_reads_a_metric_of_another_stack_of_the_account(alarm: str):
    """Our own metrics carry the stack's name; those of AWS name a resource of the stack."""
    for metric in _metrics(alarm):
        named = {one["Name"]: one["Value"] for one in metric.get("Dimensions", [])}
        if metric["Namespace"] == "Furtka":
            assert named["service"] == STACK


def test_logs_and_metrics_carry_the_name_of_the_stack(capsys: pytest.CaptureFixture[str]):
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["POWERTOOLS_SERVICE_NAME"] == STACK
    metrics.add_metric("Anything", "Count", 1)
    metrics.flush_metrics()
    assert json.loads(capsys.readouterr().out)["service"] == "furtka-test"
    assert logger.service == "furtka-test"

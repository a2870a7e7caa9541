"""The alarms of template.yaml: each wakes somebody, and none is shared with another stack."""

import json
import re
from typing import Any

import pytest

from shared import errors
from shared.auth import surges
from shared.observability import logger, metrics
from tests.support.alarms import Alarm, resolved
from tests.support.template import ROOT, resources, rules, template

ALARMS = resources("AWS::CloudWatch::Alarm")
STACK = {"Ref": "AWS::StackName"}

OF_THE_ACCOUNT = ("AWS/SNS", "AWS/SES", "AWS/SMSVoice")
"""What AWS counts, limits and stops for a whole account: what is spent on SMS, and the reputation of its e-mail."""


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
        namespace = resolved(metric["Namespace"])
        if namespace == "Furtka":
            assert named["service"] == STACK
        elif namespace not in OF_THE_ACCOUNT:
            assert set(named) & {"ApiName", "FunctionName", "QueueName", "TableName"}


def test_logs_and_metrics_carry_the_name_of_the_stack(capsys: pytest.CaptureFixture[str]):
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["POWERTOOLS_SERVICE_NAME"] == STACK
    metrics.add_metric("Anything", "Count", 1)
    metrics.flush_metrics()
    assert json.loads(capsys.readouterr().out)["service"] == "furtka-test"
    assert logger.service == "furtka-test"


# --- Runbooks ------------------------------------------------------------------------------------------------

RUNBOOKS = (ROOT / "docs" / "runbooks.md").read_text()


def _section(alarm: str) -> str:
    """Return the text below the heading of that name; empty if there is none."""
    _, _, rest = RUNBOOKS.partition(f"\n### {alarm}\n")
    return re.split(r"\n##", rest)[0]


@pytest.mark.parametrize("alarm", ALARMS)
def test_every_alarm_has_a_runbook_that_says_what_it_means_where_to_look_and_what_to_do(alarm: str):
    section = _section(alarm)
    assert [part for part in ("**Means** ", "**Look** ", "**Do** ") if section.count(part) != 1] == []
    assert re.search(r"`[^`]+`", section), "a command, or the alarm that has it"


@pytest.mark.parametrize("alarm", ALARMS)
def test_every_alarms_text_leads_to_its_runbook(alarm: str):
    text = ALARMS[alarm]["AlarmDescription"]["Fn::Sub"]
    assert text.endswith(f" ${{RunbookUrl}}#{alarm.lower()}")  # as GitHub and GitLab name a heading
    assert len(text) < 900


def test_no_runbook_is_of_an_alarm_that_is_gone():
    assert set(re.findall(r"(?m)^### (\w+)$", RUNBOOKS)) == set(ALARMS)
    assert set(re.findall(r"`(\w+Alarm)`", RUNBOOKS)) <= set(ALARMS)


def test_what_a_runbook_names_is_of_the_stack():
    named = set(re.findall(r"\$\(id (\w+)\)", RUNBOOKS)) | set(re.findall(r"`logs (\w+Log)\b", RUNBOOKS))
    assert named <= set(template()["Resources"]) | rules()


def test_the_page_says_what_the_alarms_cost():
    of_new_versions = [
        alarm for alarm in ALARMS if template()["Resources"][alarm].get("Condition") == "DeploysGradually"
    ]
    for alarms in (set(ALARMS) - set(of_new_versions), of_new_versions):
        reads = sum(len(Alarm.named(alarm).metrics) for alarm in alarms)
        assert f"| {len(alarms)} alarms read {reads} metrics | {reads * 0.1:.2f} |" in RUNBOOKS


def test_the_page_says_what_our_own_metrics_cost_at_most():
    """Each name that is printed, of those by country each value, and the authorizer's names of refusals."""
    source = "".join(path.read_text() for folder in ("functions", "layers") for path in (ROOT / folder).rglob("*.py"))
    names = set(re.findall(r'(?:add_metric\((?:name=)?|counted[^=]*=.*?|failed = )"([A-Z]\w+)"', source))
    by_country = {"CodesSent", "CodesVerified"}
    refusals = {
        refusal
        for refusal in re.findall(
            r"raise (\w+)",
            "".join((ROOT / "layers/shared/auth" / name).read_text() for name in ("api_clients.py", "sessions.py")),
        )
        if hasattr(errors, refusal)
    }
    most = len(names - by_country) + len(surges.COUNTED) + 5 * len(by_country) + len(refusals)
    found = re.search(r"at most (\d+) \| ([\d.]+) \|", RUNBOOKS)
    assert found
    assert most <= int(found[1])
    assert f"{int(found[1]) * 0.3:.2f}" == found[2]

"""What a runbook says to look at is what its alarm counts: functions, tables, queues, lines of logs, reasons."""

import inspect
import re
from collections.abc import Iterator

import pytest

from furtka.paths import FUNCTIONS, LAYERS, ROOT
from shared import errors
from shared.auth import surges
from shared.errors import Refusal
from tests.support.alarms import Alarm, resolved
from tests.support.pages import expanded
from tests.support.template import resources, template

RUNBOOKS = (ROOT / "docs" / "runbooks.md").read_text()
ALARMS = resources("AWS::CloudWatch::Alarm")
SOURCE = {path: path.read_text() for folder in (FUNCTIONS, LAYERS / "shared") for path in sorted(folder.rglob("*.py"))}


def section(alarm: str) -> str:
    _, _, rest = RUNBOOKS.partition(f"\n### {alarm}\n")
    return re.split(r"\n##", rest)[0]


def look(alarm: str) -> str:
    """Return what the runbook of an alarm says under Look, with what it takes over from others, loops written out."""
    own = section(alarm).partition("**Look** ")[2].partition("\n\n**Do** ")[0]
    for taken_over in re.findall(r"As ((?:`\w+Alarm`(?: and )?)+)", own):
        own += "".join(look(other) for other in re.findall(r"`(\w+Alarm)`", taken_over))
    return expanded(own)


def _reads(alarm: str, namespace: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the name and the dimensions of each metric of *namespace* that an alarm reads."""
    for metric, _, _ in Alarm.named(alarm).metrics.values():
        if metric.namespace == namespace:
            yield metric.name, dict(metric.dimensions)


def _reading(namespace: str, *names: str) -> list[str]:
    return [alarm for alarm in ALARMS if any(not names or name in names for name, _ in _reads(alarm, namespace))]


@pytest.mark.parametrize("alarm", _reading("AWS/Lambda", "Errors"))
def test_the_logs_of_exactly_the_functions_whose_errors_ring_are_looked_at(alarm: str):
    counted = {about["FunctionName"] for name, about in _reads(alarm, "AWS/Lambda") if name == "Errors"}
    of_others = {"NewVersionErrorsAlarm": set(), "NewVersionOtherErrorsAlarm": counted_by("NewVersionErrorsAlarm")}
    looked_at = {f"{name}Function" for name in re.findall(r"\blogs (\w+)Log\b", look(alarm))}
    assert looked_at - of_others.get(alarm, set()) == counted


def counted_by(alarm: str) -> set[str]:
    return {about["FunctionName"] for _, about in _reads(alarm, "AWS/Lambda")}


@pytest.mark.parametrize("alarm", _reading("AWS/DynamoDB"))
def test_each_table_and_metric_that_rings_is_looked_at(alarm: str):
    shown = look(alarm)
    for name, about in _reads(alarm, "AWS/DynamoDB"):
        assert f"$(total AWS/DynamoDB {name} TableName {about['TableName']})" in shown


@pytest.mark.parametrize("alarm", _reading("AWS/Lambda", "Throttles"))
def test_exactly_the_functions_whose_throttles_ring_are_looked_at(alarm: str):
    counted = {about["FunctionName"] for _, about in _reads(alarm, "AWS/Lambda")}
    assert set(re.findall(r"\$\(total AWS/Lambda Throttles FunctionName (\w+)\)", look(alarm))) == counted


@pytest.mark.parametrize("alarm", _reading("AWS/SQS"))
def test_the_queue_that_rings_is_looked_at_or_the_function_that_empties_it(alarm: str):
    queues = {about["QueueName"] for _, about in _reads(alarm, "AWS/SQS")}
    emptied_by = {
        f"{name.removesuffix('Function')}Log"
        for name, about in resources("AWS::Serverless::Function").items()
        for event in about.get("Events", {}).values()
        if event["Type"] == "SQS" and resolved(event["Properties"]["Queue"]) in queues
    }
    assert [queue for queue in queues if f"$(id {queue})" not in look(alarm)] == [] or {
        log for log in emptied_by if f"logs {log}" in look(alarm)
    }


@pytest.mark.parametrize("alarm", _reading("AWS/Lambda", "Invocations"))
def test_what_is_silent_is_looked_at_and_switched_on_by_its_own_rule(alarm: str):
    ((_, about),) = _reads(alarm, "AWS/Lambda")
    events = resources("AWS::Serverless::Function")[about["FunctionName"]]["Events"]
    (rule,) = [f"{about['FunctionName']}{name}" for name, event in events.items() if event["Type"] == "Schedule"]
    assert f"$(id {rule})" in section(alarm).partition("**Do** ")[0]
    assert f"aws events enable-rule --name $(id {rule})" in section(alarm)


# --- Our own metrics -----------------------------------------------------------------------------------------------

LOGGED_WITH = re.compile(r'logger\.\w+\(\s*(?:"(\w+)"|self\.(\w+))')
COUNTED_WITH = re.compile(r'add_metric\(\s*(?:name=)?(?:"(\w+)"|self\.(\w+))')


def logged_where_counted(metric: str) -> set[str]:
    """Return the words that the code logs in the function in which it counts *metric*."""
    return {word for text in SOURCE.values() for word in _words(text, metric)}


def _words(text: str, metric: str) -> Iterator[str]:
    passes = re.findall(rf'not_moved_on = "(\w+)"(?:(?!\nclass ).)*?\n    failed = "{metric}"', text, re.DOTALL)
    yield from passes
    for body in re.split(r"\n(?=(?:    )?def )", text):
        counted = {
            name or ("" if attribute != "failed" else "failed") for name, attribute in COUNTED_WITH.findall(body)
        }
        of_this = metric in counted or ("failed" in counted and f'failed = "{metric}"' in text)
        if of_this:
            yield from (name for name, _ in LOGGED_WITH.findall(body) if name)


LOGGED = {
    "NoticesLostAlarm": {"notice_lost"},
    "ReportsLostAlarm": {"reports_lost", "queue_failed"},
    "CarrierBusyAlarm": {"notice_waits"},
    "RemindersBrokenAlarm": {"reminder_broken", "reminder_not_moved_on", "factor_not_moved_on"},
    "ExpiriesBrokenAlarm": {"token_broken", "expiry_not_moved_on"},
    "ShipmentsBrokenAlarm": {
        *("shipment_broken", "shipment_not_moved_on"),
        *("large_order_broken", "large_order_not_moved_on"),
    },
}
"""The alarms of which each count leaves a line of its own, and these lines."""


@pytest.mark.parametrize("alarm", LOGGED)
def test_each_line_that_is_logged_with_a_count_is_looked_for(alarm: str):
    ((metric, _),) = _reads(alarm, "Furtka")
    assert logged_where_counted(metric) == LOGGED[alarm]
    assert {word for word in LOGGED[alarm] if word in look(alarm)} == LOGGED[alarm]


@pytest.mark.parametrize("alarm", ["NoticesLostAlarm", "ReportsLostAlarm", "ShipmentsBrokenAlarm"])
def test_what_several_functions_count_is_looked_for_in_every_log(alarm: str):
    assert "`lines " in look(alarm)


# --- Surges --------------------------------------------------------------------------------------------------------

SURGES = {Alarm.named(alarm).properties.get("MetricName"): alarm for alarm in ALARMS}
STANDS_FOR = re.compile(r"except \(?([\w, ]+?)\)? as (\w+):\n\s+raise (\w+) from \2\b")


def _kinds(of: type[Refusal]) -> set[type[Refusal]]:
    """Return the refusal and every kind of it that we have; tests make some of their own."""
    below = {kind for kind in of.__subclasses__() if not kind.__module__.startswith("tests.")}
    return {of}.union(*map(_kinds, below))


def reasons(metric: str) -> set[str]:
    """Return the reason in the log of each refusal that `surges` counts under *metric*, also of those that one stands
    for: it is counted by its cause, and logged by its own name.
    """
    counted = {kind for kind, name in surges.COUNTED.items() if name == metric for kind in _kinds(kind)}
    found = {kind.__name__ for kind in counted}
    for text in SOURCE.values():
        for caught, _, raised in STANDS_FOR.findall(text):
            kinds = [getattr(errors, name.strip(), None) for name in caught.split(",")]
            causes = set().union(*(_kinds(kind) for kind in kinds if inspect.isclass(kind)))
            if causes & counted:
                found.add(raised)
    return found


@pytest.mark.parametrize("metric", sorted(set(surges.COUNTED.values())))
def test_the_reasons_that_a_metric_counts_are_those_that_its_runbook_explains(metric: str):
    rows = re.findall(r"(?m)^\| (`.*?`) \|", section(SURGES[metric]))
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == reasons(metric)
    assert 'saved query "refused networks"' in look(SURGES[metric])


def test_the_query_about_networks_counts_what_the_metrics_count():
    query = template()["Resources"]["GuessersQuery"]["Properties"]
    (listed,) = re.findall(r"reason in \[([^\]]+)\]", query["QueryString"])
    every = set().union(*(reasons(metric) for metric in surges.COUNTED.values()))
    assert set(re.findall(r'"(\w+)"', listed)) == every
    assert "by address, reason" in query["QueryString"]


def test_a_refusal_that_stands_for_a_forged_token_is_among_them():
    assert {"TokenForged", "UnknownSession", "TooManyForgeries", "ClientRefused"} <= reasons("ForgedTokens")
    assert "NotSignedIn" not in reasons("ForgedTokens")


# --- When it is over -----------------------------------------------------------------------------------------------


def ends_by_itself(alarm: str) -> bool:
    """Whether one count rings it and a minute without another ends it, mended or not."""
    properties = Alarm.named(alarm).properties
    once = properties["EvaluationPeriods"] == 1 and properties["Threshold"] == 0
    return (
        once and not _reading_a_queue(alarm) and template()["Resources"][alarm].get("Condition") != "DeploysGradually"
    )


def _reading_a_queue(alarm: str) -> bool:
    return bool(list(_reads(alarm, "AWS/SQS")))


@pytest.mark.parametrize(
    "alarm", [*filter(ends_by_itself, ALARMS), *(SURGES[name] for name in surges.COUNTED.values())]
)
def test_a_runbook_of_an_alarm_that_ends_by_itself_says_when_it_is_over(alarm: str):
    assert section(alarm).count("\n\n**Over** ") == 1


def test_the_page_says_when_it_is_over_and_whom_to_call():
    (common,) = re.findall(r"(?ms)^## When it is over, and whom to call\n(.*?)^## ", RUNBOOKS)
    for whom in ("the owner of the service", "AWS Support", "the carrier"):
        assert f"\n| {whom}" in common

"""What operators see: metrics that exist, queries for what is logged, and nothing secret in any log or trace."""

import json
import re
import socket
from typing import Any

import pytest

from shared.observability import logger
from tests.support.alarms import STACK, resolved
from tests.support.template import ROOT, resources, template
from tests.support.world import World
from tests.test_alarms_ring import DOCUMENTED

SHOWN_TOO = {
    ("AWS/ApiGateway", "4XXError"): ("ApiName", "Stage"),
    ("AWS/Lambda", "Duration"): ("FunctionName",),
    ("AWS/Lambda", "ConcurrentExecutions"): (),
}
"""Metrics of AWS that are shown and ring no alarm, with their dimensions."""

OURS = set(
    re.findall(
        r'"([A-Z][A-Za-z]+)"|\b(CodesSent|CodesVerified)=',
        "".join(path.read_text() for folder in ("functions", "layers") for path in (ROOT / folder).rglob("*.py")),
    )
)
PRINTED = {name for pair in OURS for name in pair if name}
"""Every capitalised text in the code: the names of metrics among them."""


def _widgets() -> list[dict[str, Any]]:
    body = resolved(resources("AWS::CloudWatch::Dashboard")["DashboardPage"]["DashboardBody"])
    return list(json.loads(body)["widgets"])


def _rows() -> list[list[Any]]:
    return [row for widget in _widgets() for row in widget["properties"]["metrics"]]


def test_the_dashboard_is_json_once_its_names_are_put_in():
    widgets = _widgets()
    assert len(widgets) > 10
    assert {widget["type"] for widget in widgets} == {"metric"}
    assert "${" not in json.dumps(widgets)


def test_no_widget_lies_on_another():
    places = [(w["x"] + dx, w["y"] + dy) for w in _widgets() for dx in range(w["width"]) for dy in range(w["height"])]
    assert len(places) == len(set(places))
    assert max(x for x, _ in places) < 24


@pytest.mark.parametrize("row", _rows(), ids=lambda row: f"{row[1]} {row[-2:]}")
def test_each_metric_that_is_shown_exists(row: list[Any]):
    namespace, name, *rest = row
    about = rest.pop() if rest and isinstance(rest[-1], dict) else {}
    dimensions = dict(zip(rest[::2], rest[1::2], strict=True))
    assert set(about) <= {"label", "stat"}
    if namespace == "Furtka":
        assert name in PRINTED
        assert dimensions["service"] == STACK
        return
    known = SHOWN_TOO.get((namespace, name)) or DOCUMENTED.get((namespace, name), ((), ""))[0]
    assert (namespace, name) in SHOWN_TOO | DOCUMENTED
    assert set(dimensions) == set(known) or name == "ConcurrentExecutions"
    for part, kind in (
        ("FunctionName", "Serverless::Function"),
        ("QueueName", "SQS::Queue"),
        ("TableName", "DynamoDB::Table"),
    ):
        assert dimensions.get(part) in {None, *resources(f"AWS::{kind}")}


def test_every_function_and_queue_is_on_the_dashboard():
    shown = json.dumps(_rows())
    missing = [name for name in resources("AWS::Serverless::Function") if f'"{name}"' not in shown]
    assert missing == ["CanaryFunction"], "it is seen by what it counts"
    assert [name for name in resources("AWS::SQS::Queue") if f'"{name}"' not in shown] == []


# --- Saved queries -----------------------------------------------------------------------------------------------

QUERIES = resources("AWS::Logs::QueryDefinition")


NAMED = {resolved(one["Name"]).partition("/")[2]: name for name, one in QUERIES.items()}


def _groups(query: str) -> list[str]:
    """Return the logs that a query reads where the stack has every option."""
    return [resolved(one["Fn::If"][1] if "Fn::If" in one else one) for one in QUERIES[query]["LogGroupNames"]]


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_is_named_after_the_stack_and_reads_its_logs(query: str):
    assert resolved(QUERIES[query]["Name"]).startswith(f"{STACK}/")
    groups = _groups(query)
    assert set(groups) <= set(resources("AWS::Logs::LogGroup"))
    assert len(groups) <= 50


@pytest.mark.parametrize("query", ["MistakesQuery", "OneRequestQuery", "SlowQuery"])
def test_a_query_about_all_functions_reads_the_log_of_each(query: str):
    assert {f"{one.removesuffix('Function')}Log" for one in resources("AWS::Serverless::Function")} == {*_groups(query)}


def test_codes_are_looked_for_in_the_log_of_each_function_that_counts_them():
    """What is given back is counted where a code is proved."""
    counting = re.compile(r"\bconversion\.(?:sent|verified)\(|\bsecond_factor\.prove\(")
    folders = {path.parent.name for path in (ROOT / "functions").rglob("*.py") if counting.search(path.read_text())}
    assert {f"{name.title().replace('_', '')}Log" for name in folders} == {*_groups("CodesByCountryQuery")}


def test_each_saved_query_is_named_by_a_runbook_and_each_that_is_named_exists():
    runbooks = (ROOT / "docs" / "runbooks.md").read_text()
    first, _, sections = runbooks.partition("\n## Requests\n")
    assert {*re.findall(r'(?m)^ *\| "([^"]+)" \|', first)} == {*NAMED}
    assert {name for name in NAMED if f'"{name}"' in sections} == {*NAMED}
    quoted = re.findall(r'saved quer(?:y|ies) "([^"]+)"(?: and "([^"]+)")?', sections)
    assert {name for names in quoted for name in names if name} <= {*NAMED}


def test_a_query_looks_for_words_that_the_code_logs():
    source = "".join(path.read_text() for folder in ("functions", "layers") for path in (ROOT / folder).rglob("*.py"))
    for query in QUERIES.values():
        words = re.findall(r"message (?:= |in \[)([^\]|\n]+)", query["QueryString"])
        for word in re.findall(r'"(\w+)"', " ".join(words)):
            assert f'"{word}"' in source or f"class {word}(" in source


# --- What is kept nowhere ------------------------------------------------------------------------------------------

SECRET = "furtka_api_Canary0000000000000000000000000"


def _access_log() -> dict[str, str]:
    setting = resources("AWS::Serverless::Api")["Api"]["AccessLogSetting"]["Fn::If"][1]
    return dict(json.loads(setting["Format"]))


def test_the_access_log_has_the_route_and_neither_path_nor_query_nor_headers():
    """$context.path is what was typed; $context.resourcePath is the pattern of the route."""
    told = _access_log()
    assert told["resourcePath"] == "$context.resourcePath"
    assert told["requestId"] == "$context.requestId"
    forbidden = ("path", "customDomain", "authorizer", "requestOverride", "identity.userAgent", "identity.caller")
    kept = {value.removeprefix("$context.") for value in told.values()}
    assert [value for value in kept if value.startswith(forbidden)] == []
    assert all(re.fullmatch(r"\$context\.[a-zA-Z.]+", value) for value in told.values())


def test_an_access_log_is_off_in_a_fresh_account_and_owns_no_role_of_the_account():
    assert template()["Parameters"]["AccessLog"]["Default"] == "off"
    assert resources("AWS::ApiGateway::Account") == {}


def test_the_gateway_neither_traces_nor_writes_down_whole_requests():
    properties = resources("AWS::Serverless::Api")["Api"]
    assert properties["TracingEnabled"] is False
    assert [one["DataTraceEnabled"] for one in properties["MethodSettings"]] == [False]


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", f"/tokens/{SECRET}"), ("GET", f"/contacts/{SECRET}"), ("GET", f"/{SECRET}")]
)
def test_a_secret_that_was_pasted_into_a_path_or_a_query_is_in_no_log_and_no_trace(  # noqa: PLR0917 - fixtures
    method: str,
    path: str,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: Any,
):
    """The functions are traced by Lambda itself. Nothing in them sends to X-Ray's daemon, which would be told URLs."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.setblocking(False)
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"127.0.0.1:{daemon.getsockname()[1]}")
        monkeypatch.setenv(
            "_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
        )
        world.call(method, path, query={"key": SECRET}, headers={"Authorization": f"Bearer {SECRET}"})
        with pytest.raises(BlockingIOError):
            daemon.recv(65_536)
    said = "".join(capfd.readouterr()) + "".join(str(vars(record)) for record in caplog.records)
    assert SECRET not in said
    assert logger.service in said


def test_no_library_that_traces_calls_is_in_the_layer():
    pinned = (ROOT / "layers" / "requirements.txt").read_text().lower()
    assert [name for name in ("aws-xray-sdk", "opentelemetry") if f"\n{name}" in pinned] == []

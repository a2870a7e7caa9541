"""Functions as SAM CLI starts them: with the variables that it makes of env.json, and the AWS of the local stack.

There is no Docker here. In the place of its container is a process with the very variables that the container gets.
"""

import json
import os
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from samcli.commands.local.lib.local_lambda import LocalLambdaRunner
from samcli.lib.providers.sam_function_provider import SamFunctionProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider

from furtka.local.runner import Worker
from furtka.local.template import Template
from tests.journeys.client import Stack
from tests.support.template import ROOT

PARAMETERS = {"PanelOrigin": "https://panel.example.com", "MailFrom": "furtka@example.com"}
PATIENCE = 120  # seconds

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class Container(NamedTuple):
    """What `sam local invoke` starts: the template's functions with the variables of an env.json."""

    env_json: dict[str, dict[str, str]]

    def variables(self, name: str) -> dict[str, str]:
        """Return the variables that SAM CLI gives to the container of a function."""
        stacks, _ = SamLocalStackProvider.get_stacks(str(ROOT / "template.yaml"), parameter_overrides=PARAMETERS)
        function = SamFunctionProvider(stacks).get(name)
        runner = LocalLambdaRunner(
            None, None, str(ROOT), None, env_vars_values=self.env_json, aws_region="eu-central-1"
        )
        return dict(runner._make_env_vars(function).resolve())

    def invoke(self, name: str, event: object) -> Any:
        """Return the function's answer to *event*."""
        function = next(one for one in Template(ROOT / "template.yaml", PARAMETERS).functions() if one.name == name)
        image = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(map(str, (function.code, *function.layers)))}
        worker = Worker(function, {**image, **self.variables(name)}, None)
        try:
            imported = json.loads(worker.answer(PATIENCE))
            assert "error" not in imported, imported
            context = {"id": "request-1", "arn": f"arn:aws:lambda:::function:{name}", "timeout": 60}
            worker.send(json.dumps({"event": event, **context}))
            return json.loads(worker.answer(PATIENCE))["result"]
        finally:
            worker.close()


@pytest.fixture(scope="module")
def prepared(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with env.json and the filled-in events, as the commands write them."""
    tmp_path = tmp_path_factory.mktemp("sam")
    said = stack.furtka("sam", "env", "--url", stack.url, "--host", "localhost", "--file", str(tmp_path / "env.json"))
    assert said.returncode == 0, said.stderr
    said = stack.furtka("sam", "events", "--url", stack.url, "--folder", str(tmp_path / "events"))
    assert said.returncode == 0, said.stdout + said.stderr
    return tmp_path


@pytest.fixture
def container(prepared: Path) -> Container:
    return Container(json.loads((prepared / "env.json").read_text()))


def event(prepared: Path, name: str) -> Any:
    return json.loads((prepared / "events" / f"{name}.json").read_text())


def test_each_event_is_answered_by_its_function_with_the_aws_of_the_local_stack(
    stack: Stack, prepared: Path, container: Container, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for function, name in (
        ("LoginFunction", "login"),
        ("VerifyCodeFunction", "verify-code"),
        ("LoginFunction", "session"),
    ):
        answer = container.invoke(function, event(prepared, name))
        assert answer["statusCode"] == 200, answer
    sent = len(stack.outbox())
    assert container.invoke("MessagesFunction", event(prepared, "sms-do"))["statusCode"] == 200
    assert "sam local" in stack.message("sms", stack.demo["phone"], after=sent, about="sam local")
    sent = len(stack.outbox())
    assert container.invoke("NotifyFunction", event(prepared, "notify")) == {"batchItemFailures": []}
    assert stack.message("sms", stack.demo["phone"], after=sent)
    assert container.invoke("RemindersFunction", event(prepared, "daily")) is None


def test_nothing_is_left_to_fill_in(prepared: Path):
    for path in (prepared / "events").iterdir():
        assert re.findall(r"\b[A-Z]+_[A-Z]+\b", path.read_text()) == []


def test_every_container_finds_the_stack_by_the_name_that_was_asked_for(stack: Stack, container: Container):
    port = stack.call("GET", "/_local/environment").json()["AWS_ENDPOINT_URL"].rpartition(":")[2]
    assert {one["AWS_ENDPOINT_URL"] for one in container.env_json.values()} == {f"http://localhost:{port}"}
    for name in container.env_json:
        variables = container.variables(name)
        assert variables["AWS_ENDPOINT_URL"] == f"http://localhost:{port}"
        assert {key: variables[key] for key in container.env_json[name]} == container.env_json[name]


def test_the_aws_of_the_stack_answers_under_the_name_that_containers_use(stack: Stack):
    address = stack.call("GET", "/_local/environment").json()["AWS_ENDPOINT_URL"]
    headers = {
        "Host": f"host.docker.internal:{address.rpartition(':')[2]}",
        "X-Amz-Target": "DynamoDB_20120810.ListTables",
        "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/eu-central-1/dynamodb/aws4_request",
    }
    answer = requests.post(address, data="{}", headers=headers, timeout=PATIENCE)
    assert any("LoginsTable" in name for name in answer.json()["TableNames"])


def test_where_no_stack_runs_the_command_says_so(stack: Stack):
    said = stack.furtka("sam", "env", "--url", "http://127.0.0.1:9")
    assert said.returncode == 2
    assert "is it started (`make run`)?" in said.stderr

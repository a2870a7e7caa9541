"""`--stack` and `--url`: every operator's command finds its stack in the same way, and says so when it finds none."""

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import boto3
import pytest
from moto import mock_aws

from furtka.cli import main
from tests.support import ports

COMMANDS = (["accounts", "enable", "--login", "ann"], ["keys", "status"])
IN_AWS = (
    *COMMANDS,
    ["canary", "create", "--email", "oncall@example.com"],
    ["restore", "void", "--since", "2026-03-01T12:00Z"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_command_says_where_no_stack_answers(command: list[str], capsys: pytest.CaptureFixture[str]):
    with ports.ours() as port:
        url = f"http://127.0.0.1:{port}"
        assert main([*command, "--url", url]) == 2
    said = capsys.readouterr().err
    assert f"no stack answers at {url}" in said
    assert "--url" in said


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_command_is_for_one_stack_only(command: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main([*command, "--url", "http://127.0.0.1:3000", "--stack", "furtka"])
    assert "not allowed with argument" in capsys.readouterr().err


@pytest.fixture
def formation() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("cloudformation", region_name="eu-west-1")


@pytest.mark.parametrize("command", IN_AWS, ids=lambda command: command[0])
def test_a_stack_is_looked_for_in_the_region_that_is_named_and_is_not_taken_for_ours(
    command: list[str], formation: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    topic = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    formation.create_stack(StackName="network", TemplateBody=json.dumps(topic))
    assert main([*command, "--stack", "network", "--region", "eu-west-1"]) == 2
    said = capsys.readouterr().err
    assert "the stack network (in eu-west-1, CREATE_COMPLETE) is not Furtka's, or never was whole" in said
    assert main([*command, "--stack", "network"]) == 2
    assert capsys.readouterr().err == "furtka: there is no stack network in eu-central-1 of account 123456789012\n"


def test_a_stack_of_somebody_else_with_a_function_of_that_name_is_not_taken_for_ours(
    formation: Any, capsys: pytest.CaptureFixture[str]
):
    with_output = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"LoginFunction": {"Value": "shop-login"}},
    }
    formation.create_stack(StackName="shop", TemplateBody=json.dumps(with_output))
    functions, roles = boto3.client("lambda", region_name="eu-west-1"), boto3.client("iam")
    role = roles.create_role(RoleName="shop", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    code = io.BytesIO()
    zipfile.ZipFile(code, "w").close()
    functions.create_function(
        FunctionName="shop-login", Role=role, Runtime="python3.13", Handler="a.b", Code={"ZipFile": code.getvalue()}
    )
    assert main([*COMMANDS[0], "--stack", "shop", "--region", "eu-west-1"]) == 2
    assert "is not Furtka's, or never was whole: it has no LOGINS_TABLE" in capsys.readouterr().err


class Another(BaseHTTPRequestHandler):
    """A server that is no stack, and answers in JSON all the same."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(404)
        self.end_headers()
        self.wfile.write(b'{"message": "no such page"}')

    def log_message(self, *_: Any) -> None:
        """Nothing to say."""


def test_another_server_is_not_taken_for_a_stack_and_no_proxy_is_asked_for_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with ThreadingHTTPServer(("127.0.0.1", 0), Another) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        url = f"http://127.0.0.1:{server.server_port}"
        assert main([*COMMANDS[0], "--url", url]) == 2
        server.shutdown()
    assert f"no stack answers at {url}" in capsys.readouterr().err
    assert Another.asked == ["/_local/environment"]


@pytest.mark.parametrize("command", IN_AWS, ids=lambda command: command[0])
def test_a_region_is_for_a_stack_in_aws(command: list[str], capsys: pytest.CaptureFixture[str]):
    assert main([*command, "--region", "eu-west-1"]) == 2
    assert "it goes with --stack" in capsys.readouterr().err


@pytest.mark.parametrize("moment", ["T", "yesterday", "2026-03-01T12:00", "2026-13-01T12:00Z"])
def test_the_moment_of_a_restore_is_said_how_to_write(moment: str, capsys: pytest.CaptureFixture[str]):
    assert main(["restore", "void", "--since", moment]) == 2
    assert "time zone as in 2026-03-01T12:00Z" in capsys.readouterr().err

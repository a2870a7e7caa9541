"""Where AWS cannot be asked, every command says so in one sentence and ends with status 2."""

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from furtka.cli import main

COMMANDS = (
    ["deploy", "--stack", "furtka-dev", "--mail", "furtka@example.com"],
    ["doctor"],
    ["doctor", "--stack", "furtka-dev"],
    ["leftovers", "--stack", "furtka-dev"],
    ["start", "--stack", "furtka-dev"],
    ["accounts", "create", "--stack", "furtka-dev", "--login", "ann", "--email", "ann@example.com"],
    ["canary", "create", "--stack", "furtka-dev", "--email", "oncall@example.com"],
    ["keys", "status", "--stack", "furtka-dev"],
    ["restore", "void", "--stack", "furtka-dev", "--since", "2026-03-01T12:00Z"],
)
every_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])


class Proxy(BaseHTTPRequestHandler):
    """Answers as a proxy does whose other side is down."""

    def do_POST(self) -> None:
        self.send_response(500)
        self.end_headers()
        self.wfile.write(b"<!DOCTYPE html><p>Bad gateway")

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *_: Any) -> None:
        """Nothing to say."""


@pytest.fixture
def behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        yield
        server.shutdown()


def sentence(command: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(command) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    return line


@every_command
def test_a_profile_that_is_not_there_is_named(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    said = sentence(command, capsys)
    assert "AWS can't be asked: The config profile (nobody) could not be found: AWS_PROFILE" in said


@every_command
def test_an_answer_that_nobody_can_read_is_none(
    command: list[str], behind_a_proxy: None, capsys: pytest.CaptureFixture[str]
):
    assert "its answer can't be read; perhaps a proxy answered" in sentence(command, capsys)


@every_command
def test_an_empty_region_is_no_region(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    assert "name the region" in sentence(command, capsys)


@every_command
def test_an_empty_region_that_is_typed_is_not_that_of_the_configuration(
    command: list[str], capsys: pytest.CaptureFixture[str]
):
    assert "name the region" in sentence([*command, "--region", ""], capsys)


@every_command
@pytest.mark.parametrize("setting", ["AWS_ENDPOINT_URL", "AWS_RETRY_MODE"])
def test_a_setting_that_the_sdk_cannot_use_is_no_traceback(
    command: list[str], setting: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv(setting, "no such thing")
    assert "AWS can't be asked" in sentence(command, capsys)


@every_command
def test_a_region_of_the_configuration_that_is_none_is_named(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "no such thing")
    assert "no such thing is no region of AWS" in sentence(command, capsys)


@pytest.mark.parametrize("options", [[], ["--stack", "furtka-dev"], ["--parameter", "Nothing=1"]])
def test_machines_get_json_from_doctor_even_if_nothing_could_be_looked_at(
    options: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert main(["doctor", "--json", *options]) == 2
    said = capsys.readouterr()
    assert json.loads(said.out)["error"]
    assert said.err == ""

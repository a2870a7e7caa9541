"""The command line keeps its manners: one clear line for a mistake, and an end at once."""

import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
import requests
from moto.server import ThreadedMotoServer

from tests.support.local import soon
from tests.support.template import ROOT

from .conftest import TOY

PLAIN = ("--template", str(TOY), "--no-seed")


def complaint(furtka, *arguments):
    ended = furtka(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("furtka: ")
    assert ended.stderr.count("\n") == 1
    return ended.stderr.removeprefix("furtka: ").strip()


def edited(tmp_path, old, new):
    """The toy with something put wrong."""
    assert old in TOY.read_text()
    for folder in ("functions", "layers"):
        (tmp_path / folder).symlink_to(TOY.parent / folder)
    (tmp_path / "template.yaml").write_text(TOY.read_text().replace(old, new))
    return ("local", "--port", "0", "--no-seed", "--template", str(tmp_path / "template.yaml"))


def test_a_port_in_use_is_said(furtka):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = complaint(furtka, "local", "--port", port)
    assert said == f"port {port} can't be used (Address already in use): choose another with --port"


def test_a_parameter_that_the_template_does_not_have_is_said(furtka):
    said = complaint(furtka, "local", "--port", "0", *PLAIN, "--parameter", "Greting=hi")
    assert said == "the template has no parameter Greting: perhaps Greeting"


def test_a_template_that_is_not_there_is_said(furtka):
    said = complaint(furtka, "local", "--port", "0", "--template", "nowhere.yaml")
    assert said == "the template nowhere.yaml can't be read: Template file not found at nowhere.yaml"


def test_a_resource_that_can_not_be_made_is_said(furtka, tmp_path):
    said = complaint(furtka, *edited(tmp_path, "KeyType: HASH", "KeyType: HUSH"))
    assert said.startswith("NotesTable (AWS::DynamoDB::Table) can't be created here")


def test_a_function_that_can_not_be_imported_is_said_last(furtka, tmp_path):
    ended = furtka(*edited(tmp_path, "toy.door", "nowhere.door"))
    assert ended.returncode == 2
    said = "furtka: DoorFunction can't be started: ModuleNotFoundError: No module named 'nowhere'"
    assert ended.stderr.splitlines()[-1] == said


def test_a_seed_that_fails_is_said_and_ends_the_stack(furtka):
    ended = furtka("local", "--port", "0", "--template", str(TOY))
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].startswith("furtka: the demo account can't be created: ")


def test_a_log_that_can_not_be_written_is_said(furtka, tmp_path):
    said = complaint(furtka, "local", "--port", "0", *PLAIN, "--log", str(tmp_path))
    assert said == f"the log {tmp_path} can't be written (Is a directory)"


def test_a_dynamodb_that_does_not_answer_is_said(furtka):
    said = complaint(furtka, "local", "--port", "0", *PLAIN, "--dynamodb", "http://127.0.0.1:9")
    assert said == "no DynamoDB answers at http://127.0.0.1:9"


def test_firing_without_a_stack_is_said(furtka):
    said = complaint(furtka, "local", "--port", "9", "fire", "EachMorning")
    assert said == "no stack runs on port 9: start one with `make run`"


def test_tables_lie_in_the_dynamodb_that_is_named_and_two_stacks_can_share_it(start):
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        one, other = (start(*PLAIN, "--dynamodb", f"http://{host}:{port}") for _ in range(2))
        assert one.aws("dynamodb").list_tables()["TableNames"] == []
        assert one.door("environment").json()["AWS_ENDPOINT_URL_DYNAMODB"] == f"http://{host}:{port}"
        assert one.post("/_local/fire/weekly").status_code == 204
        assert other.post("/_local/fire/weekly").status_code == 204
    finally:
        server.stop()


def test_parameters_a_log_and_timings_can_be_asked_for(start, tmp_path):
    given = ("--parameter", "Extra=yes", "--parameter", "Greeting=good day")
    local = start(*PLAIN, *given, "--timings", "--log", str(tmp_path / "functions.log"))
    seen = local.door("environment").json()
    assert seen["GREETING"].startswith("good day from furtka-local-")
    assert len(local.aws("dynamodb").list_tables()["TableNames"]) == 2
    local.door("chatter")
    soon(lambda: "printed" in (tmp_path / "functions.log").read_text())
    assert "printed" not in local.log
    assert " s  reading the template" in local.log


def test_nothing_of_the_callers_own_aws_account_is_used(toy):
    assert "real" not in toy.door("environment").json().values()
    assert toy.door("messages").ok


def children(process):
    """Its workers."""
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)], check=False, capture_output=True, text=True
    )
    return [int(pid) for pid in listed.stdout.split()]


def alive(pids):
    return [pid for pid in pids if state(pid) not in ("gone", "Z")]


def state(pid):
    """As the kernel writes it: an orphan that nobody buries, as in some containers, is dead all the same."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "gone"


def ask_in_vain(local):
    """It may be told so, or nothing at all, by a stack that ends."""
    with suppress(requests.RequestException):
        local.door("sleep", "60")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_everything_at_once_whatever_is_going_on(start, ending):
    local = start(*PLAIN)
    workers = children(local.process)
    busy = Thread(target=ask_in_vain, args=(local,))
    busy.start()
    soon(lambda: "asleep" in local.log)
    began = time.monotonic()
    assert local.end(ending) == 130
    assert time.monotonic() - began < 40  # less than a second on an idle machine; what is going on takes a minute
    busy.join()
    assert "Traceback" not in local.log + local.rest
    assert "failed" not in local.log
    assert len(workers) == 4
    assert alive(workers) == []


@pytest.mark.parametrize("step", ["reading the template", "tables, queues, keys and secrets", "functions"])
def test_an_interrupt_while_it_starts_is_just_as_quiet(step):
    command = [sys.executable, "-m", "furtka", "local", "--port", "0", "--timings", *PLAIN]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        while step not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert "Traceback" not in rest


def test_workers_do_not_outlive_a_stack_that_is_killed(start):
    local = start(*PLAIN)
    workers = children(local.process)
    local.end(signal.SIGKILL)
    soon(lambda: not alive(workers))


@pytest.mark.parametrize(
    "arguments",
    [
        ["local", "--port", "ninety"],
        ["local", "--port", "70000"],
        ["local", "--parameter", "name"],
        ["local", "fire"],
        ["nonsense"],
        [],
        ["demo", "--url", "nonsense"],
    ],
)
def test_a_mistyped_command_is_shown_how_it_is_used(furtka, arguments):
    ended = furtka(*arguments)
    assert ended.returncode == 2
    assert ended.stderr.startswith("usage: furtka")
    assert "Traceback" not in ended.stderr

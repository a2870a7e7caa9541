"""`furtka local`: what can be asked of it, and what it says."""

import argparse
import os
import signal
import socket
import sys
import threading
import time
from contextlib import AbstractContextManager, ExitStack, nullcontext
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import requests

from furtka.complaint import Complaint

PORT = 3000
HIGHEST_PORT = 65535
LONGEST_FUNCTION = 900  # seconds that Lambda lets one run

BY_HAND = """GET /_local/outbox shows what was sent, POST /_local/clock {"advance_seconds": 3600} lets time pass, and
POST /_local/carrier {"down": true} lets no SMS get through."""


_interrupted = threading.Event()


def register(subparsers: Any) -> None:
    about = "Serve template.yaml on this machine: no cloud account, no container."
    local = subparsers.add_parser("local", help="run everything on this machine", description=about, epilog=BY_HAND)
    local.add_argument("--port", type=_port, default=PORT, help=f"on 127.0.0.1 ({PORT}; 0 takes any)")
    local.add_argument("--dynamodb", metavar="URL", help="keep the tables in this DynamoDB")
    local.add_argument("--template", type=Path, default=Path("template.yaml"), help="what to serve")
    local.add_argument("--parameter", action="append", default=[], type=_parameter, metavar="NAME=VALUE")
    local.add_argument("--no-seed", action="store_true", help="start without the demo account")
    local.add_argument("--log", type=Path, metavar="FILE", help="where the functions' log goes")
    local.add_argument("--timings", action="store_true", help="say how long each step of the start took")
    local.set_defaults(run=run)
    actions = local.add_subparsers(metavar="[fire NAME]")
    fire = actions.add_parser("fire", help="fire one schedule of the running stack at once")
    fire.add_argument("name", help="its name in the template")
    fire.set_defaults(run=run_fire)


def run(arguments: argparse.Namespace) -> None:
    listener = _listen(arguments.port)
    _forget_real_accounts()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, _interrupt)
    from furtka.local.stack import Stack  # noqa: PLC0415  # takes seconds, so the port is tried first

    with _log(arguments.log) as log, ExitStack() as at_the_end:
        stack = Stack(
            arguments.template,
            listener,
            dynamodb=arguments.dynamodb,
            parameters=dict(arguments.parameter),
            log=log,
            tell=_Stopwatch() if arguments.timings else None,
        )
        at_the_end.callback(stack.stop)
        stack.start(seeded=not arguments.no_seed)
        print(_banner(stack.url, stack.demo), flush=True)
        _interrupted.wait()
        raise KeyboardInterrupt  # it came earlier, where some library caught all that was raised


def run_fire(arguments: argparse.Namespace) -> None:
    url = f"http://127.0.0.1:{arguments.port}/_local/fire/{quote(arguments.name, safe='')}"
    try:
        answer = requests.post(url, timeout=LONGEST_FUNCTION)
        refusal = "" if answer.status_code == HTTPStatus.NO_CONTENT else answer.json()["message"]
    except (requests.RequestException, KeyError) as error:
        raise Complaint(f"no stack runs on port {arguments.port}: start one with `furtka local`") from error
    if refusal:
        raise Complaint(refusal)
    print(f"{arguments.name} fired")


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"a port is between 0 and {HIGHEST_PORT}")
    return port


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError("a parameter is written NAME=VALUE")
    return name, value


def _log(path: Path | None) -> AbstractContextManager[IO[str] | None]:
    try:
        return path.open("a") if path else nullcontext()
    except OSError as error:
        raise Complaint(f"the log {path} can't be written ({os.strerror(error.errno or 0)})") from error


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port), backlog=128)
    except OSError as error:
        raise Complaint(
            f"port {port} can't be used ({os.strerror(error.errno or 0)}): choose another with --port"
        ) from error


def _forget_real_accounts() -> None:
    """Whatever AWS account this shell is set up for, nothing here may reach it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "SAM_CLI_TELEMETRY": "0",
        "MOTO_DISABLE_GLOBAL_CORS": "true",  # no web page reads these tables and secrets
    }


def _interrupt(*_: object) -> None:
    _interrupted.set()
    raise KeyboardInterrupt


class _Stopwatch:
    def __init__(self) -> None:
        self._started = time.monotonic()

    def __call__(self, step: str) -> None:
        print(f"{time.monotonic() - self._started:6.2f} s  {step}", file=sys.stderr, flush=True)


def _banner(url: str, demo: dict[str, Any] | None) -> str:
    shown = "  sign in as   {login}   password {password}   phone {phone}\n  call the API with   Bearer {api_token}"
    account = shown.format(**demo) if demo else ""
    lines = (
        f"Furtka is ready at {url}",
        account,
        f"  its SMS and e-mail   {url}/_local/outbox",
        "  a whole sign-in      furtka demo" + ("" if url.endswith(f":{PORT}") else f" --url {url}"),
        "  Ctrl-C stops it",
    )
    return "\n".join(line for line in lines if line)

"""`furtka local`: run the whole stack on this machine, and `furtka local fire`: run one of its schedules."""

import argparse
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import requests

from furtka import arguments as words
from furtka import target
from furtka.complaint import Complaint

PORT = 3000
LONGEST_FUNCTION = 900  # seconds that Lambda lets one run
MOMENT = 0.5  # seconds

PAGES = """GET /_local/outbox shows every SMS and e-mail that was sent, GET /_local/events every
audit event, POST /_local/clock {"advance_seconds": 3600}
moves the clock forward, and POST /_local/carrier {"down": true} makes the SMS carrier fail. POST
/_local/mail {"to": "ann@example.com", "became": "bounced"} tells what became of an e-mail."""


_interrupted = threading.Event()


def register(subparsers: Any) -> None:
    about = "Serve template.yaml on this machine, without a cloud account and without containers."
    local = subparsers.add_parser("local", help="run the stack on this machine", description=about, epilog=PAGES)
    local.add_argument(
        "--port", type=words.port, default=PORT, help=f"port on 127.0.0.1 (default: {PORT}; 0: any free one)"
    )
    local.add_argument(
        "--dynamodb", metavar="URL", type=words.address, help="address of a DynamoDB Local to keep the tables in"
    )
    local.add_argument("--template", type=Path, default=Path("template.yaml"), help="template (default: template.yaml)")
    local.add_argument(
        "--parameter",
        action="append",
        default=[],
        type=words.pair,
        metavar="NAME=VALUE",
        help="value of a template parameter; may be repeated",
    )
    local.add_argument(
        "--also",
        type=Path,
        metavar="FOLDER",
        help="serve another API that uses the authorizer on the next port, as examples/protected-api",
    )
    local.add_argument("--no-seed", action="store_true", help="start without the demo account")
    local.add_argument("--log", type=Path, metavar="FILE", help="file for the functions' log (default: standard error)")
    local.add_argument("--timings", action="store_true", help="print how long each step of the start takes")
    local.set_defaults(run=run)
    actions = local.add_subparsers(metavar="[fire NAME]")
    about = "run one schedule of the running stack now"
    fire = actions.add_parser("fire", help=about, description=f"{about}. What came of it is in the functions' log.")
    fire.add_argument("name", help="name of the schedule in the template")
    fire.set_defaults(run=run_fire)


def run(arguments: argparse.Namespace) -> None:
    """Start the stack and serve until Ctrl-C."""
    parameters = words.once(arguments.parameter)
    listener = _listen(arguments.port)
    beside = _listen(arguments.port and arguments.port + 1) if arguments.also else None
    other = arguments.also / "template.yaml" if arguments.also else None
    _clear_aws_settings()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, _interrupt)
    from furtka.local.stack import Stack  # noqa: PLC0415  # takes seconds, so the port is tried first

    with _log(arguments.log) as log, ExitStack() as at_the_end:
        stack = Stack(
            arguments.template,
            listener,
            dynamodb=arguments.dynamodb,
            parameters=parameters,
            others=[other] if other else [],
            log=log,
            tell=_Stopwatch() if arguments.timings else None,
        )
        at_the_end.callback(stack.stop)
        stack.start(seeded=not arguments.no_seed)
        also = stack.also(other, beside) if other and beside else ""
        print(_banner(stack.url, stack.demo, also, stack.proxy_headers()), flush=True)
        while not _interrupted.is_set():
            time.sleep(MOMENT)  # a wait without end would sleep through a signal that comes just before it begins
        raise KeyboardInterrupt  # again: the first one may have been raised inside a library that caught it


def run_fire(arguments: argparse.Namespace) -> None:
    """Run a schedule of the stack that listens on the port."""
    url = f"http://127.0.0.1:{arguments.port}/_local/fire/{quote(arguments.name, safe='')}"
    try:
        answer = target.here().post(url, timeout=LONGEST_FUNCTION)
        refusal = "" if answer.status_code == HTTPStatus.NO_CONTENT else answer.json()["message"]
    except (requests.RequestException, KeyError, TypeError) as error:
        raise Complaint(f"no stack runs on port {arguments.port}: start one with `make run`") from error
    if refusal:
        raise Complaint(refusal)
    print(f"{arguments.name} fired. What came of it is in the functions' log (of `make run`: .furtka/functions.log)")


def _log(path: Path | None) -> AbstractContextManager[IO[str] | None]:
    try:
        return path.open("a") if path else nullcontext()
    except OSError as error:
        raise Complaint(f"the log {path} can't be written ({os.strerror(error.errno or 0)})") from error


def _listen(port: int) -> socket.socket:
    if port > words.HIGHEST_PORT:  # that of --also, which is the next one
        raise Complaint(f"port {port} can't be used: the highest is {words.HIGHEST_PORT}")
    try:
        return socket.create_server(("127.0.0.1", port), backlog=128)
    except OSError as error:
        raise Complaint(
            f"port {port} can't be used ({os.strerror(error.errno or 0)}): choose another with --port"
        ) from error


def _clear_aws_settings() -> None:
    """Remove the shell's AWS settings from the environment, so that nothing here can reach a real account."""
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
    """Prints each step of the start with the seconds since it began."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def __call__(self, step: str) -> None:
        print(f"{time.monotonic() - self._started:6.2f} s  {step}", file=sys.stderr, flush=True)


def _banner(url: str, demo: dict[str, Any] | None, also: str, proxy: Mapping[str, str]) -> str:
    """Return what is printed when the stack is ready.

    *also* is the address of the other API, if there is one, and *proxy* what each request needs of CloudFront.
    """
    shown = "  sign in as   {login}   password {password}   phone {phone}\n  call the API with   Bearer {api_token}"
    account = shown.format(**demo) if demo else ""
    behind = " ".join(f"-H '{name}: {value}'" for name, value in proxy.items())
    played = "  a whole sign-in      make demo" + ("" if url.endswith(f":{PORT}") else f' ARGS="--url {url}"')
    lines = (
        f"Furtka is ready at {url}",
        account,
        f"  its SMS and e-mail   {url}/_local/outbox",
        f"  behind CloudFront    curl {behind}" if proxy else played,
        f"  the other API        {also}" if also else "",
        "  Ctrl-C stops it",
    )
    return "\n".join(line for line in lines if line)

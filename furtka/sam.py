"""`furtka sam`: what `sam local` needs so that functions in its containers use the AWS of `furtka local`."""

import argparse
import json
import uuid
from pathlib import Path
from typing import Any

from furtka import arguments as words
from furtka.complaint import Complaint
from furtka.demo import Api, Outbox
from furtka.paths import ROOT
from furtka.target import LOCAL

HOST = "host.docker.internal"
"""The name of this machine in the containers of Docker Desktop."""

EVENTS = ROOT / "events"


def register(subparsers: Any) -> None:
    about = "Prepare `sam local` to use the AWS of a running `furtka local`, see docs/sam-local.md."
    sam = subparsers.add_parser("sam", help="prepare `sam local`", description=about)
    actions = sam.add_subparsers(metavar="ACTION", required=True)
    about = "write the file for --env-vars"
    env = actions.add_parser("env", help=about, description=about)
    env.add_argument("--host", default=HOST, help=f"this machine as containers name it (default: {HOST})")
    env.add_argument("--file", type=Path, default=Path("env.json"), help="where to write (default: env.json)")
    env.set_defaults(run=run_env)
    about = "fill in events/*.json for the demo account, which signs in for it"
    events = actions.add_parser("events", help=about, description=about)
    events.add_argument("--folder", type=Path, default=Path(".furtka/events"), help="default: .furtka/events")
    events.set_defaults(run=run_events)
    for action in (env, events):
        action.add_argument(
            "--url", type=words.address, default=LOCAL, help=f"address of the running stack (default: {LOCAL})"
        )


def run_env(arguments: argparse.Namespace) -> None:
    """Write the environment variables of each function, as `sam local --env-vars` reads them."""
    functions = Api(arguments.url).get("/_local/functions")
    if not isinstance(functions, dict):
        raise Complaint(f"the stack at {arguments.url} is not one of `furtka local`")
    _write(arguments.file, {name: _reachable(variables, arguments.host) for name, variables in functions.items()})
    print(
        f"{arguments.file} is written: .venv/bin/sam local start-api --env-vars {arguments.file} --region eu-central-1"
    )


def run_events(arguments: argparse.Namespace) -> None:
    """Write the events, with the demo account's password and token, a session, and a challenge with its code."""
    words = _words(Api(arguments.url))
    for path in sorted(EVENTS.glob("*.json")):
        text = path.read_text()
        for word, value in words.items():
            text = text.replace(word, value)
        _write(arguments.folder / path.name, json.loads(text))
    print(f"{arguments.folder} has the events; the code in verify-code.json is good for five minutes")


def _reachable(variables: dict[str, str], host: str) -> dict[str, str]:
    """Return the variables that a function declares, with its AWS where a container finds it."""
    if "AWS_ENDPOINT_URL_DYNAMODB" in variables:
        raise Complaint("this stack keeps its tables in another DynamoDB: start it without --dynamodb")
    endpoint = variables["AWS_ENDPOINT_URL"].replace("127.0.0.1", host)
    return {**variables, "AWS_ENDPOINT_URL": endpoint}


def _words(api: Api) -> dict[str, str]:
    """Return what the words in capitals stand for."""
    account = api.get("/_local/demo")
    if not isinstance(account, dict):
        raise Complaint("this stack has no demo account: start it without --no-seed")
    sign_in = {"login": account["login"], "password": account["password"]}
    challenge, code = _challenge(api, sign_in)
    opened = api.call("POST", "/verify-code", {"challenge_id": challenge, "code": code})
    challenge, code = _challenge(api, sign_in)
    return {
        "PASSWORD": account["password"],
        "API_TOKEN": account["api_token"],
        "SESSION_TOKEN": opened["session"]["token"],
        "CHALLENGE_ID": challenge,
        "SMS_CODE": code,
        "NOTICE_ID": str(uuid.uuid4()),
    }


def _challenge(api: Api, sign_in: dict[str, str]) -> tuple[str, str]:
    """Sign in as far as to the second factor, and return the id of the challenge and its code."""
    outbox = Outbox(api)
    asked = api.call("POST", "/login", sign_in)
    return asked["challenge"]["id"], outbox.code()


def _write(path: Path, content: object) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n")
    except OSError as error:
        raise Complaint(f"{path} can't be written: {error.strerror}") from error

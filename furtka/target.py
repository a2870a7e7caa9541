"""The stack that an operator's command is for: its options on the command line, and how it is reached."""

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import requests

from furtka import arguments as words
from furtka import aws, stacks
from furtka.complaint import Complaint

LOCAL = "http://127.0.0.1:3000"
PATIENCE = 30  # seconds

OWN_VARIABLE = "LOGINS_TABLE"
"""A variable that every function of ours has, whatever it does."""


def add_options(action: argparse.ArgumentParser) -> None:
    """Let the command be told its stack: in AWS by a name, on this machine by an address."""
    where = action.add_mutually_exclusive_group()
    where.add_argument("--stack", metavar="NAME", type=words.stack, help="name of the CloudFormation stack in AWS")
    where.add_argument("--url", type=words.address, help=f"address of a stack on this machine (default: {LOCAL})")
    action.add_argument("--region", help="with --stack: region of AWS (default: that of your AWS configuration)")


def add_action(
    actions: Any, name: str, run: Callable[[argparse.Namespace], None], about: str
) -> argparse.ArgumentParser:
    """Add the action *name* of a command, which is for a stack, and return its parser."""
    action: argparse.ArgumentParser = actions.add_parser(name, help=about, description=about)
    add_options(action)
    action.set_defaults(run=run)
    return action


@contextmanager
def answering() -> Iterator[None]:
    """Turn the silence of the stack's AWS into Complaint. For what is done once the stack is connected."""
    from shared.errors import Unavailable  # noqa: PLC0415 - found only now

    try:
        with aws.answering("AWS does not answer"):
            yield
    except Unavailable as failure:
        raise aws.CannotAsk("AWS does not answer") from failure


def connect(arguments: argparse.Namespace) -> datetime:
    """Set the environment variables of the stack's functions (tables, queue, keys), and return the stack's time."""
    # The clock of a local stack may be ahead of this machine's: a link made by real time could be expired there.
    if arguments.region and not arguments.stack:
        raise Complaint("--region says where in AWS a stack is, so it goes with --stack")
    if arguments.stack:
        os.environ |= _environment_in_aws(arguments.stack, arguments.region)
    elif arguments.url or OWN_VARIABLE not in os.environ:
        url = arguments.url or LOCAL
        os.environ |= _local_page(url, "environment")
        return datetime.fromisoformat(_local_page(url, "clock")["now"])
    return datetime.now(UTC)


def _environment_in_aws(stack: str, region: str | None) -> dict[str, str]:
    """Return the environment of a deployed function: it names everything that an operator's command needs.

    And the region, for every client that is made from now on. Raises Complaint if the stack is not Furtka's.
    """
    session = aws.session(region, command=f"--stack {stack} --region eu-central-1")
    found = stacks.ours(session, stack)
    function = stacks.outputs(found)[stacks.OWN_OUTPUT]
    with stacks.reaching(stack):
        configuration = session.client("lambda").get_function_configuration(FunctionName=function)
    variables = configuration.get("Environment", {}).get("Variables", {})
    if OWN_VARIABLE not in variables:  # others may call a function so, too
        raise stacks.not_ours(stack, session.region_name, found["StackStatus"], lacks=OWN_VARIABLE)
    # The function's own endpoint is empty, and would hide the one by which this command reaches AWS.
    named = {name: value for name, value in variables.items() if not name.startswith("AWS_")}
    return {**named, "AWS_DEFAULT_REGION": session.region_name}


def here() -> requests.Session:
    """Return a client for stacks on this machine: no proxy is asked, and no .netrc adds a password."""
    client = requests.Session()
    client.trust_env = False
    return client


def _local_page(url: str, what: str) -> dict[str, str]:
    """Return what the stack on this machine serves under `/_local/`."""
    try:
        answer = here().get(f"{url}/_local/{what}", timeout=PATIENCE)
        answer.raise_for_status()
        return dict(answer.json())
    except (requests.RequestException, ValueError, TypeError) as failure:
        raise Complaint(
            f"no stack answers at {url}: start one with `make run`, or name another one with --url or --stack"
        ) from failure

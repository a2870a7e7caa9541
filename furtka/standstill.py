"""`furtka stop` and `furtka start`: let nothing of a stack run while its tables are restored. See docs/recovery.md."""

import argparse
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3

from furtka import arguments as words
from furtka import aws, parameters, stacks
from furtka.complaint import Complaint, must_be_meant

PAUSE = 5  # seconds
OWN_TABLE = "LoginsTable"
LOOKS = 36
"""How often a mapping is looked at until it is off: for three minutes. AWS mostly takes less than one."""


def register(subparsers: Any) -> None:
    _command(subparsers, "stop", _stop, "let nothing of a stack run: no request, no queue, no schedule")
    _command(subparsers, "start", _start, "let a stopped stack run again, as its template and parameters say")


def _command(subparsers: Any, name: str, do: Callable[["Running"], None], about: str) -> None:
    command = subparsers.add_parser(name, help=about, description=f"{about}. See docs/recovery.md.")
    about = "name of the CloudFormation stack"
    command.add_argument("--stack", metavar="NAME", type=words.stack, required=True, help=about)
    command.add_argument("--region", help="region of AWS (default: that of your AWS configuration)")
    command.set_defaults(run=lambda arguments: _run(do, arguments))


def _run(do: Callable[["Running"], None], arguments: argparse.Namespace) -> None:
    session = aws.session(arguments.region, command=f"--stack {arguments.stack} --region eu-central-1")
    stack = stacks.ours(session, arguments.stack)
    running = Running(session, arguments.stack, stacks.given(stack))
    with stacks.reaching(arguments.stack):
        running.must_be_ours(stack["StackStatus"])
    with aws.answering("AWS does not do it, and the command can be repeated"):
        do(running)


def _stop(running: "Running") -> None:
    must_be_meant(running.stack, "Nobody will be able to sign in, and nothing will be sent.")
    running.stop()
    print(f"{running.stack} is stopped. What runs still ends within a minute. Go on with: furtka start")


def _start(running: "Running") -> None:
    running.start()
    print(f"{running.stack} runs, as its template and parameters say.")


@dataclass(frozen=True)
class Running:
    """What runs of a stack: its functions, and the queues, streams and schedules that call them."""

    session: boto3.Session
    stack: str
    parameters: Mapping[str, str]

    def must_be_ours(self, status: str) -> None:
        """Raise Complaint for somebody else's stack, which may have a LoginFunction too."""
        if OWN_TABLE not in self._names("AWS::DynamoDB::Table"):
            raise stacks.not_ours(self.stack, self.session.region_name, status, lacks=OWN_TABLE)

    def stop(self) -> None:
        """Switch off what calls functions, wait until that is off, and then let no function run.

        In this order: a queue that calls a function which may not run counts a receipt for each message, and gives it
        up as undeliverable. A stream that is off goes on where it was, if that is within a day.
        """
        for name in self._rules:
            self._events.disable_rule(Name=name)
        for mapping in self._mappings():
            self._lambda.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        self._wait_until_off()
        for function in self._functions.values():
            self._lambda.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)

    def start(self) -> None:
        """Let functions run, with what the parameters reserve for them, and then switch on what calls them."""
        for logical, function in self._functions.items():
            if reserved := reserved_for(logical, self.parameters):
                self._lambda.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=reserved)
            else:
                self._lambda.delete_function_concurrency(FunctionName=function)
        for mapping in self._mappings():
            self._lambda.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
        for name in self._rules:
            self._events.enable_rule(Name=name)

    def _wait_until_off(self) -> None:
        for _ in range(LOOKS):
            if all(mapping["State"] == "Disabled" for mapping in self._mappings()):
                return
            time.sleep(PAUSE)
        raise Complaint("AWS has not switched off all queues and streams yet, and functions run: repeat the command")

    def _mappings(self) -> Iterator[dict[str, Any]]:
        """Yield what calls the functions from queues and streams, also what was made by hand in a restore."""
        functions = set(self._functions.values())
        for page in self._lambda.get_paginator("list_event_source_mappings").paginate():
            yield from (one for one in page["EventSourceMappings"] if one["FunctionArn"].split(":")[6] in functions)

    @cached_property
    def _functions(self) -> dict[str, str]:
        return self._names("AWS::Lambda::Function")

    @cached_property
    def _rules(self) -> list[str]:
        return list(self._names("AWS::Events::Rule").values())

    def _names(self, kind: str) -> dict[str, str]:
        """Return physical names by logical ones."""
        pages = self._formation.get_paginator("list_stack_resources").paginate(StackName=self.stack)
        found = [one for page in pages for one in page["StackResourceSummaries"] if one["ResourceType"] == kind]
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}

    @cached_property
    def _formation(self) -> Any:
        return self.session.client("cloudformation")

    @cached_property
    def _lambda(self) -> Any:
        return self.session.client("lambda")

    @cached_property
    def _events(self) -> Any:
        return self.session.client("events")


def reserved_for(logical: str, given: Mapping[str, str]) -> int:
    """Return how many invocations the template reserves for a function, under these parameters; 0 for none.

    It is read there and kept nowhere, so that a stack that was stopped twice, or by somebody else, starts as it was.
    """
    function = parameters.template()["Resources"].get(logical, {"Properties": {}})
    match function["Properties"].get("ReservedConcurrentExecutions"):
        case {"Fn::If": [_, {"Ref": parameter}, _]}:
            return int(given.get(parameter, "0"))
    return 0

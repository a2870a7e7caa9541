"""Commands of AWS's own command line, held against the SDK's description of the services: `aws` is not installed."""

import re
import shlex
from collections.abc import Iterator
from functools import cache

import botocore.session
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel, ServiceModel

EVERYWHERE = {"region", "profile", "output", "query", "no-cli-pager", "cli-binary-format", "max-items"}
"""Options that every command of `aws` has; `max-items` those that answer in pages."""

COMMAND = r"(?<![\w/])aws [a-z0-9-]+ [a-z0-9-]+(?:[ ](?!aws |lists? |says? |and |or )[^\s`]+)*"
"""A command in a sentence ends before the next one, and before the words by which our sentences go on."""

RENAMED = {("Subscribe", "endpoint"): "notification-endpoint"}
"""Options that `aws` calls otherwise, since it has one of that name itself."""


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each command of `aws` in a text, as a shell would split it."""
    for line in re.findall(COMMAND, text):
        yield shlex.split(line.rstrip(").,;"))


def faults(words: list[str]) -> list[str]:
    """Return what AWS's command line would not know of a command: service, operation, or an option."""
    try:
        service = _session().get_service_model(words[1])
    except UnknownServiceError:
        return [f"no service {words[1]}"]
    if words[2] == "wait":
        return _not_a_waiter(service, words[3])
    operations = {xform_name(name).replace("_", "-"): name for name in service.operation_names}
    if words[2] not in operations:
        return [f"{words[1]} has no operation {words[2]}"]
    return list(_unknown(service.operation_model(operations[words[2]]), words[3:]))


def _not_a_waiter(service: ServiceModel, name: str) -> list[str]:
    waiters = _session().get_waiter_model(service.service_name).waiter_names
    known = {xform_name(waiter).replace("_", "-") for waiter in waiters}
    return [] if name in known else [f"{service.service_name} has nothing to wait for {name}"]


def _unknown(operation: OperationModel, words: list[str]) -> Iterator[str]:
    shape = operation.input_shape
    plain = {xform_name(name).replace("_", "-") for name in (shape.members if shape else {})}
    members = {RENAMED.get((operation.name, name), name) for name in plain}
    given = {word[2:] for word in words if word.startswith("--")}
    named = {name.removeprefix("no-") if name not in members else name for name in given - EVERYWHERE}
    yield from (f"{operation.name} has no --{name}" for name in sorted(named - members))
    needed = {xform_name(name).replace("_", "-") for name in (shape.required_members if shape else [])}
    yield from (f"{operation.name} needs --{name}" for name in sorted(needed - named))

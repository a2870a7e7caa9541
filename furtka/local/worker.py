"""One Lambda environment: a process that holds one function and handles one event at a time.

Started as a script by `furtka.local.runner` and talks to it in lines of JSON. Standard library only, so that
a function finds here nothing but its own code and its layers.
"""

import importlib
import json
import os
import sys
import time
import traceback
from typing import Any, TextIO


class Context:
    """What Lambda hands over beside the event."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.invoked_function_arn = request["arn"]
        self.aws_request_id = request["id"]
        self.client_context = None
        self.identity = None
        self._deadline = time.monotonic() + request["timeout"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def take_the_pipes() -> tuple[TextIO, TextIO]:
    """Keeps the runner's pipes for us: what a function prints goes to its log, and it has nothing to read."""
    requests, answers = os.fdopen(os.dup(0), "r"), os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return requests, answers


def load(handler: str) -> Any:
    module, _, name = handler.rpartition(".")
    return getattr(importlib.import_module(module), name)


def guarded(step: Any, *arguments: Any) -> str:
    """The line that answers: a result, or an error whose story went to the log, as Lambda would put it."""
    try:
        return json.dumps({"result": step(*arguments)})
    except Exception as error:  # noqa: BLE001  # whatever a function raises is ours to report
        print(f"[ERROR] {traceback.format_exc()}", file=sys.stderr, flush=True)
        return json.dumps({"error": type(error).__name__, "message": str(error)})


def main(handler: str) -> None:
    requests, answers = take_the_pipes()
    function: list[Any] = []
    answers.write(guarded(lambda: function.append(load(handler))) + "\n")
    answers.flush()
    for line in requests:
        request = json.loads(line)
        answers.write(guarded(function[0], request["event"], Context(request)) + "\n")
        answers.flush()
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])

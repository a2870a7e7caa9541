"""One Lambda environment: a process that holds one function and handles one event at a time.

`furtka.local.runner` starts it as a script and talks to it in lines of JSON. It imports only the standard library, so
that a function finds nothing here but its own code and its layers.
"""

import importlib
import json
import os
import sys
import time
import traceback
from typing import Any, TextIO


class Context:
    """The context object that Lambda passes with the event."""

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
    """Return the pipes to and from the runner, and detach standard input and output from them."""
    # What a function prints must go to its log and not between the answers, and it must not read our requests.
    requests, answers = os.fdopen(os.dup(0), "r"), os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return requests, answers


def load(handler: str) -> Any:
    """Return the handler by its name in the template, as `login.handler.lambda_handler`."""
    module, _, name = handler.rpartition(".")
    return getattr(importlib.import_module(module), name)


def guarded(step: Any, *arguments: Any) -> str:
    """Run *step* and return the answer's line: its result, or an error. The traceback goes to the log, as in Lambda."""
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

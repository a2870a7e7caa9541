"""Runs the functions: each in a process of its own that handles one event at a time, as in Lambda."""

import json
import os
import selectors
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

from furtka.complaint import Complaint
from furtka.local.cloud import ACCOUNT, REGION
from furtka.local.template import Function

WORKER = Path(__file__).with_name("worker.py")

INIT_SECONDS = 120  # Lambda gives 10, on a machine that does nothing else
SLOWER_BY = 10  # seconds: a busy machine makes clients slowly, and functions of a deadline would do nothing then
PAYLOAD_LIMIT = 6 * 1024 * 1024  # bytes of an event or of a result that Lambda carries

INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "COVERAGE_PROCESS_START")


class FunctionFailed(Exception):
    """The function raised, its process ended, it ran too long, or its answer was too large for Lambda.

    `said` is the text of what it raised, which API Gateway reads if the function is an authorizer.
    """

    def __init__(self, why: str, said: str = "") -> None:
        super().__init__(why)
        self.said = said


class EventTooLarge(Exception):
    """The event is larger than Lambda accepts."""


class Worker:
    """A process that runs worker.py. Each request is a line of JSON, each answer is one."""

    def __init__(self, function: Function, variables: Mapping[str, str], log: IO[str] | None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(WORKER), function.handler],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=function.code,
            env=variables,
            process_group=0,  # so that Ctrl-C in the terminal reaches only this process, which ends the workers
        )
        self._requests = cast(IO[str], self._process.stdin)
        self._answers = cast(IO[str], self._process.stdout)

    def send(self, request: str) -> None:
        with suppress(BrokenPipeError):  # the process ended: `answer` will report it
            self._requests.write(request + "\n")
            self._requests.flush()

    def answer(self, timeout: float) -> str:
        """Return the next line. Raises FunctionFailed after *timeout* seconds, or if the process ended."""
        if not self._has_answer_within(timeout):
            raise FunctionFailed(f"timed out after {timeout} seconds")
        line = self._answers.readline()
        if not line:
            raise FunctionFailed("its process ended")
        return line

    def _has_answer_within(self, timeout: float) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._answers, selectors.EVENT_READ)
            return bool(selector.select(timeout))

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        """Kill the process, wait for its end, and close its pipes."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._requests, self._answers):
            with suppress(BrokenPipeError):  # closing writes what is buffered, and nobody reads it any more
                pipe.close()


class Environment:
    """One function's worker, replaced after its process ended or had to be killed."""

    def __init__(self, function: Function, variables: Mapping[str, str], log: IO[str] | None) -> None:
        self.function = function
        self._log = log
        self._variables = {**_inherited(), **variables, **_lambda_variables(function)}
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._imported = False
        self._closed = False

    def start(self) -> None:
        """Start the process without waiting: `ready` or the first `invoke` waits until the handler is imported."""
        self._worker, self._imported = Worker(self.function, self._variables, self._log), False

    def ready(self) -> None:
        """Wait until the handler is imported. Raises Complaint if that fails."""
        with self._lock:
            try:
                self._ready_worker()
            except FunctionFailed as failure:
                raise Complaint(f"{self.function.name} can't be started: {failure}") from failure

    def invoke(self, event: Any) -> Any:
        """Return the function's answer. Raises FunctionFailed or EventTooLarge."""
        request = json.dumps({"event": event, **self._context()})
        if len(request) > PAYLOAD_LIMIT:
            raise EventTooLarge
        with self._lock:
            worker = self._ready_worker()
            worker.send(request)
            line = self._answer(worker, self.function.timeout)
        return _result(line)

    def _context(self) -> dict[str, Any]:
        name, timeout = self.function.name, self.function.timeout
        return {"id": str(uuid.uuid4()), "arn": arn(name), "timeout": timeout + SLOWER_BY}

    def _ready_worker(self) -> Worker:
        """Return a worker whose handler is imported. Raises FunctionFailed if the import fails."""
        if self._closed:
            raise FunctionFailed("the stack is stopping")
        if self._worker is None:
            self.start()
        worker = cast(Worker, self._worker)
        if not self._imported:
            self._check_import(json.loads(self._answer(worker, INIT_SECONDS)))
        return worker

    def _check_import(self, answer: dict[str, Any]) -> None:
        if "error" in answer:
            self._close()
            raise FunctionFailed(f"{answer['error']}: {answer['message']}")
        self._imported = True

    def _answer(self, worker: Worker, timeout: float) -> str:
        try:
            return worker.answer(timeout)
        except FunctionFailed:
            self._close()
            raise

    def _close(self) -> None:
        if self._worker:
            self._worker.close()
            self._worker = None

    def stop(self) -> None:
        """Kill the process at once, even during a request."""
        self._closed = True
        # Without the lock, which an invocation holds while it waits: the kill is what ends that wait.
        if worker := self._worker:
            worker.kill()
        with self._lock:
            self._close()


def _result(line: str) -> Any:
    answer = json.loads(line)
    if "error" in answer:  # the message and the traceback are in the function's own log
        raise FunctionFailed(f"raised {answer['error']}", answer.get("message", ""))
    if len(line) > PAYLOAD_LIMIT:
        raise FunctionFailed("answered with more than Lambda allows")
    return answer["result"]


class Runner:
    """Passes events to the environments, in place of SAM CLI's Docker runner."""

    def __init__(self, environments: Iterable[Environment]) -> None:
        self._environments = {one.function.name: one for one in environments}
        self._stopping = False

    def start(self) -> None:
        """Start all environments, which then import their handlers at the same time."""
        for environment in self._environments.values():
            environment.start()

    def ready(self) -> None:
        for environment in self._environments.values():
            environment.ready()

    def stop(self) -> None:
        self._stopping = True
        for environment in self._environments.values():
            environment.stop()

    def call(self, name: str, event: Any) -> Any:
        """Return the answer of a function. Raises FunctionFailed or EventTooLarge."""
        environment = self._environments[name]
        try:
            return environment.invoke(event)
        except FunctionFailed as failure:
            if not self._stopping:
                print(f"{name} failed: {failure}", file=sys.stderr, flush=True)
            raise

    def invoke(self, function_identifier: str, event: str, stdout: Any, **_: Any) -> None:
        """Invoke a function for SAM CLI's gateway, which passes the event and takes the answer as text."""
        stdout.write_str(json.dumps(self.call(function_identifier, json.loads(event))))

    @staticmethod
    def is_debugging() -> bool:
        return False


def as_strings(variables: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables as text: a template also has true and 1, an environment only strings."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in variables.items()}


def arn(function: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"


def _inherited() -> dict[str, str]:
    """Return the few variables a function inherits: none of the shell's own AWS settings may reach it."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


def _lambda_variables(function: Function) -> dict[str, str]:
    """Return the variables that the Lambda runtime sets."""
    return {
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_SAM_LOCAL": "true",  # as `sam local` says it: no X-Ray daemon here
        "PYTHONPATH": os.pathsep.join(map(str, (function.code, *function.layers))),
        "TZ": "UTC",
    }

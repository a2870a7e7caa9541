"""Runs the functions: a process for each, one event at a time in each, as a Lambda environment does."""

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
from furtka.local.blueprint import Function
from furtka.local.cloud import ACCOUNT, REGION

WORKER = Path(__file__).with_name("worker.py")

INIT_SECONDS = 120  # Lambda gives 10, on a machine that does nothing else
PAYLOAD_LIMIT = 6 * 1024 * 1024  # bytes of an event or of a result that Lambda carries

INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "COVERAGE_PROCESS_START")


class FunctionFailed(Exception):
    """It raised, ended, ran too long, or answered with more than Lambda carries."""


class EventTooLarge(Exception):
    """More than Lambda takes."""


class Worker:
    """One process of worker.py: a line of JSON to it, a line back."""

    def __init__(self, function: Function, variables: Mapping[str, str], log: IO[str] | None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(WORKER), function.handler],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=function.code,
            env=variables,
            process_group=0,  # Ctrl-C in the terminal is ours to handle
        )
        self._requests = cast(IO[str], self._process.stdin)
        self._answers = cast(IO[str], self._process.stdout)

    def tell(self, request: str) -> None:
        with suppress(BrokenPipeError):  # it died: the answer will be missing
            self._requests.write(request + "\n")
            self._requests.flush()

    def answer(self, timeout: float) -> str:
        if not self._speaks_within(timeout):
            raise FunctionFailed(f"timed out after {timeout} seconds")
        line = self._answers.readline()
        if not line:
            raise FunctionFailed("its process ended")
        return line

    def _speaks_within(self, timeout: float) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._answers, selectors.EVENT_READ)
            return bool(selector.select(timeout))

    def kill(self) -> None:
        self._process.kill()

    def bury(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._requests, self._answers):
            with suppress(BrokenPipeError):  # what was left to write has no reader any more
                pipe.close()


class Environment:
    """One function's worker, replaced after it died or had to be ended."""

    def __init__(self, function: Function, variables: Mapping[str, str], log: IO[str] | None) -> None:
        self.function = function
        self._log = log
        self._variables = {**_inherited(), **variables, **_told_by_lambda(function)}
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._imported = False
        self._closed = False

    def start(self) -> None:
        """Returns at once; whoever needs the handler first waits for its import."""
        self._worker, self._imported = Worker(self.function, self._variables, self._log), False

    def ready(self) -> None:
        with self._lock:
            try:
                self._awake()
            except FunctionFailed as failure:
                raise Complaint(f"{self.function.name} can't be started: {failure}") from failure

    def invoke(self, event: Any) -> Any:
        request = json.dumps({"event": event, **self._about()})
        if len(request) > PAYLOAD_LIMIT:
            raise EventTooLarge
        with self._lock:
            worker = self._awake()
            worker.tell(request)
            line = self._answer(worker, self.function.timeout)
        return _result(line)

    def _about(self) -> dict[str, Any]:
        name, timeout = self.function.name, self.function.timeout
        return {"id": str(uuid.uuid4()), "arn": arn(name), "timeout": timeout}

    def _awake(self) -> Worker:
        """A worker whose handler is imported; an import that fails leaves none."""
        if self._closed:
            raise FunctionFailed("the stack is stopping")
        if self._worker is None:
            self.start()
        worker = cast(Worker, self._worker)
        if not self._imported:
            self._judge_import(json.loads(self._answer(worker, INIT_SECONDS)))
        return worker

    def _judge_import(self, answer: dict[str, Any]) -> None:
        if "error" in answer:
            self._bury()
            raise FunctionFailed(f"{answer['error']}: {answer['message']}")
        self._imported = True

    def _answer(self, worker: Worker, timeout: float) -> str:
        try:
            return worker.answer(timeout)
        except FunctionFailed:
            self._bury()
            raise

    def _bury(self) -> None:
        if self._worker:
            self._worker.bury()
            self._worker = None

    def stop(self) -> None:
        """At once, whatever it is doing: who waits for an answer sees the end of its process."""
        self._closed = True
        if worker := self._worker:
            worker.kill()
        with self._lock:
            self._bury()


def _result(line: str) -> Any:
    answer = json.loads(line)
    if "error" in answer:  # what it says is in the function's own log
        raise FunctionFailed(f"raised {answer['error']}")
    if len(line) > PAYLOAD_LIMIT:
        raise FunctionFailed("answered with more than Lambda carries")
    return answer["result"]


class Runner:
    """Stands where SAM CLI has its Docker runner, and hands events to environments."""

    def __init__(self, environments: Iterable[Environment]) -> None:
        self._environments = {one.function.name: one for one in environments}
        self._stopping = False

    def start(self) -> None:
        """All import at the same time."""
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
        environment = self._environments[name]
        try:
            return environment.invoke(event)
        except FunctionFailed as failure:
            if not self._stopping:
                print(f"{name} failed: {failure}", file=sys.stderr, flush=True)
            raise

    def invoke(self, function_identifier: str, event: str, stdout: Any, **_: Any) -> None:
        """As SAM CLI's gateway calls it: the event and the answer are text."""
        stdout.write_str(json.dumps(self.call(function_identifier, json.loads(event))))

    @staticmethod
    def is_debugging() -> bool:
        return False


def arn(function: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"


def _inherited() -> dict[str, str]:
    """Nothing of the caller's own AWS configuration may reach a function."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


def _told_by_lambda(function: Function) -> dict[str, str]:
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

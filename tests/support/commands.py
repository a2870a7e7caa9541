"""The command line as an operator uses it: each command runs in a process of its own, with libraries loaded already."""

from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from multiprocessing import get_context
from multiprocessing.connection import Connection
from subprocess import CompletedProcess

from furtka.cli import main

LIBRARIES = ["boto3", "requests", "pydantic", "aws_lambda_powertools", "pynamodb.models", "furtka.operate"]
"""Loading them takes most of a command's time. Modules that read the environment are not among them."""

_processes = get_context("forkserver")
_processes.set_forkserver_preload(LIBRARIES)


def furtka(*command: str) -> CompletedProcess[str]:
    answers, answering = _processes.Pipe(duplex=False)
    with answers:
        process = _processes.Process(target=_run, args=(command, answering))
        process.start()
        answering.close()
        done: CompletedProcess[str] = answers.recv()
        process.join()
        process.close()
    return done


def _run(command: tuple[str, ...], answering: Connection) -> None:
    with redirect_stdout(StringIO()) as said, redirect_stderr(StringIO()) as complained:
        code = main(command)
    answering.send(CompletedProcess(command, code, said.getvalue(), complained.getvalue()))

"""Entry point of the command line: run a command, and report what went wrong, never a traceback."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from furtka.arguments import Parser
from furtka.complaint import Complaint

COMMANDS = (
    "furtka.local.command",
    "furtka.demo",
    "furtka.sam",
    "furtka.operate",
    "furtka.keys",
    "furtka.canary",
    "furtka.deploy",
    "furtka.doctor.command",
    "furtka.leftovers",
    "furtka.standstill",
    "furtka.restore",
)  # each has register(subparsers), which sets `run`: it returns the exit status, None for 0

MISUSED = 2
INTERRUPTED = 130  # 128 + SIGINT, as a shell counts


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return the exit status."""
    try:
        arguments = _parser().parse_args(argv)
        from furtka import aws  # noqa: PLC0415 - late, so that Ctrl-C during the import is caught as well

        with aws.answering():
            return int(arguments.run(arguments) or 0)
    except Complaint as complaint:
        print(f"furtka: {complaint}", file=sys.stderr)
        return MISUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader went away, as in `furtka demo | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parser() -> argparse.ArgumentParser:
    furtka = Parser(prog="furtka", description="Account security for an SMS platform.")
    subparsers = furtka.add_subparsers(metavar="COMMAND", required=True)
    for name in COMMANDS:  # imported late, so that Ctrl-C during the imports is caught as well
        import_module(name).register(subparsers)
    return furtka

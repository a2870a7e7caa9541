"""What doctor finds: how bad it is, what it means, and what to do about it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from furtka.doctor.patient import Patient

type Level = Literal["ok", "option", "warning", "fault", "unknown"]

LEVELS: dict[Level, str] = {
    "ok": "as it should be",
    "option": "off, and may be switched on",
    "warning": "works, but not for long, or not for all",
    "fault": "does not work",
    "unknown": "could not be looked at",
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `do` is a command or a place in AWS's console; empty if there is nothing to do."""

    check: str
    level: Level
    means: str
    do: str = ""


type Look = Callable[[Patient], Iterator[Finding]]


@dataclass(frozen=True)
class Check:
    """Something to look at: by its name, in the order of the report."""

    name: str
    look: Look
    needs_stack: bool = False


def ok(check: str, means: str) -> Finding:
    return Finding(check, "ok", means)


def option(check: str, means: str, do: str) -> Finding:
    return Finding(check, "option", means, do)


def warning(check: str, means: str, do: str) -> Finding:
    return Finding(check, "warning", means, do)


def fault(check: str, means: str, do: str) -> Finding:
    return Finding(check, "fault", means, do)


def unknown(check: str, means: str, do: str = "") -> Finding:
    return Finding(check, "unknown", means, do)

"""EventBridge on this machine: runs the template's schedules when they are due or when asked to."""

import sys
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from json import loads
from typing import Any

from furtka.complaint import Complaint
from furtka.local.clock import Clock
from furtka.local.cloud import ACCOUNT, REGION
from furtka.local.cron import Expression
from furtka.local.runner import EventTooLarge, FunctionFailed, Runner
from furtka.local.template import Function, Properties, Template

SOURCES = {"Schedule": "aws.events", "ScheduleV2": "aws.scheduler"}

TICK = 1  # seconds


@dataclass(frozen=True)
class Schedule:
    """A schedule of the template. `aliases` are all names by which it can be fired."""

    name: str
    aliases: frozenset[str]
    function: str
    source: str
    expression: Expression
    input: str | None
    enabled: bool

    def event(self, at: datetime) -> Any:
        """Return the event that the function gets."""
        if self.input is not None:
            return loads(self.input)
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": self.source,
            "account": ACCOUNT,
            "time": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": REGION,
            "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{self.name}"],
            "detail": {} if self.source == "aws.events" else "{}",
        }


def schedules(template: Template, functions: list[Function]) -> Iterator[Schedule]:
    """Yield the schedules of the template."""
    for function in functions:
        for name, event in function.events.items():
            if event["Type"] in SOURCES:
                yield _schedule(name, function.name, event["Type"], template.value(event["Properties"]))


def _schedule(name: str, function: str, kind: str, properties: Properties) -> Schedule:
    expression = properties.get("Schedule") or properties.get("ScheduleExpression", "")
    return Schedule(
        name=name,
        aliases=frozenset({name, f"{function}{name}", properties.get("Name", name)}),
        function=function,
        source=SOURCES[kind],
        expression=Expression.read(expression, properties.get("ScheduleExpressionTimezone", "UTC")),
        input=properties.get("Input"),
        enabled=properties.get("State", "ENABLED") == "ENABLED" and properties.get("Enabled", True) is True,
    )


class Timer(threading.Thread):
    """Checks the clock once a second. If it was moved past several times of a schedule, that runs once."""

    def __init__(self, schedules: list[Schedule], runner: Runner, clock: Clock) -> None:
        super().__init__(name="schedules", daemon=True)
        self._schedules = schedules
        self._runner = runner
        self._clock = clock
        self._stopping = threading.Event()
        started = clock.now()
        self._next = {one.name: one.expression.after(started) for one in schedules if one.enabled}

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        while self._next and not self._stopping.wait(TICK):
            now = self._clock.now()
            for schedule in self._schedules:
                self._fire_if_due(schedule, now)

    def _fire_if_due(self, schedule: Schedule, now: datetime) -> None:
        due = self._next.get(schedule.name)
        if due is None or due > now:
            return
        self._next[schedule.name] = schedule.expression.after(now)
        try:
            self._runner.call(schedule.function, schedule.event(now.replace(microsecond=0)))
        except (FunctionFailed, EventTooLarge) as failure:
            print(f"the schedule {schedule.name} failed: {failure}", file=sys.stderr, flush=True)

    def fire(self, name: str) -> None:
        """Run a schedule now. Raises Complaint if there is none of this name."""
        for schedule in self._schedules:
            if name in schedule.aliases:
                self._runner.call(schedule.function, schedule.event(self._clock.now()))
                return
        known = ", ".join(one.name for one in self._schedules)
        raise Complaint(f"no schedule is named {name} (there is {known or 'none'})")

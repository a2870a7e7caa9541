"""EventBridge on this machine: keeps the events that were put on the template's buses, for `/_local/events`."""

import json
from collections import deque
from typing import Any

from moto.events.models import EventsBackend, events_backends

from furtka.local.cloud import ACCOUNT, REGION

KEPT = 1000
"""Events that are kept: a stack that runs for long forgets the oldest."""


class Bus:
    """Records events as moto gets them: moto itself only passes them to rules, and keeps none."""

    def __init__(self) -> None:
        self._events: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def open(self) -> None:
        backend: EventsBackend = events_backends[ACCOUNT][REGION]
        put = backend.put_events

        def keep(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
            answer = put(events)
            self._events.extend(_told(event) for event in events)
            return answer

        backend.put_events = keep  # type: ignore[method-assign]

    def events(self) -> list[dict[str, Any]]:
        return list(self._events)


def _told(event: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": event["Source"],
        "detail-type": event["DetailType"],
        "detail": json.loads(event["Detail"]),
    }

"""The stack's clock: real time, and whatever it was moved forward."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    def __init__(self) -> None:
        self.ahead = timedelta()
        self._lock = threading.Lock()
        self._watchers: list[Callable[[timedelta], None]] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def when_moved(self, watcher: Callable[[timedelta], None]) -> None:
        self._watchers.append(watcher)

    def advance(self, step: timedelta) -> None:
        with self._lock:
            self.ahead += step
        for watcher in self._watchers:
            watcher(step)


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)

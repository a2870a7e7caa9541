"""The local stack's clock: real time plus what it was moved forward."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that can be moved forward; `ahead` is by how much it was."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self._lock = threading.Lock()
        self._watchers: list[Callable[[timedelta], None]] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def when_moved(self, watcher: Callable[[timedelta], None]) -> None:
        """Call *watcher* with each step that the clock is moved by."""
        self._watchers.append(watcher)

    def advance(self, step: timedelta) -> None:
        """Move the clock forward."""
        with self._lock:
            self.ahead += step
        for watcher in self._watchers:
            watcher(step)


def milliseconds(at: datetime) -> int:
    """Return the instant in milliseconds since 1970, as API Gateway writes it."""
    return int(at.timestamp() * 1000)

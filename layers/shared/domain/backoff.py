"""Limits on repetition: exponential back-off after failed attempts, and windows of time for requests."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Backoff:
    """`free` attempts cost no wait; then each waits twice as long as the one before, from `first` up to `longest`.

    After `most` attempts, if it is set, no wait helps any more.
    """

    free: int
    first: timedelta
    longest: timedelta
    most: int | None = None

    def wait_after(self, failures: int) -> timedelta:
        """Return how long after the last of *failures* failed attempts the next may come."""
        if failures < self.free:
            return timedelta(0)
        # Bounded, so that a huge count does not make a huge number: `longest` is reached long before.
        doublings: int = min(failures - self.free, 32)
        return min(self.first * (1 << doublings), self.longest)

    def is_locked_after(self, failures: int) -> bool:
        return self.most is not None and failures >= self.most

    def steps(self) -> list[tuple[int, timedelta]]:
        """Return (failures, wait) for each count with a wait of its own; the last wait holds for all higher counts."""
        steps = [(self.free, self.wait_after(self.free))]
        while steps[-1][1] < self.longest:
            failures = steps[-1][0] + 1
            steps.append((failures, self.wait_after(failures)))
        return steps


@dataclass(frozen=True)
class Window:
    """At most `most` requests in any time as long as `lasts`."""

    most: int
    lasts: timedelta

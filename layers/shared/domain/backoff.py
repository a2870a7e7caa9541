"""How failed tries make the next one wait. A ladder of waits, doubling, that can have a last rung."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Ladder:
    """*free* tries cost no wait, then each waits twice as long as the one before, up to *longest*.

    After *most* tries (where it is set) waiting does not help any more.
    """

    free: int
    first: timedelta
    longest: timedelta
    most: int | None = None

    def wait_after(self, failures: int) -> timedelta:
        """How long after the last of *failures* tries the next may come."""
        if failures < self.free:
            return timedelta(0)
        doublings: int = min(failures - self.free, 32)
        return min(self.first * (1 << doublings), self.longest)

    def is_locked_after(self, failures: int) -> bool:
        return self.most is not None and failures >= self.most

    def rungs(self) -> list[tuple[int, timedelta]]:
        """(failures, wait) for each count with a wait of its own; the last one holds for all counts above it."""
        rungs = [(self.free, self.wait_after(self.free))]
        while rungs[-1][1] < self.longest:
            failures = rungs[-1][0] + 1
            rungs.append((failures, self.wait_after(failures)))
        return rungs

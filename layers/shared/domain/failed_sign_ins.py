"""Failed sign-ins from one place over all logins: how many there were in a day, and how long the place must wait."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from shared import policy
from shared.domain.backoff import Backoff
from shared.domain.instants import NEVER

HOUR = timedelta(hours=1)

FROM_NETWORK = Backoff(policy.FREE_FAILURES_FROM_NETWORK, policy.FIRST_WAIT, policy.LONGEST_WAIT_FROM_ANYWHERE)
FROM_SITE = Backoff(policy.FREE_FAILURES_FROM_SITE, policy.FIRST_WAIT, policy.LONGEST_WAIT_FROM_ANYWHERE)


class FailedShare(NamedTuple):
    """Failures of one login, which is a fingerprint, from one network in one hour, counted since 1970.

    `login` is empty for failures that are counted for nobody, because the place has too many shares already.
    """

    hour: int
    network: str
    login: str


@dataclass(frozen=True)
class FailedSignIns:
    """What failed from one site (`Origin.site`): how often by share, and when last by network."""

    failures: Mapping[FailedShare, int] = field(default_factory=dict)
    last_at: Mapping[str, datetime] = field(default_factory=dict)

    def wait(self, network: str, *, now: datetime) -> timedelta:
        """Return how long the next attempt from *network* must wait; zero or less if it need not."""
        living = self._living(now=now)
        here = sum(failures for share, failures in living.items() if share.network == network)
        until_here = self.last_at.get(network, NEVER) + FROM_NETWORK.wait_after(here)
        until_near = max(self.last_at.values(), default=NEVER) + FROM_SITE.wait_after(sum(living.values()))
        return max(until_here, until_near) - now

    def share_for(self, network: str, login: str, *, now: datetime) -> FailedShare:
        """Return the share that a failure counts for."""
        share = FailedShare(hour_of(now), network, login)
        is_full = len(self.failures) >= policy.FAILURES_SHARED_OUT and share not in self.failures
        return share._replace(login="") if is_full else share

    def of_login(self, network: str, login: str) -> list[FailedShare]:
        """Return the shares of one login from *network*."""
        return [share for share in self.failures if (share.network, share.login) == (network, login)]

    def over(self, *, now: datetime) -> list[FailedShare]:
        """Return shares that count no longer."""
        living = self._living(now=now)
        return [share for share in self.failures if share not in living]

    def _living(self, *, now: datetime) -> dict[FailedShare, int]:
        since = hour_of(now - policy.ATTEMPTS_FORGOTTEN_AFTER)
        return {share: failures for share, failures in self.failures.items() if share.hour > since}


def hour_of(at: datetime) -> int:
    return (at - NEVER) // HOUR

"""Flow of the daily schedule's token pass: warn users whose API token expires soon, once for each step before it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from aws_lambda_powertools.metrics import MetricUnit

from notify.scheduled_pass import ScheduledPass
from shared.delivery import account_mail
from shared.delivery.letters import TokenExpiring
from shared.domain.tokens import ApiToken, warning_due
from shared.domain.users import User
from shared.observability import logger, metrics
from shared.storage import tokens
from shared.storage.engine import commit


@dataclass(frozen=True)
class DueWarning:
    """A token at a step of its warnings. `letter` is None if nobody is to be warned: the token is disabled, or
    its account suspended."""

    token: ApiToken
    letter: TokenExpiring | None


def warn(*, now: datetime, has_time: Callable[[], bool]) -> None:
    """Warn every user whose token expires soon. Raises as `ScheduledPass.run`."""
    _Expiries(now).run(has_time)


@dataclass(frozen=True)
class _Expiries(ScheduledPass[str, DueWarning]):
    now: datetime

    done = "expiries_told"
    out_of_time = "expiries_out_of_time"
    not_moved_on = "expiry_not_moved_on"
    counted: ClassVar[Mapping[str, str]] = {"told": "ExpiriesTold"}
    failed = "ExpiriesFailed"

    def due(self) -> Iterator[Sequence[str]]:
        return tokens.expiring(now=self.now)

    def look(self, places: Sequence[str]) -> Sequence[DueWarning]:
        return [warning for token_id in places if (warning := self._warning_for(token_id))]

    def notice(self, item: DueWarning) -> TokenExpiring | None:
        return item.letter

    def move_on(self, item: DueWarning) -> str:
        commit(tokens.warned(item.token, now=self.now))
        return "told" if item.letter else "silent"

    def name(self, item: DueWarning) -> Mapping[str, str]:
        return {"token_id": item.token.token_id}

    def _warning_for(self, token_id: str) -> DueWarning | None:
        """Read the token and its user as they are now. Return None if the token no longer expires, or a row is broken.

        A broken row is logged and counted at every run, and does not keep others from being warned.
        """
        try:
            token, user, account = tokens.find_with_holder(token_id)
            if token is None or not token.expires_at:
                return None
            suspended = account is not None and account.suspended
            return DueWarning(token, None if suspended else _letter(token, user, now=self.now))
        except (ValueError, TypeError, OverflowError, AttributeError) as failure:
            logger.warning("token_broken", token_id=token_id, reason=type(failure).__name__)
            metrics.add_metric(self.failed, MetricUnit.Count, 1)
            return None


def _letter(token: ApiToken, user: User | None, *, now: datetime) -> TokenExpiring | None:
    """Return the e-mail, named by token, end and step, or None if no warning is due.

    Raises ValueError if a field is missing.
    """
    days = warning_due(token.expires_at, now=now)
    if not (token.expires_at and days and token.enabled and user and user.enabled):
        return None
    letter = account_mail.addressed(
        TokenExpiring,
        f"token-expiring:{token.token_id}:{token.expires_at:%Y-%m-%d}:{days}",
        user,
        name=token.name,
        last_four=token.last_four,
        expires_at=token.expires_at,
    )
    if None in vars(letter).values():
        raise ValueError("no letter")
    return letter

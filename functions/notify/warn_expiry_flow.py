"""Flow of the daily schedule's token pass: warn users whose API token expires soon, once for each step before it."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from aws_lambda_powertools.metrics import MetricUnit

from shared.delivery import queue
from shared.delivery.notices import TokenExpiring
from shared.domain.tokens import ApiToken, warning_due
from shared.domain.users import User
from shared.errors import Outrun, Unavailable
from shared.observability import logger, metrics
from shared.storage import tokens
from shared.storage.engine import commit


@dataclass(frozen=True)
class News:
    """A token at a step of its warnings. `letter` is None if nobody is to be warned, as for a disabled token."""

    token: ApiToken
    letter: TokenExpiring | None


def warn(*, now: datetime, has_time: Callable[[], bool]) -> None:
    """Warn every user whose token expires soon. The next run finds those left out by a failure or for lack of time.

    Raises Unavailable at once if the tables or the queue do not answer, and at the end if single tokens failed.
    """
    ended: Counter[str] = Counter()
    try:
        for few in _few_at_a_time(now=now, has_time=has_time):
            news = [found for token_id in few if (found := _news_of(token_id, now=now))]
            queue.put(*[one.letter for one in news if one.letter])
            ended.update(_move_on(one, now=now) for one in news)
    finally:
        logger.info("expiries_told", told=ended["told"])
        metrics.add_metric("RemindersTold", MetricUnit.Count, ended["told"])
    if ended["left"]:
        raise Unavailable


def _few_at_a_time(*, now: datetime, has_time: Callable[[], bool]) -> Iterator[tuple[str, ...]]:
    """Yield the ids of tokens that are due, as many at a time as one call to the queue takes, while there is time."""
    for page in tokens.expiring(now=now):
        for few in batched(page, queue.MOST_AT_ONCE, strict=False):
            if not has_time():
                logger.warning("expiries_out_of_time")
                return
            yield few


def _news_of(token_id: str, *, now: datetime) -> News | None:
    """Read the token and its user as they are now. Return None if the token no longer expires, or its row is broken.

    A broken row is logged and counted at every run, and does not keep others from being warned.
    """
    try:
        token, user, _ = tokens.find_with_holder(token_id)
        return News(token, _letter(token, user, now=now)) if token and token.expires_at else None
    except (ValueError, TypeError, OverflowError, AttributeError) as failure:
        logger.warning("token_broken", token_id=token_id, reason=type(failure).__name__)
        metrics.add_metric("RemindersFailed", MetricUnit.Count, 1)
        return None


def _letter(token: ApiToken, user: User | None, *, now: datetime) -> TokenExpiring | None:
    """Return the e-mail, or None if no warning is due. Its id names token, end and step, so it is sent once even if
    two runs queue it.

    Raises ValueError if a field is missing.
    """
    days = warning_due(token.expires_at, now=now)
    if not (token.expires_at and days and token.enabled and user and user.enabled):
        return None
    letter = TokenExpiring(
        id=f"token-expiring:{token.token_id}:{token.expires_at:%Y-%m-%d}:{days}",
        email=user.email,
        language=user.language,
        login=user.login,
        name=token.name,
        last_four=token.last_four,
        expires_at=token.expires_at,
    )
    if None in vars(letter).values():
        raise ValueError("no letter")
    return letter


def _move_on(news: News, *, now: datetime) -> str:
    """Move the token to its next warning, and return how that ended.

    Only after the e-mail is on the queue: a run that dies in between then repeats the e-mail, not forgets the user.
    """
    try:
        commit(tokens.warned(news.token, now=now))
    except Outrun:
        return "outrun"
    except Unavailable:
        logger.warning("expiry_not_moved_on", token_id=news.token.token_id)
        metrics.add_metric("RemindersFailed", MetricUnit.Count, 1)
        return "left"
    return "told" if news.letter else "silent"

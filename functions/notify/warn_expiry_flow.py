"""The second pass of the daily schedule: whose API token ends soon is told so, once for each step before its end."""

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
    """A token whose time to be told of has come. There is no letter where nobody wants to know."""

    token: ApiToken
    letter: TokenExpiring | None


def warn(*, now: datetime, has_time: Callable[[], bool]) -> None:
    """Tell everybody whose token ends soon; who is left, for want of time or by a failure, is found by the next run.

    Raises Unavailable where the tables or the queue do not answer, at the end if it was about single tokens.
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
    for page in tokens.expiring(now=now):
        for few in batched(page, queue.MOST_AT_ONCE, strict=False):
            if not has_time():
                logger.warning("expiries_out_of_time")
                return
            yield few


def _news_of(token_id: str, *, now: datetime) -> News | None:
    """As it is now, with its user's present address. None where the index is late and it has no end, or where the row
    is broken: it is told of here, every day, and holds nobody else back.
    """
    try:
        token, user, _ = tokens.find_with_holder(token_id)
        return News(token, _letter(token, user, now=now)) if token and token.expires_at else None
    except (ValueError, TypeError, OverflowError, AttributeError) as failure:
        logger.warning("token_broken", token_id=token_id, reason=type(failure).__name__)
        metrics.add_metric("RemindersFailed", MetricUnit.Count, 1)
        return None


def _letter(token: ApiToken, user: User | None, *, now: datetime) -> TokenExpiring | None:
    """Named by token, end and step: what a run that died, or two at once, put on the queue twice goes out once.

    Raises ValueError for facts that nobody could be told of.
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
    """Only after the letter is on the queue, or a run that dies in between would forget him. Says how it ended."""
    try:
        commit(tokens.warned(news.token, now=now))
    except Outrun:
        return "outrun"
    except Unavailable:
        logger.warning("expiry_not_moved_on", token_id=news.token.token_id)
        metrics.add_metric("RemindersFailed", MetricUnit.Count, 1)
        return "left"
    return "told" if news.letter else "silent"

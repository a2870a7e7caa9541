"""Mail trouble: e-mails to a user's address come back, or somebody who reads its mailbox called one of them spam."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

BOUNCED: Final = "bounced"
COMPLAINED: Final = "complained"
ARRIVED: Final = "arrived"
"""What became of an e-mail: it came back for good; it was called spam; the mailbox took it."""


@dataclass(frozen=True)
class MailTrouble:
    """Trouble with the address of the version `email_at`: when an e-mail to it last bounced, or was called spam."""

    email_at: datetime
    bounced_at: datetime | None = None
    complained_at: datetime | None = None

    @property
    def worst(self) -> tuple[Literal["bounced", "complained"], datetime] | None:
        """The worse of the two, and when it was last so; None if there is none."""
        if self.bounced_at:
            return BOUNCED, self.bounced_at
        return (COMPLAINED, self.complained_at) if self.complained_at else None


@dataclass(frozen=True)
class MailNews:
    """What became, at `at`, of an e-mail that was sent at `sent_at`. `what` is BOUNCED, COMPLAINED or ARRIVED."""

    what: str
    at: datetime
    sent_at: datetime


def after(before: MailTrouble | None, news: MailNews, *, email_at: datetime) -> MailTrouble | None:
    """Return the trouble with the address of the version *email_at* once *news* of an e-mail to it have come.

    News come late, twice and in any order. Those of an e-mail that was sent before the address was set, or confirmed
    again, do not count. An e-mail that arrived ends a bounce before it; only a confirmation ends a complaint, since
    whoever complained goes on getting e-mails.
    """
    trouble = before if before and before.email_at == email_at else MailTrouble(email_at)
    if news.sent_at >= email_at:
        trouble = _with(trouble, news)
    return trouble if trouble.worst else None


def _with(trouble: MailTrouble, news: MailNews) -> MailTrouble:
    match news.what:
        case "bounced":
            return replace(trouble, bounced_at=max(trouble.bounced_at or news.at, news.at))
        case "complained":
            return replace(trouble, complained_at=max(trouble.complained_at or news.at, news.at))
    is_over = trouble.bounced_at is not None and trouble.bounced_at < news.sent_at
    return replace(trouble, bounced_at=None) if is_over else trouble

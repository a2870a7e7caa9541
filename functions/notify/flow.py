"""The story of a notice: it is worded in its reader's language and goes out once."""

from datetime import datetime

from aws_lambda_powertools.metrics import MetricUnit

from shared import settings
from shared.delivery import email, sms, texts
from shared.delivery.notices import CodeSent, Notice
from shared.observability import logger, metrics
from shared.storage import deliveries


@deliveries.once
def deliver(notice: Notice, *, now: datetime) -> None:
    """Send *notice*, unless it is a code that nobody could use any more."""
    if isinstance(notice, CodeSent) and notice.expires_at <= now:
        _drop(notice)
    else:
        provider = _send(notice, now=now)
        logger.info("notice_delivered", kind=type(notice).__name__, notice_id=notice.id, provider=provider)


def _drop(notice: CodeSent) -> None:
    logger.warning("code_expired_unsent", notice_id=notice.id)
    metrics.add_metric("CodesExpiredUnsent", MetricUnit.Count, 1)


def _send(notice: Notice, *, now: datetime) -> str:
    if isinstance(notice, CodeSent):
        sms.send(notice.phone, texts.sms(notice, now=now), notice_id=notice.id)
        return settings.SMS_PROVIDER
    mail = texts.mail(notice)
    email.send(notice.email, mail.subject, mail.text, notice_id=notice.id)
    return "ses"

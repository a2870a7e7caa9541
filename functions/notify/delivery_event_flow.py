"""Flow of what AWS tells became of e-mails and SMS: mailboxes that bounce are noted, messages get new states."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from shared.delivery.carrier_events import CarrierEvent, MailEvent, MailRejected, SmsEvent
from shared.domain import mail_trouble
from shared.domain.activity import PLATFORM
from shared.domain.audit_events import Refused
from shared.domain.email_addresses import with_ascii_domain
from shared.domain.identifiers import USER_CHARACTERS
from shared.domain.mail_trouble import BOUNCED, COMPLAINED, MailTrouble
from shared.domain.messages import ACCEPTED, DELIVERED
from shared.domain.users import User
from shared.observability import logger, metrics
from shared.sending import carrier_states
from shared.sending.carrier_states import Told
from shared.storage import mailboxes
from shared.storage.engine import again, commit

COUNTED = {BOUNCED: "MailBounced", COMPLAINED: "MailComplained"}


def take(event: CarrierEvent, *, now: datetime) -> None:
    """Write down what *event* tells. What is not known is passed over.

    Raises Unavailable, also for a message that AWS reports on before it is written down that AWS took it.
    """
    match event:
        case SmsEvent():
            _take_sms(event, now=now)
        case MailEvent():
            _take_mail(event, now=now)
        case MailRejected():
            metrics.add_metric("MailRejected", MetricUnit.Count, 1)


def _take_sms(event: SmsEvent, *, now: datetime) -> None:
    has_failed = event.state not in (None, ACCEPTED, DELIVERED)
    if has_failed and not event.is_final:
        return  # AWS tries again
    if event.state:
        metrics.add_metric("SmsUndelivered" if has_failed else "SmsDelivered", MetricUnit.Count, 1)
    carrier_states.take([Told(event.name, event.state, min(event.at, now))])


def _take_mail(event: MailEvent, *, now: datetime) -> None:
    news = replace(event.news, at=min(event.news.at, now), sent_at=min(event.news.sent_at, now))
    if counted := COUNTED.get(news.what):
        metrics.add_metric(counted, MetricUnit.Count, 1)
    if len(event.reader_id) == USER_CHARACTERS:
        again(lambda: _note(replace(event, news=news)))


def _note(event: MailEvent) -> None:
    """Note the trouble with the reader's mailbox, or its end. An address that is not theirs now is no concern."""
    user = mailboxes.reader(event.reader_id)
    if user is None or with_ascii_domain(user.email).casefold() != event.address.casefold():
        return
    trouble = mail_trouble.after(user.mail_trouble, event.news, email_at=user.email_at)
    if trouble != user.mail_trouble:
        commit(mailboxes.noting(user, trouble))
        _log(user, trouble)


def _log(user: User, trouble: MailTrouble | None) -> None:
    """Log the trouble or its end. Trouble is told as an audit event, from this line (`audit/log_flow.py`)."""
    said: dict[str, Any] = {"user_id": user.user_id, "reason": "none"}
    if trouble and trouble.worst:
        said |= {"reason": trouble.worst[0], "audit_event": Refused.MAILBOX_REFUSED}
        said |= {"subject": user.user_id, "actor": PLATFORM, "proof": PLATFORM}
    logger.info("mail_trouble", **said)

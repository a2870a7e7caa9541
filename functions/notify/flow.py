"""The story of a notice: it is worded in its reader's language and goes out once."""

from datetime import datetime

from aws_lambda_powertools.metrics import MetricUnit

from shared import settings
from shared.delivery import email, sms, texts
from shared.delivery.notices import CodeSent, Letter, Notice, PasswordResetAsked
from shared.delivery.sending import SendingFailed
from shared.errors import Outrun
from shared.observability import logger, metrics, reason_of
from shared.storage import carriers, deliveries
from shared.storage.engine import commit


@deliveries.once
def deliver(notice: Notice, *, now: datetime) -> None:
    """Send *notice*, unless it is for nobody or a code that nobody could use any more."""
    if _is_for_nobody(notice):
        return
    if isinstance(notice, CodeSent) and notice.expires_at <= now:
        _drop(notice)
    else:
        provider = _send(notice, now=now)
        logger.info("notice_delivered", kind=type(notice).__name__, notice_id=notice.id, provider=provider)


def _is_for_nobody(notice: Notice) -> bool:
    """Whether a reset was asked for a login that does not exist.

    Such a notice is on the queue so that asking looks and costs the same for every login. It is taken like any
    other and ends here without a word: what a stranger typed belongs into no log, and nothing is wrong.
    """
    return isinstance(notice, PasswordResetAsked) and not notice.email


def _drop(notice: CodeSent) -> None:
    logger.warning("code_expired_unsent", notice_id=notice.id)
    metrics.add_metric("CodesExpiredUnsent", MetricUnit.Count, 1)


def _send(notice: Notice, *, now: datetime) -> str:
    if isinstance(notice, CodeSent):
        _send_code(notice, now=now)
        return settings.SMS_PROVIDER
    _send_letter(notice)
    return "ses"


def _send_code(notice: CodeSent, *, now: datetime) -> None:
    """A carrier in trouble is written down, so that sign-ins can tell that SMS may be late."""
    try:
        taken = sms.send(notice.phone, texts.sms(notice, now=now), notice_id=notice.id)
    except SendingFailed as failure:
        if failure.carrier_in_trouble:
            _note_trouble(now=now)
        raise
    if not taken:
        _note_trouble(now=now)


def _note_trouble(*, now: datetime) -> None:
    """Whatever goes wrong here changes nothing for the notice: raised, it would send a code a second time."""
    try:
        commit(carriers.failing(now=now))
    except Outrun:
        return  # it is known already
    except Exception as failure:  # noqa: BLE001 - as said above
        logger.warning("carrier_trouble_unrecorded", reason=reason_of(failure))


def _send_letter(letter: Letter) -> None:
    mail = texts.mail(letter)
    email.send(letter.email, mail.subject, mail.text, notice_id=letter.id)

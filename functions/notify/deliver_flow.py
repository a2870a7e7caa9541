"""The story of a notice: it is worded in its reader's language and goes out once."""

from datetime import datetime
from itertools import batched

from aws_lambda_powertools.metrics import MetricUnit

from shared import settings
from shared.delivery import email, queue, sms, texts
from shared.delivery.notices import (
    CodeQueued,
    CodeSent,
    Letter,
    MessageQueued,
    Notice,
    PasswordResetAsked,
    ShipmentQueued,
)
from shared.delivery.sending import SendingFailed
from shared.domain.messages import SENT, shipment_of
from shared.errors import Outrun, Refusal
from shared.observability import logger, metrics, reason_of
from shared.sending import dispatch
from shared.storage import carriers, deliveries, shipments
from shared.storage.engine import commit


def deliver(notice: Notice, *, now: datetime) -> None:
    """Send *notice* once, unless it is for nobody or a code that nobody could use any more."""
    match notice:
        case ShipmentQueued():
            _fan_out(notice)
        case MessageQueued():
            _send_message(notice, now=now)
        case _:
            _tell(notice, now=now)


@deliveries.once
def _tell(notice: CodeSent | Letter, *, now: datetime) -> None:
    if _is_for_nobody(notice):
        return
    if isinstance(notice, CodeSent) and notice.expires_at <= now:
        _drop(notice)
    else:
        provider = _send(notice, now=now)
        logger.info("notice_delivered", kind=type(notice).__name__, notice_id=notice.id, provider=provider)


def _is_for_nobody(notice: CodeSent | Letter) -> bool:
    """Whether a reset was asked for a login that does not exist.

    Such a notice is on the queue so that asking looks and costs the same for every login. It is taken like any
    other and ends here without a word: what a stranger typed belongs into no log, and nothing is wrong.
    """
    return isinstance(notice, PasswordResetAsked) and not notice.email


def _drop(notice: CodeSent | CodeQueued) -> None:
    logger.warning("code_expired_unsent", notice_id=notice.id)
    metrics.add_metric("CodesExpiredUnsent", MetricUnit.Count, 1)


def _send(notice: CodeSent | Letter, *, now: datetime) -> str:
    if isinstance(notice, CodeSent):
        _send_code(notice, now=now)
        return settings.SMS_PROVIDER
    _send_letter(notice)
    return "ses"


def _send_code(notice: CodeSent, *, now: datetime) -> None:
    _send_sms(notice.phone, texts.sms(notice, now=now), notice_id=notice.id, now=now)


def _send_sms(phone: str, text: str, *, notice_id: str, sender: str = "", now: datetime) -> None:
    """A carrier in trouble is written down, so that sign-ins can tell that SMS may be late."""
    try:
        taken = sms.send(phone, text, notice_id=notice_id, sender=sender)
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


# --- Messages of customers --------------------------------------------------------------------------------


def _fan_out(notice: ShipmentQueued) -> None:
    """A notice for each message that nobody has begun to send. A copy changes nothing: each is claimed once."""
    for shipment in shipments.find(notice.account_id, [notice.shipment_id]):
        for few in batched(shipment.unsent, queue.MOST_AT_ONCE, strict=False):
            queue.put(*[dispatch.message(shipment, place) for place in few])


def _send_message(notice: MessageQueued, *, now: datetime) -> None:
    """Whoever claims a message sends it, and nobody else does, or gives its points back."""
    if isinstance(notice, CodeQueued) and notice.expires_at <= now:
        return _drop(notice)  # nobody claims it, so that its points are given back
    if not _is_claimed(notice, now=now):
        return None
    try:
        _send_sms(notice.phone, notice.text, notice_id=notice.id, sender=notice.sender, now=now)
    except Exception:
        _free(notice)
        raise
    _note_sent(notice)
    return logger.info("message_sent", message_id=notice.id, provider=settings.SMS_PROVIDER)


def _is_claimed(notice: MessageQueued, *, now: datetime) -> bool:
    """False where it went out before, or never will. Raises TakenUp where somebody is at it."""
    try:
        _claim(notice, now=now)
    except shipments.Settled:
        return False
    return True


def _claim(notice: MessageQueued, *, now: datetime) -> None:
    shipment, place = _place(notice)
    try:
        commit(shipments.claiming(shipment, place, now=now))
    except shipments.StillWaiting:
        commit(shipments.claiming(shipment, place, waiting=True, now=now))


def _free(notice: MessageQueued) -> None:
    """If that fails the claim ends by itself: at the latest when the queue brings the notice again."""
    try:
        commit(shipments.freeing(*_place(notice)))
    except Refusal as refusal:
        logger.warning("claim_not_freed", message_id=notice.id, reason=refusal.code)


def _note_sent(notice: MessageQueued) -> None:
    """What went out has gone out, even if that can't be written down: raising would send it again."""
    try:
        _end(notice, last=notice.together == 1)
    except shipments.Settled:
        return  # it is written down: by us, where the SDK had to ask twice
    except Refusal as refusal:
        logger.warning("delivery_unrecorded", message_id=notice.id, reason=refusal.code)
        metrics.add_metric("DeliveriesUnrecorded", MetricUnit.Count, 1)


def _end(notice: MessageQueued, *, last: bool) -> None:
    shipment, place = _place(notice)
    try:
        commit(shipments.ending(shipment, place, SENT, last=last))
    except shipments.GuessedWrong:
        commit(shipments.ending(shipment, place, SENT, last=not last))


def _place(notice: MessageQueued) -> tuple[shipments.Place, int]:
    shipment_id, place = shipment_of(notice.id)
    return (notice.account_id, shipment_id), place

"""Flow of delivery: send each notice once, by SMS or e-mail, in its reader's language."""

from datetime import datetime

from aws_lambda_powertools.metrics import MetricUnit

from notify import check_password_flow, half_sign_in_flow, large_order_flow, many_changes_flow, pace
from shared import settings
from shared.delivery import carrier_reports, conversion, email, sms, texts
from shared.delivery.letters import (
    AccountInvited,
    EmailChangeAsked,
    Letter,
    PasswordGiven,
    PasswordResetAsked,
    SignInPassAsked,
    SubuserChanged,
    TokenChanged,
)
from shared.delivery.notices import (
    CodeQueued,
    CodeSent,
    LargeOrderQueued,
    MessageQueued,
    Notice,
    PasswordUsed,
    PhoneTold,
    ShipmentQueued,
)
from shared.delivery.sending import CarrierBusy, SendingFailed, SendingRefused
from shared.domain import identifiers
from shared.domain.identifiers import account_of
from shared.domain.messages import RETURNED, SENT, Shipment, shipment_of
from shared.domain.standing import LEAVES
from shared.errors import Outrun, Refusal
from shared.observability import logger, metrics, reason_of
from shared.sending import dispatch, judging, refunds, reporting
from shared.storage import accounts, carriers, deliveries, shipments
from shared.storage.engine import again, commit

LINKS = {AccountInvited: "invitation", PasswordResetAsked: "reset", EmailChangeAsked: "email", SignInPassAsked: "pass"}
"""The kind of the link in each e-mail that somebody asked for."""


def deliver(notice: Notice, *, now: datetime) -> None:
    """Send *notice*, at most once however often the queue brings it. An expired code is dropped."""
    match notice:
        case ShipmentQueued():
            _fan_out(notice)
        case LargeOrderQueued():
            large_order_flow.go_on(notice, now=now)
        case MessageQueued():
            _send_message(notice, now=now)
        case PasswordUsed():
            check_password_flow.check(notice)
        case TokenChanged() | SubuserChanged():
            _deliver_notice(many_changes_flow.folded(notice, now=now), now=now)
        case PasswordGiven():
            half_sign_in_flow.tell(notice, _deliver_notice, now=now)
        case _:
            _deliver_notice(notice, now=now)


@deliveries.once
def _deliver_notice(notice: CodeSent | PhoneTold | Letter, *, now: datetime) -> None:
    """Send a code or an e-mail of ours; `deliveries.once` claims the notice's id before it is sent."""
    if _has_no_recipient(notice):
        return
    if _is_of_no_use(notice):
        logger.info("notice_withheld", kind=type(notice).__name__, notice_id=notice.id)
    elif isinstance(notice, CodeSent) and notice.expires_at <= now:
        _drop(notice)
    else:
        _send_or_refuse(notice, now=now)


def _send_or_refuse(notice: CodeSent | PhoneTold | Letter, *, now: datetime) -> None:
    try:
        provider = _send(notice, now=now)
    except SendingRefused as refusal:
        _record_refused(notice, refusal)
    else:
        logger.info("notice_delivered", kind=type(notice).__name__, notice_id=notice.id, provider=provider)


def _has_no_recipient(notice: CodeSent | PhoneTold | Letter) -> bool:
    """Return whether the notice is about a password reset or a pass for an unknown login.

    Such a notice is queued so that every login costs a caller the same. It ends here without a log line: what a
    stranger typed does not belong in a log.
    """
    return isinstance(notice, PasswordResetAsked | SignInPassAsked) and not notice.email


def _is_of_no_use(notice: CodeSent | PhoneTold | Letter) -> bool:
    """Return whether *notice* brings a code or a link that is not accepted, because its account is suspended.

    It is judged here, and not by whoever asked for it, so that asking takes as long as for any other login. E-mails
    that only tell of something are sent.
    """
    return bool(account_id := _account_asked(notice)) and bool(accounts.suspended_among([account_id]))


def _account_asked(notice: CodeSent | PhoneTold | Letter) -> str:
    """Return the id of the account that a code or a link was asked for; empty if *notice* is neither."""
    match notice:
        case CodeSent():
            return notice.account_id
        case AccountInvited() | PasswordResetAsked() | EmailChangeAsked() | SignInPassAsked():
            token = identifiers.read(notice.token, kind=LINKS[type(notice)])
            return token.account_id if token else ""
        case PasswordGiven():
            return account_of(notice.user_id)
    return ""


def _drop(notice: CodeSent | CodeQueued) -> None:
    """Count a code that expired before it was sent."""
    logger.warning("code_expired_unsent", notice_id=notice.id)
    metrics.add_metric("CodesExpiredUnsent", MetricUnit.Count, 1)


def _record_refused(notice: CodeSent | PhoneTold | MessageQueued | Letter, refusal: SendingRefused) -> None:
    """Count a message that the carrier will never take. To ask again, or to wake somebody, would be of no use."""
    logger.warning("sms_refused", kind=type(notice).__name__, notice_id=notice.id, reason=str(refusal), why=refusal.why)
    metrics.add_metric("SmsRefused", MetricUnit.Count, 1)


def _send(notice: CodeSent | PhoneTold | Letter, *, now: datetime) -> str:
    """Send by the right channel, and return the provider's name for the log."""
    if isinstance(notice, PasswordGiven):
        notice = half_sign_in_flow.with_link(notice)
    if isinstance(notice, Letter):
        _send_letter(notice)
        return "ses"
    if isinstance(notice, CodeSent):
        text, expires_at = texts.sms(notice, now=now), notice.expires_at
    else:
        text, expires_at = texts.told_by_sms(notice), None
    _send_sms(notice.phone, text, notice_id=notice.id, expires_at=expires_at, now=now)
    if isinstance(notice, CodeSent):
        conversion.sent(notice.phone)
    return settings.SMS_PROVIDER


def _send_sms(
    phone: str,
    text: str,
    *,
    notice_id: str,
    sender: str = "",
    reported_as: str = "",
    expires_at: datetime | None,
    now: datetime,
) -> None:
    """Send an SMS. If the carrier has trouble, note it, so that `POST /login` can say that SMS may be late.

    Raises SendingFailed, or CarrierBusy or SendingRefused, which are no trouble.
    """
    lifetime = None if expires_at is None else expires_at - now
    try:
        taken = sms.send(phone, text, notice_id=notice_id, sender=sender, reported_as=reported_as, lifetime=lifetime)
    except SendingFailed as failure:
        if failure.carrier_in_trouble:
            _record_trouble(now=now)
        raise
    if not taken:
        _record_trouble(now=now)


def _record_trouble(*, now: datetime) -> None:
    """Note that the carrier has trouble. Raises nothing: an exception here would send the code a second time."""
    try:
        commit(carriers.failing(now=now))
    except Outrun:
        return  # another delivery has noted it
    except Exception as failure:  # noqa: BLE001 - any exception would send the code again
        logger.warning("carrier_trouble_unrecorded", reason=reason_of(failure))


def _send_letter(letter: Letter) -> None:
    mail = texts.mail(letter)
    email.send(letter.email, mail.subject, mail.text, notice_id=letter.id, reader_id=letter.reader_id)


# --- Messages of customers --------------------------------------------------------------------------------


def _fan_out(notice: ShipmentQueued) -> None:
    for shipment in shipments.find(notice.account_id, [notice.shipment_id]):
        dispatch.queue_messages(shipment)


def _send_message(notice: MessageQueued, *, now: datetime) -> None:
    """Claim a customer's message and send it, unless something that it needs was taken away after it was paid for.

    The claim excludes other deliveries, and a refund meanwhile. All but codes go at a pace that leaves room for codes.
    """
    # What it needs is read and not asserted by the claim: between a claim and the provider's answer it could be taken
    # away all the same, and a transaction on the account's row would make deliveries of the same account collide.
    if isinstance(notice, CodeQueued) and notice.expires_at <= now:
        return _drop(notice)  # unclaimed, so the pass of each minute gives its points back
    shipment = _shipment_to_leave(notice, now=now)
    if shipment is None:
        return None
    if not isinstance(notice, CodeQueued):
        pace.keep()  # before the claim, which would run while this waits
    if not _is_claimed(notice, now=now):
        return None
    try:
        _send_sms(
            notice.phone,
            notice.text,
            notice_id=notice.id,
            sender=notice.sender,
            reported_as=carrier_reports.name_of(notice.account_id, notice.id),
            expires_at=notice.expires_at if isinstance(notice, CodeQueued) else shipment.expires_at,
            now=now,
        )
    except SendingRefused as refusal:
        _release_claim(notice)
        _record_refused(notice, refusal)
        return _give_back(notice, now=now)
    except Exception as failure:
        # It was not sent: free the claim, so that the queue's next try need not wait for the claim to end.
        _release_claim(notice)
        if isinstance(failure, CarrierBusy) and not isinstance(notice, CodeQueued):
            pace.rest()
        raise
    _record_sent(notice)
    if isinstance(notice, CodeQueued):
        conversion.sent(notice.phone)
    _, place = _key_and_place(notice)
    reporting.tell(shipment.with_outcomes({place: SENT}), [place], at=now)
    return logger.info(
        "message_sent", message_id=notice.id, account_id=notice.account_id, provider=settings.SMS_PROVIDER
    )


def _shipment_to_leave(notice: MessageQueued, *, now: datetime) -> Shipment | None:
    """Judge the message, and return its shipment if it may leave. What may not, of all of it, is stopped or moved.

    Raises TakenUp if another delivery sends or refunds a part of it at this moment.
    """
    judged = judging.judge_queued(notice, now=now)
    _, place = _key_and_place(notice)
    if judged is None or judged.shipment.has_ended(place):
        return None
    if judged.verdict != LEAVES:
        judging.act(judged, now=now)
    return judged.shipment if judged.verdict.lets_leave(place) else None


def _is_claimed(notice: MessageQueued, *, now: datetime) -> bool:
    """Claim the message. Return False if its outcome is known, or if its shipment was moved to a later time.

    Raises TakenUp if another delivery has it.
    """
    try:
        _claim(notice, now=now)
    except (shipments.Settled, shipments.StillWaiting):
        return False
    return True


def _claim(notice: MessageQueued, *, now: datetime) -> None:
    shipment, place = _key_and_place(notice)
    try:
        commit(shipments.claiming(shipment, place, now=now))
    except shipments.StillWaiting:
        # A scheduled shipment is queued first and marked as leaving after that; this delivery came in between.
        commit(shipments.claiming(shipment, place, waiting=True, now=now))


def _release_claim(notice: MessageQueued) -> None:
    """Free the claim. If that fails it ends by itself by the time the queue brings the notice again."""
    try:
        commit(shipments.freeing(*_key_and_place(notice)))
    except Refusal as refusal:
        logger.warning("claim_not_freed", message_id=notice.id, reason=refusal.code)


def _give_back(notice: MessageQueued, *, now: datetime) -> None:
    """Give the points of a message back that the carrier will never take.

    Raises Outrun if others of its shipment left all the time: then the queue brings the message again.
    """
    (account_id, shipment_id), place = _key_and_place(notice)

    def step() -> None:
        for shipment in shipments.find(account_id, [shipment_id]):
            if not shipment.has_ended(place):
                refunds.give_back(shipment, {place: RETURNED}, now=now)
                reporting.tell(shipment.with_outcomes({place: RETURNED}), [place], at=now)

    again(step)


def _record_sent(notice: MessageQueued) -> None:
    """Store that the message was sent. Raises nothing: an exception here would send it again."""
    try:
        # A guess: the message ends a shipment only if it is its only one. `_record_outcome` corrects a wrong guess.
        _record_outcome(notice, last=notice.together == 1)
    except shipments.Settled:
        return  # stored already: the SDK repeated a write whose answer was lost
    except Refusal as refusal:
        logger.warning("delivery_unrecorded", message_id=notice.id, reason=refusal.code)
        metrics.add_metric("DeliveriesUnrecorded", MetricUnit.Count, 1)


def _record_outcome(notice: MessageQueued, *, last: bool) -> None:
    """Store the outcome. *last*: whether no other message of the shipment is open; the write corrects a wrong value."""
    shipment, place = _key_and_place(notice)
    try:
        commit(shipments.ending(shipment, place, SENT, last=last))
    except shipments.GuessedWrong:
        commit(shipments.ending(shipment, place, SENT, last=not last))


def _key_and_place(notice: MessageQueued) -> tuple[shipments.Place, int]:
    """Return the key of the message's shipment, and the message's place in it."""
    shipment_id, place = shipment_of(notice.id)
    return (notice.account_id, shipment_id), place

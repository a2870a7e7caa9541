"""Delivery: SMS, through the provider in settings."""

from datetime import timedelta

from shared import settings
from shared.delivery import sms_voice, smsapi, sns

_PROVIDERS = {"sns": sns.send, "smsapi": smsapi.send, "sms-voice": sms_voice.send}


def send(
    phone: str,
    text: str,
    *,
    notice_id: str,
    sender: str = "",
    reported_as: str = "",
    lifetime: timedelta | None = None,
) -> bool:
    """Send *text* to *phone*, an E.164 number, under the name *sender* if given.

    *reported_as* is the name under which a carrier that can is to report what became of the message, none if empty.
    After *lifetime* a carrier that can does not deliver it any more. Return True if the carrier accepted it, False if
    the result is unknown, which counts as sent but also as trouble of the carrier. Raises SendingFailed if it was
    surely not sent, SendingRefused if it never will be, CarrierBusy if messages come too fast for the carrier.
    """
    send_by = _PROVIDERS[settings.SMS_PROVIDER]
    return send_by(phone, text, notice_id=notice_id, sender=sender, reported_as=reported_as, lifetime=lifetime)

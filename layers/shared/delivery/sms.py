"""Delivery: SMS, through the provider in settings."""

from shared import settings
from shared.delivery import smsapi, sns

_PROVIDERS = {"sns": sns.send, "smsapi": smsapi.send}


def send(phone: str, text: str, *, notice_id: str, sender: str = "", reported_as: str = "") -> bool:
    """Send *text* to *phone*, an E.164 number, under the name *sender* if given.

    *reported_as* is the name under which a carrier that can is to report what became of the message, none if empty.
    Return True if the carrier accepted it, False if the result is unknown, which counts as sent but also as trouble of
    the carrier. Raises SendingFailed if it was surely not sent, CarrierBusy if messages come too fast for the carrier.
    """
    return _PROVIDERS[settings.SMS_PROVIDER](phone, text, notice_id=notice_id, sender=sender, reported_as=reported_as)

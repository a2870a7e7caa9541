"""Delivery: the door to phones, through the provider that settings name."""

from shared import settings
from shared.delivery import smsapi, sns

_PROVIDERS = {"sns": sns.send, "smsapi": smsapi.send}


def send(phone: str, text: str, *, notice_id: str, sender: str = "") -> bool:
    """*text* goes to *phone*, an E.164 number, in the name of *sender*, if any; `SendingFailed` if it surely did not.

    True where the carrier took it, False where nobody knows: that counts as sent, and the carrier is in trouble.
    """
    return _PROVIDERS[settings.SMS_PROVIDER](phone, text, notice_id=notice_id, sender=sender)

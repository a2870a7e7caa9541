"""Delivery: the door to phones, through the provider that settings name."""

from shared import settings
from shared.delivery import smsapi, sns

_PROVIDERS = {"sns": sns.send, "smsapi": smsapi.send}


def send(phone: str, text: str, *, notice_id: str) -> None:
    """*text* goes to *phone*, an E.164 number; `SendingFailed` if it surely did not."""
    _PROVIDERS[settings.SMS_PROVIDER](phone, text, notice_id=notice_id)

"""The outbox: every SMS and e-mail that the stack sent, in order."""

import itertools
import threading
from collections import OrderedDict
from email import message_from_string, policy
from email.utils import parseaddr
from typing import Any

from moto.ses.models import Message, RawMessage, ses_backends
from moto.sns.exceptions import InternalError
from moto.sns.models import sns_backends

from furtka.local.clock import Clock
from furtka.local.cloud import ACCOUNT, REGION, Cloud


class Outbox:
    """Records messages as moto gets them. `carrier_down` makes every SMS fail.

    Moto keeps what was sent but not when, so its collections are replaced by ones that report each item.
    """

    def __init__(self, clock: Clock) -> None:
        self.carrier_down = False
        self._clock = clock
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._messages: list[dict[str, Any]] = []

    def open(self, cloud: Cloud, sender: str | None) -> None:
        """Start recording, and verify the sender's e-mail address, which SES asks for."""
        sns_backends[ACCOUNT][REGION].sms_messages = _ReportingDict(self._sms)
        cloud.carriers.take_sms, cloud.carriers.now = self._sms, self._clock.now
        ses_backends[ACCOUNT][REGION].sent_messages = _ReportingList(self._email)
        if sender:
            cloud.client("ses").verify_email_identity(EmailAddress=parseaddr(sender)[1])

    def messages(self) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._messages)

    def _sms(self, number: str, text: str) -> None:
        if self.carrier_down:
            raise InternalError("The carrier was turned off on this machine.")
        self._keep(kind="sms", to=number, text=text)

    def _email(self, message: Message | RawMessage) -> None:
        if isinstance(message, RawMessage):
            letter = message_from_string(message.raw_data, policy=policy.default)
            body = letter.get_body(("plain", "html"))
            text = body.get_content() if body else ""
            self._keep(kind="email", to=str(letter["to"]), subject=str(letter["subject"]), text=text)
        else:
            to = ", ".join(message.destinations.get("ToAddresses", []))
            self._keep(kind="email", to=to, subject=message.subject, text=message.body)

    def _keep(self, **message: str) -> None:
        with self._lock:
            at = self._clock.now().isoformat(timespec="milliseconds")
            self._messages.append({"id": next(self._numbers), **message, "at": at})


class _ReportingDict(OrderedDict[str, tuple[str, str]]):
    def __init__(self, report: Any) -> None:
        super().__init__()
        self._report = report

    def __setitem__(self, key: str, sms: tuple[str, str]) -> None:
        self._report(*sms)
        super().__setitem__(key, sms)


class _ReportingList(list[Any]):
    def __init__(self, report: Any) -> None:
        super().__init__()
        self._report = report

    def append(self, message: Any) -> None:
        super().append(message)
        self._report(message)

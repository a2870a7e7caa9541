"""What moto has not of AWS's carriers: End User Messaging, and what becomes of e-mails and SMS after they left."""

import json
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SMS, MAIL = "PinpointSMSVoiceV2.SendTextMessage", "/v2/email/outbound-emails"
READER = "reader"  # the tag of Furtka's e-mails with the id of whose mailbox it is
BECAME = {"bounced": "Bounce", "complained": "Complaint", "arrived": "Delivery"}
SECOND = timedelta(seconds=1)


class Carriers:
    """A WSGI application before moto's: it takes SMS for End User Messaging, and notes the tags of e-mails.

    `take_sms` is called with the number and the text of each SMS, and raises if the carrier is down. `tell` is called
    with each event.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app
        self._readers: dict[str, str] = {}
        self.take_sms: Callable[[str, str], None] = lambda *_: None
        self.tell: Callable[[dict[str, Any]], None] = lambda _: None
        self.now: Callable[[], datetime] = datetime.now

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("HTTP_X_AMZ_TARGET") == SMS:
            return self._send(_body_of(environ), start_response)
        if environ["PATH_INFO"] == MAIL:
            self._note(_body_of(environ))
        return self._app(environ, start_response)

    def _send(self, message: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Deliver an SMS, which reaches its phone at once."""
        try:
            self.take_sms(message["DestinationPhoneNumber"], message["MessageBody"])
        except Exception as failure:  # noqa: BLE001 - the outbox says so in moto's words
            return _answer(start_response, "500 Error", {"__type": "InternalServerException", "Message": str(failure)})
        event = {"eventType": "TEXT_DELIVERED", "eventTimestamp": int(self.now().timestamp() * 1000), "isFinal": True}
        self.tell(event | {"context": message.get("Context", {})})
        return _answer(start_response, "200 OK", {"MessageId": str(uuid.uuid4())})

    def _note(self, mail: dict[str, Any]) -> None:
        tags = {tag["Name"]: tag["Value"] for tag in mail.get("EmailTags", [])}
        for address in mail.get("Destination", {}).get("ToAddresses", []):
            self._readers[address.casefold()] = tags.get(READER, "")

    def mail_became(self, address: str, became: str) -> bool:
        """Tell what *became* of the last e-mail to *address*, one of BECAME. Return False if there was none."""
        if address.casefold() not in self._readers:
            return False
        then, kind = self.now(), BECAME[became]
        about = {"timestamp": then.isoformat(), **({"bounceType": "Permanent"} if kind == "Bounce" else {})}
        mail = {
            "timestamp": (then - SECOND if kind != "Delivery" else then).isoformat(),
            "destination": [address],
            "tags": {READER: [self._readers[address.casefold()]]},
        }
        self.tell({"eventType": kind, kind.casefold(): about, "mail": mail})
        return True


def _body_of(environ: "WSGIEnvironment") -> dict[str, Any]:
    """Return the JSON of a request, and leave it there for others."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = BytesIO(body)
    found: dict[str, Any] = json.loads(body)
    return found


def _answer(start_response: "StartResponse", status: str, body: dict[str, Any]) -> Iterable[bytes]:
    text = json.dumps(body).encode()
    start_response(status, [("Content-Type", "application/x-amz-json-1.0"), ("Content-Length", str(len(text)))])
    return [text]

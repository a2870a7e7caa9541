"""Events of SES and of End User Messaging, in the form of the examples in AWS's user guides."""

import json
from datetime import datetime
from typing import Any

from shared.delivery import email, sms_voice


def of_mail(
    what: str, address: str, reader_id: str = "", *, sent_at: datetime, at: datetime | None = None, **about: Any
) -> str:
    """Return the event that an e-mail is Bounce, Complaint, Delivery or Reject. *about* is more of what it says."""
    then = (at or sent_at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    particulars: dict[str, Any] = {
        "Bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": address, "action": "failed", "status": "5.1.1"}],
        },
        "Complaint": {"complainedRecipients": [{"emailAddress": address}], "complaintFeedbackType": "abuse"},
        "Delivery": {"recipients": [address], "smtpResponse": "250 ok", "processingTimeMillis": 500},
        "Reject": {"reason": "Bad content"},
    }
    tags = {"ses:configuration-set": ["MailSet-1"], **({email.READER: [reader_id]} if reader_id else {})}
    mail = {
        "timestamp": sent_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "source": "furtka@example.com",
        "messageId": "0100017c44f053b-61b59c11",
        "destination": [address],
        "headersTruncated": False,
        "tags": tags,
    }
    return json.dumps(
        {"eventType": what, what.lower(): {**particulars.get(what, {}), "timestamp": then, **about}, "mail": mail}
    )


def of_sms(kind: str, name: str, *, at: datetime, **more: Any) -> str:
    """Return the event that an SMS, known as *name*, got the state *kind*, such as TEXT_DELIVERED."""
    event = {
        "eventType": kind,
        "eventVersion": "1.0",
        "eventTimestamp": int(at.timestamp() * 1000),
        "isFinal": True,
        "originationPhoneNumber": "Furtka",
        "destinationPhoneNumber": "+48600100201",
        "isoCountryCode": "PL",
        "messageId": "862a8790-60c0-4430-9b2b-658bdexample",
        "messageRequestTimestamp": int(at.timestamp() * 1000),
        "messageEncoding": "GSM",
        "messageType": "TRANSACTIONAL",
        "messageStatus": kind.removeprefix("TEXT_"),
        "messageStatusDescription": "Message has been accepted by phone carrier",
        "totalMessageParts": 1,
        "totalMessagePrice": 0.09582,
        **({"context": {sms_voice.CONTEXT_KEY: name}} if name else {}),
    }
    return json.dumps(event | more)

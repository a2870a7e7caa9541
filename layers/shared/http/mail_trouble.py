"""Trouble with a mailbox, as its user and the account's owner see it."""

from typing import Literal

from pydantic import BaseModel

from shared.domain.mail_trouble import MailTrouble
from shared.http.fields import Instant


class MailTroubleResponse(BaseModel):
    """E-mails to the address come back, or one of them was reported as spam."""

    reason: Literal["bounced", "complained"]
    at: Instant


def mail_trouble_response(trouble: MailTrouble | None) -> MailTroubleResponse | None:
    if trouble is None or trouble.worst is None:
        return None
    reason, at = trouble.worst
    return MailTroubleResponse(reason=reason, at=at)

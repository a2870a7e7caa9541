"""Links from e-mails. A link works once, for the purpose that its token's kind names."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.instants import NEVER
from shared.domain.provenance import UNKNOWN, Provenance

INVITATION, RESET, EMAIL, NOT_ME = "invitation", "reset", "email", "notme"
UNDO, RECOVERY, PASS = "undo", "recovery", "pass"
"""Kinds of links, as their tokens name them."""


@dataclass(frozen=True)
class Link:
    """A link from an e-mail.

    `detail` is what it is about, such as the new address of a change of e-mail address, or from where a reset was asked
    for. `email_at` is the version of the address that the user had when it was made, as in `User`. `provenance` is that
    of a change that it asks for.
    """

    link_id: str
    login: str
    sealed_secret: str = field(repr=False)
    created_at: datetime
    expires_at: datetime
    detail: str = ""
    used: bool = False
    credentials_at: datetime = NEVER
    email_at: datetime = NEVER
    kind: str = ""
    provenance: Provenance = UNKNOWN

    def is_open(self, *, now: datetime) -> bool:
        return not self.used and now < self.expires_at

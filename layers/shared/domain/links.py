"""A link from an e-mail. It works once, for the one purpose that its token's kind names."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.instants import NEVER


@dataclass(frozen=True)
class Link:
    """`detail` is what the link is about beside its login, as the new address of an e-mail change."""

    link_id: str
    login: str
    sealed_secret: str = field(repr=False)
    created_at: datetime
    expires_at: datetime
    detail: str = ""
    used: bool = False
    credentials_at: datetime = NEVER

    def is_open(self, *, now: datetime) -> bool:
        return not self.used and now < self.expires_at

"""A link by which the owner of an account sets his first password. It works once."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Invitation:
    invitation_id: str
    login: str
    sealed_secret: str = field(repr=False)
    expires_at: datetime
    used: bool = False

    def is_open(self, *, now: datetime) -> bool:
        return not self.used and now < self.expires_at

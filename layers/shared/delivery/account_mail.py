"""E-mails about changes to the security settings of a login."""

from datetime import datetime

from shared.delivery.notices import ChangeMade
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.domain.users import User


def change_made(
    change: str, reader: User | Login, *, also: str | None = None, origin: Origin, now: datetime
) -> list[ChangeMade]:
    """Return the e-mail about *change* to the reader's address, and another one to *also* if given (ASVS V6.3.7)."""
    addresses = [reader.email, *([also] if also else [])]
    return [
        ChangeMade(
            f"{change}:{reader.user_id}:{now.timestamp()}:{place}",
            address,
            reader.language,
            reader.login,
            change,
            now,
            origin.address,
        )
        for place, address in enumerate(addresses)
    ]

"""What users are told by e-mail about their own account, wherever it was changed."""

from datetime import datetime

from shared.delivery.notices import ChangeMade
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.domain.users import User


def change_made(
    change: str, reader: User | Login, *, also: str | None = None, origin: Origin, now: datetime
) -> list[ChangeMade]:
    """One letter to the reader's address, and one to the other address where there is one (ASVS V6.3.7)."""
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

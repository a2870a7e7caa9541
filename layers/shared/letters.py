"""What users are told by e-mail about their own account, wherever it was changed."""

from collections.abc import Iterable
from datetime import datetime

from shared.delivery.notices import ChangeMade
from shared.domain.origins import Origin


def change_made(
    change: str,
    user_id: str,
    *,
    login: str,
    language: str,
    addresses: Iterable[str],
    origin: Origin,
    now: datetime,
) -> list[ChangeMade]:
    """One letter to each address: where it changed, the old one too (ASVS V6.3.7)."""
    return [
        ChangeMade(
            f"{change}:{user_id}:{now.timestamp()}:{place}", address, language, login, change, now, origin.address
        )
        for place, address in enumerate(addresses)
    ]

"""Where a user can be reached now, and could be reached before a change of the last days."""

from collections.abc import Iterable
from datetime import datetime

from shared.auth import kept_values
from shared.delivery import account_mail
from shared.delivery.letters import ChangeMade
from shared.domain.kept_values import EMAIL, PHONE, KeptValue
from shared.domain.origins import Origin
from shared.domain.users import User
from shared.storage import kept_values as records


def emails(user: User, kept: Iterable[KeptValue]) -> list[str]:
    """Return the user's address, and those that it replaced."""
    before = {kept_values.opened(value)["email"] for value in kept if value.kind == EMAIL}
    return sorted({user.email} | before)


def phones(user: User, kept: Iterable[KeptValue]) -> list[str]:
    """Return the user's phone, and those that it replaced."""
    before = {kept_values.opened(value) for value in kept if value.kind == PHONE}
    return sorted(phone for phone in {user.phone} | before if phone)


def letters(change: str, user: User, *, origin: Origin, now: datetime) -> list[ChangeMade]:
    """Return an e-mail about *change* to each address of now and before. Reads what is kept of the user."""
    every = emails(user, records.of_user(user.user_id, now=now))
    return [
        account_mail.change_to(email, change, user, place, origin=origin, now=now) for place, email in enumerate(every)
    ]

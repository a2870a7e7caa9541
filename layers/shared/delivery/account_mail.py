"""E-mails about a user's own account: addressed here, whatever they tell."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Concatenate, Protocol

from shared.delivery.notices import ChangeMade, Letter
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.domain.users import User


class Reader(Protocol):
    """Whoever has a mailbox, a language to read in, and a login that the e-mail is about."""

    @property
    def email(self) -> str: ...

    @property
    def language(self) -> str: ...

    @property
    def login(self) -> str: ...


def addressed[Kind: Letter, **Particulars](
    kind: Callable[Concatenate[str, str, str, str, Particulars], Kind],
    notice_id: str,
    reader: Reader,
    *args: Particulars.args,
    **kwargs: Particulars.kwargs,
) -> Kind:
    """Return an e-mail of that *kind* to *reader*, in their language; *kwargs* are the fields that the kind has more.

    Two e-mails with the same *notice_id* are one: the second is not sent.
    """
    return kind(notice_id, reader.email, reader.language, reader.login, *args, **kwargs)


def change_made(
    change: str, reader: User | Login, *, also: str | None = None, origin: Origin, now: datetime
) -> list[ChangeMade]:
    """Return the e-mail about *change* to the reader's address, and another one to *also* if given (ASVS V6.3.7)."""
    return [
        addressed(
            ChangeMade,
            f"{change}:{reader.user_id}:{now.timestamp()}:{place}",
            replace(reader, email=address),
            change=change,
            at=now,
            address=origin.address,
        )
        for place, address in enumerate([reader.email, *([also] if also else [])])
    ]

"""E-mails about a user's own account: addressed here, whatever they tell."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Concatenate, Protocol

from shared.delivery.letters import ChangeMade, Letter, UndoableChangeMade
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

    @property
    def user_id(self) -> str: ...


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
    letter = kind(notice_id, reader.email, reader.language, reader.login, *args, **kwargs)
    return replace(letter, reader_id=reader.user_id)


def change_made(change: str, reader: User | Login, *, origin: Origin, now: datetime) -> list[ChangeMade]:
    """Return the e-mail about *change* to the reader's address (ASVS V6.3.7)."""
    return [change_to(reader.email, change, reader, origin=origin, now=now)]


def change_to(
    email: str, change: str, about: User | Login, place: int = 0, *, origin: Origin, now: datetime
) -> ChangeMade:
    """Return an e-mail about *change* to *email*, an address of the user now or before.

    *place* tells apart the e-mails about one change.
    """
    return addressed(
        ChangeMade,
        f"{change}:{about.user_id}:{now.timestamp()}:{place}",
        replace(about, email=email),
        change=change,
        at=now,
        address=origin.address,
    )


def change_undoable(
    change: str, reader: User, token: str, *, origin: Origin, now: datetime
) -> list[UndoableChangeMade]:
    """Return the e-mail about *change* to the address that the reader had before, with the link that undoes it."""
    return [
        addressed(
            UndoableChangeMade,
            f"{change}:{reader.user_id}:{now.timestamp()}:undo",
            reader,
            change=change,
            at=now,
            address=origin.address,
            token=token,
        )
    ]

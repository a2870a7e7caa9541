"""Flow of the switch that stops the messages and codes of an account's programs, and lets them leave again."""

from datetime import datetime

from shared.auth.principals import OwnRow
from shared.auth.sessions import Person
from shared.delivery import account_mail, queue
from shared.domain.activity import Event
from shared.domain.origins import Origin
from shared.storage import accounts
from shared.storage.engine import commit


def switch(person: Person, *, on: bool, origin: Origin, now: datetime) -> None:
    """Switch sending on or off, with effect on the next order and on whatever leaves. Writes nothing without a change.

    Raises Outrun if it was switched meanwhile, or AccountSuspended.
    """
    if on != person.account.sending_off:
        return
    word = "on" if on else "off"
    commit(
        accounts.switching_sending(person.account.account_id, on=on, now=now),
        person.noting(Event.SENDING_SWITCHED, origin, now=now, detail=word),
        *person.still_allowed(writing=[OwnRow.ACCOUNT]),
    )
    queue.tell(*account_mail.change_made(f"sending_{word}", person.user, origin=origin, now=now))

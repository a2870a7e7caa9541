"""E-mails to every user of an account about a change that concerns all of them."""

from datetime import datetime
from itertools import batched

from shared.delivery import account_mail, queue
from shared.delivery.letters import ChangeMade
from shared.domain.origins import Origin
from shared.storage import users


def letters(change: str, account_id: str, *, origin: Origin, now: datetime) -> list[ChangeMade]:
    """Return an e-mail about *change*, one of `letters.CHANGES`, for each enabled user of the account.

    Call this before the change is made: if the users could not be read after it, nobody would be told.
    """
    readers = [user for user in users.of_account(account_id) if user.enabled]
    return [one for user in readers for one in account_mail.change_made(change, user, origin=origin, now=now)]


def tell(waiting: list[ChangeMade]) -> None:
    """Queue the e-mails, as many at a time as one call takes."""
    for some in batched(waiting, queue.MOST_AT_ONCE, strict=False):
        queue.tell(*some)

"""Turning off both IP lists of an account that locked itself out, and telling every user of it."""

from datetime import datetime
from itertools import batched

from shared.delivery import account_mail, queue
from shared.delivery.notices import ChangeMade
from shared.domain.accounts import Account
from shared.domain.origins import Origin
from shared.storage import accounts, users
from shared.storage.engine import Write


def opening_lists(account: Account, *, now: datetime) -> Write:
    """Turn off both lists; their entries stay. Refused as Outrun if a list changed meanwhile."""
    return accounts.setting_lists(account, panel=account.panel.opened(now=now), api=account.api.opened(now=now))


def letters_to_everybody(account_id: str, *, origin: Origin, now: datetime) -> list[ChangeMade]:
    """Return an e-mail for each enabled user of the account, so that nobody turns the lists off in secret.

    Call this before the lists are turned off: if the users could not be read after it, nobody would be told.
    """
    readers = [user for user in users.of_account(account_id) if user.enabled]
    return [one for user in readers for one in account_mail.change_made("lists_opened", user, origin=origin, now=now)]


def tell(waiting: list[ChangeMade]) -> None:
    """Queue the e-mails, as many at a time as one call takes."""
    for some in batched(waiting, queue.MOST_AT_ONCE, strict=False):
        queue.tell(*some)

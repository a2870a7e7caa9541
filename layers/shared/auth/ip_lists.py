"""When an account's own lists stand in its way: both are switched off, and everybody in the account is told."""

from datetime import datetime
from itertools import batched

from shared.delivery import account_mail, queue
from shared.delivery.notices import ChangeMade
from shared.domain.accounts import Account
from shared.domain.origins import Origin
from shared.storage import accounts, users
from shared.storage.engine import Write


def opening_lists(account: Account, *, now: datetime) -> Write:
    """Everybody may come from anywhere. Refused as Outrun where a list was changed meanwhile."""
    return accounts.setting_lists(account, panel=account.panel.opened(now=now), api=account.api.opened(now=now))


def letters_to_everybody(account_id: str, *, origin: Origin, now: datetime) -> list[ChangeMade]:
    """One to each user who may sign in, so that nobody opens the lists in secret.

    They are written before anything is done: whoever could not find out whom to tell afterwards would tell nobody.
    """
    readers = [user for user in users.of_account(account_id) if user.enabled]
    return [one for user in readers for one in account_mail.change_made("lists_opened", user, origin=origin, now=now)]


def tell(waiting: list[ChangeMade]) -> None:
    for some in batched(waiting, queue.MOST_AT_ONCE, strict=False):
        queue.tell(*some)

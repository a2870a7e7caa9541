"""Flow of requiring a second factor of everybody in an account: who has none, and the e-mails about the decision."""

from collections.abc import Iterable
from datetime import datetime
from itertools import batched

from shared.auth.sessions import Person
from shared.delivery import account_mail, queue
from shared.delivery.letters import FactorDue
from shared.domain.accounts import Account
from shared.domain.users import User
from shared.storage import users


def without_factor(person: Person) -> list[User]:
    """Return the enabled users of the account who have no second factor, by login."""
    found = [user for user in users.of_account(person.user.account_id) if user.enabled and not user.has_factor]
    return sorted(found, key=lambda user: user.login)


def tell_everybody(everybody: Iterable[User], before: Account, after: Account, *, now: datetime) -> None:
    """Send each enabled user an e-mail if the account requires a second factor from another moment on than before.

    At most once a day, so that no owner floods the mailboxes of sub-users, which may be strangers'. Whoever has no
    factor is reminded of the last date in any case.
    """
    if after.factor_from is None or after.factor_from == before.factor_from:
        return
    letters = [_letter(user, after.factor_from, now=now) for user in everybody if user.enabled]
    for some in batched(letters, queue.MOST_AT_ONCE, strict=False):
        queue.tell(*some)


def _letter(user: User, required_from: datetime, *, now: datetime) -> FactorDue:
    notice_id = f"factor-required:{user.user_id}:{now:%Y-%m-%d}"
    return account_mail.addressed(FactorDue, notice_id, user, due_at=required_from, has_one=user.has_factor)

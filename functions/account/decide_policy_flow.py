"""Flow of PUT /account/policy: the owner sets the account's rules for passwords and sessions."""

from datetime import datetime

from shared.auth.sessions import Person
from shared.delivery import account_mail, queue
from shared.domain.accounts import Account
from shared.domain.activity import Event
from shared.domain.origins import Origin
from shared.storage import accounts, logins, reminders, users
from shared.storage.engine import commit


def decide(person: Person, after: Account, *, origin: Origin, now: datetime) -> Account:
    """Store the account's policy for passwords and sessions, and return it."""
    user = person.user
    # Users first, the account last: after a failure in between the account still shows the old policy, and its owner
    # repeats the request, which does all of it again.
    for one in users.of_account(user.account_id):
        binding = logins.changing(one.login, longest_idle=after.longest_idle)
        reminding = reminders.scheduling(one, after, password_set_at=one.password_set_at)
        commit(binding, reminding, *person.still_allowed())
    commit(
        accounts.deciding(after),
        person.noting(Event.POLICY_CHANGED, origin, now=now, detail=f"{after.profile} {after.change}"),
        *person.still_allowed(),
    )
    queue.tell(*account_mail.change_made("password_policy_changed", user, origin=origin, now=now))
    return after

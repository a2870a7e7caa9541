"""Flow of PUT /account/policy: the owner sets the account's rules for passwords, second factors and sessions."""

from datetime import datetime

from account import require_factor_flow
from shared.auth.principals import OwnRow
from shared.auth.sessions import Person
from shared.delivery import account_mail, queue
from shared.domain.accounts import Account
from shared.domain.activity import Event
from shared.domain.origins import Origin
from shared.storage import accounts, logins, reminders, users
from shared.storage.engine import commit


def decide(person: Person, after: Account, *, origin: Origin, now: datetime) -> Account:
    """Store the account's policy for passwords, second factors and sessions, and return it.

    If it requires a second factor of everybody, everybody is told.
    """
    user, everybody = person.user, users.of_account(person.user.account_id)
    # Users first, the account last: after a failure in between the account still shows the old policy, and its owner
    # repeats the request, which does all of it again.
    for one in everybody:
        binding = logins.changing(one.login, longest_idle=after.longest_idle, checks_breaches=after.checks_breaches)
        reminding = reminders.scheduling(one, after, password_set_at=one.password_set_at)
        commit(binding, reminding, *person.still_allowed())
    commit(
        accounts.deciding(after),
        reminders.scheduling_factor(after, now=now),
        person.noting(Event.POLICY_CHANGED, origin, now=now, detail=f"{after.profile} {after.change}"),
        *person.still_allowed(writing=[OwnRow.ACCOUNT]),
    )
    queue.tell(*account_mail.change_made("password_policy_changed", user, origin=origin, now=now))
    require_factor_flow.tell_everybody(everybody, person.account, after, now=now)
    return after

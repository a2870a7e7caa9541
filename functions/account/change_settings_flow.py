"""Flows of account settings: change an e-mail address, and set the account's password and session policy."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from account import require_factor_flow
from shared import audit
from shared.auth import attempt_limits, email_links
from shared.auth.email_links import open_link
from shared.auth.principals import OwnRow
from shared.auth.sessions import Person
from shared.delivery import account_mail, queue
from shared.delivery.notices import EmailChangeAsked
from shared.domain.accounts import Account
from shared.domain.activity import LINK, Event
from shared.domain.identifiers import user_of
from shared.domain.origins import Origin
from shared.errors import LinkClosed, Outrun
from shared.storage import accounts, links, logins, reminders, users
from shared.storage.engine import commit


def ask_email(person: Person, email: str, *, origin: Origin, now: datetime) -> None:
    """Send a link to the new address. Nothing changes until it is opened. Raises TooManyResets."""
    user = person.user
    link = email_links.issue("email", user, detail=email, now=now)
    commit(
        attempt_limits.recording_email_change(user.user_id, now=now),
        link.adding,
        person.noting(Event.EMAIL_CHANGE_ASKED, origin, now=now),
        *person.still_allowed(),
    )
    to = replace(user, email=email)
    asked = account_mail.addressed(
        EmailChangeAsked, f"email:{link.id}", to, token=link.token, expires_at=link.expires_at
    )
    queue.put(asked)


def prove_email(text: str, *, origin: Origin, now: datetime) -> None:
    """Change the user's e-mail address to the one the link was sent to, and tell both addresses (ASVS V6.3.7).

    An owner's new address also becomes that of their sub-users without one of their own. Raises AccountSuspended, or
    LinkClosed, also if the credentials changed or everything was logged out since the link was asked for.
    """
    link = open_link(text, kind="email", now=now)
    user, account = users.find(user_of(link.link_id))
    if not (user and account and user.honours(proved_at=link.created_at, credentials_at=link.credentials_at)):
        raise LinkClosed
    accounts.must_be_active(account)
    if user.owner:
        # Sub-users first: the link is used up by the last transaction, so after a failure here it works once more.
        _readdress_subusers(account, link.detail)
    commit(
        accounts.being_active(account.account_id),
        links.using(link),
        logins.changing(user.login, email=link.detail, own_email=True),
        users.changing(user.user_id, by=link, email=link.detail, own_email=True),
        reminders.scheduling(replace(user, email=link.detail), account, password_set_at=user.password_set_at),
        audit.noting(Event.EMAIL_CHANGED, user.user_id, actor=LINK, origin=origin, now=now),
    )
    queue.tell(*account_mail.change_made("email_changed", user, also=link.detail, origin=origin, now=now))


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


def _readdress_subusers(account: Account, email: str) -> None:
    """Send the e-mails of sub-users without an address of their own to the owner's new address."""
    for one in users.of_account(account.account_id):
        if not one.own_email:
            with suppress(Outrun):  # they have an address of their own by now, or were deleted
                commit(
                    users.readdressing(one, email),
                    logins.changing(one.login, email=email),
                    reminders.scheduling(replace(one, email=email), account, password_set_at=one.password_set_at),
                )

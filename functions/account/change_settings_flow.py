"""The story of what is set for an account: its e-mail address, and what its owner asks of everybody in it."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from shared import audit, policy
from shared.auth import attempt_limits
from shared.auth.email_links import open_link
from shared.auth.sessions import Person
from shared.crypto import randomness, seal
from shared.delivery import account_mail, queue
from shared.delivery.notices import EmailChangeAsked
from shared.domain import identifiers
from shared.domain.accounts import Account
from shared.domain.activity import Event
from shared.domain.identifiers import user_of
from shared.domain.links import Link
from shared.domain.origins import Origin
from shared.domain.users import User
from shared.errors import LinkClosed, Outrun
from shared.storage import accounts, links, logins, reminders, users
from shared.storage.engine import Write, commit


def ask_email(person: Person, email: str, *, origin: Origin, now: datetime) -> None:
    """A link goes to the new address; nothing changes before it is opened."""
    user = person.user
    token, until = randomness.token("email", user.user_id), now + policy.EMAIL_LIFETIME
    link = Link(token.id, user.login, seal.token(token), now, until, email, credentials_at=user.credentials_at)
    commit(
        attempt_limits.paying_for_email(user.user_id, now=now),
        links.adding(link),
        person.noting(Event.EMAIL_CHANGE_ASKED, origin, now=now),
        *person.still_allowed(),
    )
    written = identifiers.write(token)
    queue.put(EmailChangeAsked(f"email:{token.id}", email, user.language, user.login, written, until))


def prove_email(text: str, *, origin: Origin, now: datetime) -> None:
    """The address changes wherever it is written down, and both addresses are told.

    The letters of sub-users without an address of their own follow their owner's: first, so that a repeat after a
    failure finds nothing done by half. Raises LinkClosed, also where everything that was proved before was voided since
    the link was asked for.
    """
    link = open_link(text, kind="email", now=now)
    user, account = users.find(user_of(link.link_id))
    if not (user and account and user.honours(proved_at=link.created_at, credentials_at=link.credentials_at)):
        raise LinkClosed
    if user.owner:
        _readdress_subusers(account, link.detail)
    commit(
        links.using(link),
        logins.changing(user.login, email=link.detail, own_email=True),
        users.changing(user.user_id, by=link, email=link.detail, own_email=True),
        _scheduling(user, account, email=link.detail),
        audit.noting(Event.EMAIL_CHANGED, user.user_id, actor="link", origin=origin, now=now),
    )
    queue.tell(*account_mail.change_made("email_changed", user, also=link.detail, origin=origin, now=now))


def decide(person: Person, after: Account, *, origin: Origin, now: datetime) -> Account:
    """What the account's owner asks of everybody in it.

    Everybody's own row comes first: a repeat after a failure finds nothing done by half that it would not do again.
    """
    user = person.user
    for one in users.of_account(user.account_id):
        binding = logins.changing(one.login, longest_idle=after.longest_idle)
        asked = after if one.enabled else replace(after, change="off")
        commit(binding, _scheduling(one, asked, email=one.email), *person.still_allowed())
    commit(
        accounts.deciding(after),
        person.noting(Event.POLICY_CHANGED, origin, now=now, detail=f"{after.profile} {after.change}"),
        *person.still_allowed(),
    )
    queue.tell(*account_mail.change_made("password_policy_changed", user, origin=origin, now=now))
    return after


def _readdress_subusers(account: Account, email: str) -> None:
    for one in users.of_account(account.account_id):
        if not one.own_email:
            with suppress(Outrun):  # he has an address of his own by now, or is gone
                asked = account if one.enabled else replace(account, change="off")
                readdressing = logins.changing(one.login, email=email)
                commit(users.readdressing(one, email), readdressing, _scheduling(one, asked, email=email))


def _scheduling(user: User, account: Account, *, email: str) -> Write:
    return reminders.scheduling(
        user_id=user.user_id,
        login=user.login,
        email=email,
        language=user.language,
        account=account,
        password_set_at=user.password_set_at,
    )

"""Flows of the e-mail address: ask for another one, see and cancel that, and prove the new one by its link."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from shared import audit
from shared.auth import email_links, kept_values, mail_limits
from shared.auth.principals import OwnRow
from shared.auth.sessions import Person
from shared.delivery import account_mail, queue
from shared.delivery.letters import EmailChangeAsked
from shared.domain.accounts import Account
from shared.domain.activity import LINK, Event
from shared.domain.identifiers import user_of
from shared.domain.links import EMAIL, UNDO, Link
from shared.domain.origins import Origin
from shared.domain.users import User
from shared.errors import LinkClosed, NotFound, Outrun
from shared.storage import accounts, links, logins, reminders, users
from shared.storage.engine import Write, commit


def ask(person: Person, email: str, *, origin: Origin, now: datetime) -> None:
    """Send a link to the new address. Nothing changes until it is opened. It voids the links of earlier requests.

    Raises TooManyResets.
    """
    user = person.user
    link = email_links.issue(EMAIL, user, detail=email, provenance=person.provenance, now=now)
    commit(
        *mail_limits.recording_email_change(user, email, now=now),
        link.adding,
        users.changing(user.user_id, by=person, email_order=link.id),
        person.noting(Event.EMAIL_CHANGE_ASKED, origin, now=now),
        *person.still_allowed(writing=[OwnRow.USER]),
    )
    to = replace(user, email=email)
    asked = account_mail.addressed(
        EmailChangeAsked, f"email:{link.id}", to, token=link.token, expires_at=link.expires_at
    )
    queue.put(asked)


def pending(user: User, *, now: datetime) -> Link | None:
    """Return the link that waits to be opened at a new address; None if there is none. `detail` is the address."""
    link = links.find(user.email_order) if user.email_order else None
    return link if link and link.is_open(now=now) and user.honours_link(link) else None


def cancel(person: Person, *, origin: Origin, now: datetime) -> None:
    """Void the link that was sent to a new address. Raises NotFound if there is none."""
    if pending(person.user, now=now) is None:
        raise NotFound
    commit(
        users.changing(person.user.user_id, by=person, email_order=None),
        person.noting(Event.EMAIL_CHANGE_CANCELLED, origin, now=now),
        *person.still_allowed(writing=[OwnRow.USER]),
    )


def prove(text: str, *, origin: Origin, now: datetime) -> None:
    """Change the user's e-mail address to the one the link was sent to, and tell both addresses (ASVS V6.3.7).

    Everything that was sent to the old address becomes void. An owner's new address also becomes that of their
    sub-users without one of their own; if that fails halfway, the same link finishes it. Raises LinkClosed, also if
    the credentials changed, another address was asked for or everything was logged out since.
    """
    link = email_links.find(text, kind=EMAIL)
    user, account = users.find(user_of(link.link_id))
    if not (user and account):
        raise LinkClosed
    accounts.must_be_active(account)
    if _is_halfway(link, user):
        return _readdress_subusers(user, account)
    email_links.must_be_open(link, now=now)
    after = replace(user, email=link.detail, own_email=True, email_at=now)
    undo = email_links.issue(UNDO, user, now=now)
    commit(
        accounts.being_active(account.account_id),
        links.using(link),
        *_changing(user, after, account, link),
        undo.adding,
        *mail_limits.giving_back_email_change(user, link.detail, now=now),
        kept_values.keeping_email(user, provenance=link.provenance, now=now),
        audit.noting(Event.EMAIL_CHANGED, user.user_id, actor=LINK, proof=LINK, origin=origin, now=now),
    )
    queue.tell(
        *account_mail.change_undoable("email_changed", user, undo.token, origin=origin, now=now),
        *account_mail.change_made("email_changed", after, origin=origin, now=now),
    )
    return _readdress_subusers(after, account)


def _changing(user: User, after: User, account: Account, link: Link) -> list[Write]:
    """Return the writes of the new address. Raises LinkClosed if the link is void."""
    if not user.honours_link(link):
        raise LinkClosed
    facts = {"email": after.email, "email_at": after.email_at, "own_email": True}
    return [
        logins.changing(user.login, **facts),
        users.changing(user.user_id, by=link, **facts),
        reminders.scheduling(after, account, password_set_at=user.password_set_at),
    ]


def _is_halfway(link: Link, user: User) -> bool:
    """Whether the link has set the owner's present address, but not yet that of each sub-user."""
    has_set_it = link.used and user.owner and user.email_order == link.link_id and user.email == link.detail
    return has_set_it and any(one.email != user.email for one in _dependants(user))


def _readdress_subusers(owner: User, account: Account) -> None:
    """Send the e-mails of sub-users without an address of their own to the owner's present address."""
    for one in _dependants(owner) if owner.owner else []:
        with suppress(Outrun):  # they have an address of their own by now, were deleted, or it changed again
            commit(
                *users.readdressing(owner, one),
                logins.changing(one.login, email=owner.email, email_at=owner.email_at),
                reminders.scheduling(replace(one, email=owner.email), account, password_set_at=one.password_set_at),
            )


def _dependants(owner: User) -> list[User]:
    """Return the sub-users whose e-mails the owner gets."""
    return [one for one in users.of_account(owner.account_id) if not one.own_email and one.user_id != owner.user_id]

"""What operators do with accounts: create or suspend one, disable a login, turn off IP lists, add points, and so on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from shared import audit, policy
from shared.auth import announcements, email_links, ip_lists, message_limits
from shared.auth.email_links import IssuedLink
from shared.crypto import randomness
from shared.delivery import account_mail, queue
from shared.delivery.letters import AccountInvited
from shared.domain import email_addresses, phone_numbers
from shared.domain.accounts import Account
from shared.domain.activity import OPERATOR, Event
from shared.domain.audit_events import AWS
from shared.domain.links import INVITATION
from shared.domain.logins import Login, canonical, fault
from shared.domain.origins import Origin
from shared.domain.points import Points
from shared.domain.users import User
from shared.errors import CountryUnknown, LoginRefused, UnknownLogin
from shared.sending import price_list
from shared.storage import accounts, logins, mailboxes, reminders, sender_names, users, wallets
from shared.storage.engine import Write, commit

BY_HAND = Origin("", "furtka accounts")

SUSPENSIONS = {
    True: ("account_suspended", Event.ACCOUNT_SUSPENDED),
    False: ("account_resumed", Event.ACCOUNT_RESUMED),
}
"""What the users are told, and the activity log, when a suspension begins or ends."""


def create(
    *,
    login: str,
    email: str,
    phone: str | None,
    language: str,
    company: str = "",
    bought: Points = 0,
    now: datetime,
) -> str:
    """Create an account, send its owner a link to set the first password, and return the account's id.

    With *phone* every sign-in of the owner needs a code by SMS. Raises LoginRefused, LoginTaken, NotAnEmail,
    LocalPartNotAscii or NotMobile, and then nothing is created.
    """
    owner = new_owner(login, email=email, phone=phone, language=language)
    _tell(owner, add(owner, company=company, bought=bought, now=now))
    return owner.account_id


def new_owner(login: str, *, email: str, phone: str | None, language: str) -> Login:
    """Return the owner of an account that is not stored yet.

    Raises LoginRefused, NotAnEmail, LocalPartNotAscii or NotMobile.
    """
    email = email_addresses.mailable(email)
    if fault(canonical(login)):
        raise LoginRefused
    account_id, number = randomness.account_id(), geographic(phone) if phone else None
    return Login(
        login=canonical(login),
        account_id=account_id,
        user_id=randomness.user_id(account_id),
        email=email,
        phone=number,
        # It counts as proved for the first sign-in, which proves it: the owner has no other way in.
        phone_given=True if number else None,
        language=language,
        enabled=True,
        idle=policy.SESSION_IDLE,
    )


def add(owner: Login, *, company: str = "", bought: Points = 0, now: datetime) -> IssuedLink:
    """Store an account, and return the link with which its *owner* sets their password. Raises LoginTaken."""
    link = email_links.issue(INVITATION, owner, now=now)
    user = User(
        account_id=owner.account_id,
        user_id=owner.user_id,
        login=owner.login,
        enabled=True,
        created_at=now,
        email=owner.email,
        language=owner.language,
        phone=owner.phone,
        invitation=link.id,
    )
    account = accounts.adding(Account(owner.account_id, company))
    wallet = wallets.adding(owner.account_id, bought)
    noting = _noting(Event.USER_CREATED, owner, now=now)
    holding = message_limits.holding(replace(user, phone=None), owner.phone)
    commit(logins.adding(owner), users.adding(user), account, wallet, *holding, link.adding, noting)
    return link


def invite(login: str, *, now: datetime) -> None:
    """Send a new link to set the password, which voids older ones. Accepting it also unlocks codes.

    Raises UnknownLogin or AccountSuspended.
    """
    owner = _owner(login)
    link = email_links.issue(INVITATION, owner, now=now)
    inviting = users.changing(owner.user_id, by=None, invitation=link.id)
    active = accounts.being_active(owner.account_id)
    commit(active, link.adding, inviting, _noting(Event.INVITED, owner, now=now))
    _tell(owner, link)


def switch(login: str, *, enabled: bool, now: datetime) -> None:
    """Enable or disable the login of one user. Disabling it ends its sessions and stops its tokens at once.

    Other users of the account are not affected, see `suspend`. Raises UnknownLogin.
    """
    owner = _owner(login)
    commit(
        _reminding(owner, enabled=enabled),
        logins.switching(owner.login, enabled=enabled, now=now),
        users.switching(owner.user_id, enabled=enabled, now=now),
        _noting(Event.USER_ENABLED if enabled else Event.USER_DISABLED, owner, now=now),
    )


def suspend(login: str, *, on: bool, now: datetime) -> None:
    """Suspend the account of *login*, or end that, and tell every user of it.

    While it is suspended nobody signs in, sessions and API clients are refused, and nothing is sent for it. Nothing is
    deleted: what was valid before is valid again when it ends. Raises UnknownLogin, or Outrun if it is so already.
    """
    owner = _owner(login)
    change, event = SUSPENSIONS[on]
    told = announcements.letters(change, owner.account_id, origin=BY_HAND, now=now)
    commit(accounts.suspending(owner.account_id, on=on), _noting(event, owner, now=now))
    announcements.tell(told)


def approve(login: str, sender: str, *, active: bool, now: datetime) -> None:
    """Approve a sender name of the account, or withdraw that.

    Raises UnknownLogin, SenderUnknown, or Outrun if the account's default sender name changed meanwhile.
    """
    owner = _owner(login)
    _, default = sender_names.find(owner.account_id, sender)
    switching = sender_names.switching(owner.account_id, sender, active=active, default=default)
    detail = "on" if active else "off"
    commit(*switching, _noting(Event.SENDER_SWITCHED, owner, now=now, detail=detail))


def switch_sending(login: str, *, on: bool, now: datetime) -> None:
    """Stop the messages and codes of the account's programs, or let them leave again. Codes for a sign-in never stop.

    Raises UnknownLogin, or Outrun if it is so already.
    """
    owner = _owner(login)
    noting = _noting(Event.SENDING_SWITCHED, owner, now=now, detail="on" if on else "off")
    commit(accounts.switching_sending(owner.account_id, on=on, now=now), noting)


def open_lists(login: str, *, now: datetime) -> None:
    """Turn off both IP lists of the account, and tell every user of it.

    Raises UnknownLogin, or Outrun if a list changed meanwhile.
    """
    owner = _owner(login)
    _, account = users.find(owner.user_id)
    if account is None:
        raise UnknownLogin
    # Written before the lists are opened: if the users could not be read after it, nobody would be told.
    alarm = announcements.letters("lists_opened", account.account_id, origin=BY_HAND, now=now)
    commit(ip_lists.opening_lists(account, now=now), _noting(Event.LISTS_OPENED, owner, now=now))
    announcements.tell(alarm)


def in_mail_trouble() -> list[tuple[str, str, str, datetime]]:
    """Return login, account, reason and time of each user whose mailbox bounces or reported an e-mail as spam."""
    return sorted(
        (user.login, user.account_id, *trouble.worst)
        for user in mailboxes.in_trouble()
        if (trouble := user.mailbox_trouble) and trouble.worst
    )


def add_points(login: str, amount: Points, *, now: datetime) -> Points:
    """Add points that the account has bought, and return its balance. Raises UnknownLogin."""
    owner = _owner(login)
    commit(wallets.adding(owner.account_id, amount), _noting(Event.POINTS_ADDED, owner, now=now))
    return wallets.balance(owner.account_id)


def open_countries(login: str, countries: Sequence[str], *, now: datetime) -> None:
    """Let the account send to exactly these countries besides home.

    Raises UnknownLogin, or CountryUnknown if one of them has no price.
    """
    owner = _owner(login)
    if unknown := set(countries) - price_list.current().keys():
        raise CountryUnknown(sorted(unknown))
    allowing = accounts.allowing_abroad(owner.account_id, " ".join(countries))
    commit(allowing, _noting(Event.COUNTRIES_CHANGED, owner, now=now))


def limit_abroad(login: str, messages: int, *, now: datetime) -> None:
    """Let the account send so many messages to each country abroad in a UTC day.

    Raises UnknownLogin, or ValueError, with what is allowed, if that is outside policy.
    """
    if not 0 <= messages <= policy.SMS_ABROAD_PER_DAY_AT_MOST:
        raise ValueError(f"messages a day are from 0 to {policy.SMS_ABROAD_PER_DAY_AT_MOST}")
    owner = _owner(login)
    limiting = accounts.limiting_abroad(owner.account_id, messages)
    commit(limiting, _noting(Event.COUNTRIES_CHANGED, owner, now=now))


def set_codes(login: str, *, digits: int, lifetime: timedelta, now: datetime) -> None:
    """Set length and lifetime of the account's SMS Authenticator codes.

    Raises UnknownLogin, or ValueError if a value is outside policy.
    """
    (fewest, most), (shortest, longest) = policy.MFA_CODE_DIGITS, policy.MFA_CODE_LIFETIME
    if not (fewest <= digits <= most and shortest <= lifetime <= longest):
        raise ValueError("codes outside policy")
    owner = _owner(login)
    setting = accounts.setting_codes(owner.account_id, digits=digits, lifetime=lifetime)
    commit(setting, _noting(Event.CODES_CHANGED, owner, now=now))


def geographic(phone: str) -> str:
    """Return *phone* in E.164 form. Raises NotMobile, also for a number of no country, as satellite phones have."""
    number = phone_numbers.canonical(phone)
    phone_numbers.country_of(number)
    return number


def _owner(login: str) -> Login:
    """Return the login. Raises UnknownLogin."""
    owner = logins.find(canonical(login))
    if owner is None:
        raise UnknownLogin
    return owner


def _reminding(owner: Login, *, enabled: bool) -> Write:
    """Schedule the password reminder; a disabled login gets none."""
    user, account = users.find(owner.user_id)
    if not (user and account):
        raise UnknownLogin
    return reminders.scheduling(replace(user, enabled=enabled), account, password_set_at=user.password_set_at)


def _noting(event: Event, owner: Login, *, now: datetime, detail: str = "") -> Write:
    return audit.noting(event, owner.user_id, actor=OPERATOR, proof=AWS, origin=BY_HAND, now=now, detail=detail)


def _tell(owner: Login, link: IssuedLink) -> None:
    """Queue the e-mail with the invitation."""
    notice_id = f"invitation:{link.id}"
    queue.put(account_mail.addressed(AccountInvited, notice_id, owner, token=link.token, expires_at=link.expires_at))

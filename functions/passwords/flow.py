"""Flows of passwords: change one, reset it by an e-mail link, accept an invitation."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from passwords.letters import reset_letter, reset_told
from shared import audit, policy
from shared.auth import attempt_limits, email_links, kept_values, mail_limits, networks, password_rules, second_factor
from shared.auth.attempt_limits import PasswordAttempts
from shared.auth.email_links import open_link
from shared.auth.session_opening import NewSession, Renewal, new_session
from shared.auth.sessions import Person
from shared.auth.sign_in import SignInContext, enter
from shared.crypto import password_hash, randomness
from shared.delivery import account_mail, queue
from shared.delivery.letters import PasswordResetAsked, PasswordWasReset
from shared.domain import identifiers
from shared.domain.activity import LINK, Event
from shared.domain.challenges import Challenge
from shared.domain.identifiers import Token
from shared.domain.kept_values import PASSWORD
from shared.domain.links import INVITATION, RESET, Link
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.domain.provenance import UNKNOWN
from shared.domain.sessions import A_MOMENT
from shared.errors import LinkClosed, NotSignedIn, WeakPassword, WrongPresentPassword
from shared.storage import accounts, links, logins, password_history, reminders, users
from shared.storage.engine import Write, again, commit
from shared.storage.logins import Keeper


def change_password(person: Person, current: str, new: str, *, origin: Origin, now: datetime) -> NewSession:
    """Change the password. All other sessions end, and this one continues under a new token (ASVS V7.4.3, V7.2.4).

    Raises NotSignedIn, TooManyPasswords, TooManyNewPasswords, WrongPresentPassword or WeakPassword.
    """
    user, session = person.user, person.session
    keeper = logins.find_keeper(user.login, user.user_id)
    if keeper is None:
        raise NotSignedIn
    attempts = PasswordAttempts(user.login, origin, signed_in=True, secret=keeper.login.password_hash)
    # Count the attempt before looking.
    commit(*attempts.recording(now=now), *_counting(keeper, new, by=keeper.login.user_id, now=now))
    if not password_hash.is_password(keeper.login.password_hash, current):
        raise WrongPresentPassword
    try:
        replacing = _replacing(keeper, new, now=now)
    except WeakPassword:
        commit(*attempts.resetting(now=now))  # the present password was right, only the new one was weak
        raise
    opened = new_session(
        user.user_id,
        login=user.login,
        factors=session.factors,
        idle=session.idle,
        transport=session.transport,
        known=True,
        device_seen_at=session.device_seen_at,
        proved_at=now + A_MOMENT,  # everything proved until `now` becomes void, so this session counts from just after
        credentials_at=now,
        confirmed_at=session.confirmed_at,
        replaces=session.session_id,
        by=person,
        renewal={"by": person, "credentials_at": now, "password_set_at": now, "given_until": None},
        event=Event.PASSWORD_CHANGED,
        origin=origin,
        now=now,
    )
    active = accounts.being_active(user.account_id)
    commit(active, *opened.writes, *replacing, *attempts.resetting(now=now))
    queue.tell(*account_mail.change_made("password_changed", keeper.login, origin=origin, now=now))
    return opened


def accept_invitation(text: str, password: str, *, origin: Origin, now: datetime) -> None:
    """Set the first password, reset the count of wrong codes, and end every session that an older password opened.

    Raises LinkClosed, AccountSuspended, TooManyNewPasswords or WeakPassword; after the last two the link still works.
    """
    link = open_link(text, kind=INVITATION, now=now)
    keeper = _find_keeper(link)
    owner = keeper.login
    if counting := _counting(keeper, password, by=link.link_id, now=now):
        commit(*counting)
    adding, told = _told_if_used_before(keeper, origin, now=now)
    commit(
        accounts.being_active(owner.account_id),
        links.using(link),
        *adding,
        *_replacing(keeper, password, now=now, **networks.invited(owner.user_id, origin, now=now)),
        attempt_limits.resetting_code_attempts(owner.user_id, now=now),
        users.ending_everything(
            owner.user_id, now=now, by=link, credentials_at=now, password_set_at=now, given_until=None
        ),
        audit.noting(Event.INVITATION_ACCEPTED, owner.user_id, actor=LINK, proof=LINK, origin=origin, now=now),
    )
    queue.tell(*told)


def _told_if_used_before(
    keeper: Keeper, origin: Origin, *, now: datetime
) -> tuple[list[Write], list[PasswordWasReset]]:
    """Return the e-mail about a password that is set by an invitation, unless it is the login's first."""
    if keeper.login.password_hash is None and not keeper.before:
        return [], []
    adding, told = reset_told(replace(keeper.login, credentials_at=now), origin, now=now)
    return [adding], [told]


def ask_for_reset(login: str, *, devices: Sequence[Token] = (), origin: Origin, now: datetime) -> None:
    """Send a link to set a new password. *login* is canonical, *devices* are the tokens that the browser has.

    An unknown login costs the same writes and the same notice, which is then dropped, so that callers cannot tell.
    Raises TooManyResets, or Outrun if many ask at once.
    """
    queue.put(again(lambda: _asked_for_reset(login, devices, origin, now=now)))


def _asked_for_reset(login: str, devices: Sequence[Token], origin: Origin, *, now: datetime) -> PasswordResetAsked:
    """Store a link to set a new password, and return its e-mail."""
    found, asker = mail_limits.find(login, devices, origin=origin, now=now)
    # A sub-user without an address of their own gets no link: the owner reads that mailbox, and nobody sets a lasting
    # password of another user (ASVS V6.4.6).
    owner = found if found and found.enabled and found.own_email else _no_login(login)
    link = email_links.issue(RESET, owner, detail=asker.place, now=now)
    commit(*mail_limits.recording(RESET, asker, now=now), link.adding)
    return reset_letter(link, owner, origin, now=now)


def reset_password(
    text: str, password: str, *, transport: str, factor: str | None, origin: Origin, now: datetime
) -> Challenge | NewSession | datetime:
    """Set the password and go on to the second factor, as after a right password (ASVS V6.4.3).

    While a rescue holds every password back, set it and return when it works.

    Raises LinkClosed, AccountSuspended, TooManyNewPasswords, WeakPassword, or AddressNotAllowed if the panel's IP list
    does not contain the address; after the last four nothing is changed, and the link still works.
    """
    link = open_link(text, kind=RESET, now=now)
    keeper = _find_keeper(link)
    if counting := _counting(keeper, password, by=link.link_id, now=now):
        commit(*counting)
    if now < keeper.login.password_from:
        return _reset_for_later(link, keeper, password, origin, now=now)
    owner = replace(keeper.login, credentials_at=now, given_until=None)
    adding, told = reset_told(owner, origin, now=now)
    return enter(
        owner,
        SignInContext(origin, transport, factor=factor, expected=True, account=keeper.account),
        links.using(link),
        *_replacing(keeper, password, now=now),
        *mail_limits.giving_back_reset(link, now=now),
        audit.noting(Event.PASSWORD_RESET, keeper.login.user_id, actor=LINK, proof=LINK, origin=origin, now=now),
        adding,
        notices=[told],
        renewal=_renewal(link, now=now),
        proved_at=now + A_MOMENT,
        now=now,
    )


def _reset_for_later(link: Link, keeper: Keeper, password: str, origin: Origin, *, now: datetime) -> datetime:
    """Set a password that works only later, and return when."""
    owner = keeper.login
    adding, told = reset_told(replace(owner, credentials_at=now), origin, now=now)
    commit(
        accounts.being_active(owner.account_id),
        links.using(link),
        adding,
        *_replacing(keeper, password, now=now),
        users.ending_everything(owner.user_id, now=now, **_renewal(link, now=now)),
        audit.noting(Event.PASSWORD_RESET, owner.user_id, actor=LINK, proof=LINK, origin=origin, now=now),
    )
    queue.tell(told)
    return owner.password_from


def _renewal(link: Link, *, now: datetime) -> Renewal:
    """Return what a reset by *link* writes to the user: everything proved before is void."""
    return {
        "by": link,
        "credentials_at": now,
        "password_set_at": now,
        "given_until": None,
        "reset_at": now,
        "reset_email_at": link.email_at,
    }


def _find_keeper(link: Link) -> Keeper:
    """Return the login that the link is for.

    Raises LinkClosed if it is gone, disabled, or belongs to another user, AccountSuspended if its account is suspended.
    """
    keeper = logins.find_keeper(link.login, identifiers.user_of(link.link_id))
    if keeper is None or not keeper.login.enabled:
        raise LinkClosed
    accounts.must_be_active(keeper.account)
    return keeper


def _counting(keeper: Keeper, password: str, *, by: str, now: datetime) -> list[Write]:
    """Count a new password of *by*, if it is checked against the earlier ones: only that is slow.

    So nobody has to wait who missed another rule. Refused as TooManyNewPasswords.
    """
    if password_rules.cheap_weaknesses(password, **_rules(keeper)):
        return []
    return [attempt_limits.recording_new_password(by, now=now)]


def _rules(keeper: Keeper) -> dict[str, Any]:
    """Return the arguments of `password_rules` that say what holds for this user."""
    owner = keeper.login
    return {
        "account": keeper.account,
        "second_factor": bool(second_factor.of(owner)),
        "words": [owner.login, owner.email],
    }


def _replacing(keeper: Keeper, password: str, *, now: datetime, **facts: Any) -> list[Write]:
    """Return the writes that replace the password, remember the old one, and schedule the next reminder.

    *facts* are other fields of the login to be written, by name.

    Each asserts the password that it replaces, so of two changes at once exactly one succeeds. Raises WeakPassword.
    """
    owner = keeper.login
    had = [hashed for hashed in (owner.password_hash, owner.api_password_hash) if hashed]
    if missed := password_rules.weaknesses(password, **_rules(keeper), before=[*had, *keeper.before]):
        raise WeakPassword(missed)
    keeping = kept_values.keeping(PASSWORD, owner.password_hash, owner.user_id, provenance=UNKNOWN, now=now)
    return [
        keeping,
        logins.setting_password(owner, password_hash.hash_password(password), now=now, **facts),
        password_history.remembering(owner.user_id, keeper.before, replaced=owner.password_hash),
        reminders.scheduling(owner, keeper.account, password_set_at=now),
    ]


def _no_login(login: str) -> Login:
    """Return a login that does not exist, with a user id that nobody has and no address."""
    account_id = randomness.account_id()
    user_id = randomness.user_id(account_id)
    return Login(login, account_id, user_id, "", None, "en", enabled=False, idle=policy.SESSION_IDLE)

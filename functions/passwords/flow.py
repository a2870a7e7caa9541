"""The story of a new password: changed by its owner, or set with a link from an e-mail."""

from dataclasses import replace
from datetime import datetime

from shared import audit, policy
from shared.auth import attempt_limits, password_rules
from shared.auth.attempt_limits import PasswordTries
from shared.auth.email_links import open_link
from shared.auth.session_opening import Admission, admission
from shared.auth.sessions import Person
from shared.auth.sign_in import Visit, enter
from shared.crypto import password_hash, randomness, seal
from shared.delivery import account_mail, queue
from shared.delivery.notices import PasswordResetAsked
from shared.domain import identifiers
from shared.domain.activity import Event
from shared.domain.challenges import Challenge
from shared.domain.identifiers import Token
from shared.domain.instants import NEVER
from shared.domain.links import Link
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.domain.sessions import A_MOMENT
from shared.errors import LinkClosed, NotSignedIn, WeakPassword, WrongPresentPassword
from shared.storage import links, logins, password_history, reminders, users
from shared.storage.engine import Write, commit
from shared.storage.logins import Keeper


def change_password(person: Person, current: str, new: str, *, origin: Origin, now: datetime) -> Admission:
    """The present password is asked for first; then all other sessions end, and this one goes on under a new token."""
    user, session = person.user, person.session
    keeper = logins.find_keeper(user.login, user.user_id)
    if keeper is None:
        raise NotSignedIn
    tries = PasswordTries(user.login, origin, None, signed_in=True)
    commit(*tries.paying(now=now))
    if not password_hash.is_password(keeper.login.password_hash, current):
        raise WrongPresentPassword
    try:
        replacing = _replacing(keeper, new, now=now)
    except WeakPassword:
        commit(*tries.forgiving())  # the present one was right all the same
        raise
    admitted = admission(
        user.user_id,
        login=user.login,
        factors=session.factors,
        idle=session.idle,
        transport=session.transport,
        known=True,
        proved_at=now + A_MOMENT,
        credentials_at=now,
        confirmed_at=session.confirmed_at,
        replaces=session.session_id,
        renewal={"by": session, "credentials_at": now, "password_set_at": now, "given_until": None},
        event=Event.PASSWORD_CHANGED,
        origin=origin,
        now=now,
    )
    commit(*admitted.writes, *replacing, *tries.forgiving())
    queue.tell(*account_mail.change_made("password_changed", keeper.login, origin=origin, now=now))
    return admitted


def accept_invitation(text: str, password: str, *, origin: Origin, now: datetime) -> None:
    """Sets the first password, forgives wrong codes, and ends what a password before it had opened."""
    link = open_link(text, kind="invitation", now=now)
    keeper = _keeper(link)
    owner = keeper.login
    commit(
        links.using(link),
        *_replacing(keeper, password, now=now),
        attempt_limits.forgiving_codes(owner.user_id),
        users.ending_everything(
            owner.user_id, now=now, by=link, credentials_at=now, password_set_at=now, given_until=None
        ),
        _noting(Event.INVITATION_ACCEPTED, owner, origin, now=now),
    )


def ask_for_reset(login: str, *, origin: Origin, now: datetime) -> None:
    """The same is done for a login that does not exist: only the mail goes nowhere. *login* is canonical.

    So it is for a sub-user whose letters the account's owner reads: nobody sets another's password for good.
    """
    found = logins.find(login)
    owner = found if found and found.enabled and found.own_email else None
    token = randomness.token("reset", owner.user_id if owner else randomness.user_id(randomness.account_id()))
    link = _reset_link(token, login, owner.credentials_at if owner else NEVER, now=now)
    commit(*attempt_limits.paying_for_reset(login, origin, now=now), links.adding(link))
    email, language = (owner.email, owner.language) if owner else ("", "en")
    queue.put(_reset_letter(link, token, email, language, origin, now=now))


def reset_password(
    text: str, password: str, *, transport: str, factor: str | None, origin: Origin, now: datetime
) -> Challenge | Admission:
    """Sets the password and goes on as after a right one: a mailbox is no second factor (ASVS V6.4.3).

    Raises AddressNotAllowed where the account's list does not hold the address: nothing is done, and the link is good.
    """
    link = open_link(text, kind="reset", now=now)
    keeper = _keeper(link)
    return enter(
        replace(keeper.login, credentials_at=now, given_until=None),
        Visit(origin, transport, factor=factor, expected=True, account=keeper.account),
        links.using(link),
        *_replacing(keeper, password, now=now),
        _noting(Event.PASSWORD_RESET, keeper.login, origin, now=now),
        notices=account_mail.change_made("password_reset", keeper.login, origin=origin, now=now),
        renewal={"by": link, "credentials_at": now, "password_set_at": now, "given_until": None},
        proved_at=now + A_MOMENT,
        now=now,
    )


def it_was_not_me(text: str, *, origin: Origin, now: datetime) -> None:
    """Ends every session, voids every challenge, takes the password away, and sends a link to set a new one.

    No device is known any more: that of a thief would be told of to nobody. Where the letters of a sub-user go to the
    account's owner there is no such link: the owner gives him a password for one use.
    """
    link = open_link(text, kind="notme", now=now)
    owner = (keeper := _keeper(link)).login
    token = randomness.token("reset", owner.user_id)
    reset = _reset_link(token, owner.login, now, now=now + A_MOMENT)
    commit(
        links.using(link),
        users.ending_everything(owner.user_id, now=now, credentials_at=now, devices_since=now, given_until=None),
        *_taking_away(keeper, now=now),
        links.adding(reset),
        _noting(Event.NOT_ME, owner, origin, now=now),
    )
    letter = _reset_letter(reset, token, owner.email, owner.language, origin, now=now)
    queue.put(
        *account_mail.change_made("not_me", owner, origin=origin, now=now), *([letter] if owner.own_email else [])
    )


def _keeper(link: Link) -> Keeper:
    """Raises LinkClosed where the login is gone, switched off, or somebody else's by now."""
    keeper = logins.find_keeper(link.login, identifiers.user_of(link.link_id))
    if keeper is None or not keeper.login.enabled:
        raise LinkClosed
    return keeper


def _replacing(keeper: Keeper, password: str, *, now: datetime) -> list[Write]:
    """Raises WeakPassword. Of two changes at once one wins whole: each insists on the password that it replaces."""
    owner = keeper.login
    had = [hashed for hashed in (owner.password_hash, owner.api_password_hash) if hashed]
    missed = password_rules.weaknesses(
        password,
        account=keeper.account,
        second_factor=bool(owner.factors),
        words=[owner.login, owner.email],
        before=[*had, *keeper.before],
    )
    if missed:
        raise WeakPassword(missed)
    return [
        logins.setting_password(owner, password_hash.hash_password(password), now=now),
        password_history.remembering(owner.user_id, keeper.before, replaced=owner.password_hash),
        reminders.scheduling(
            user_id=owner.user_id,
            login=owner.login,
            email=owner.email,
            language=owner.language,
            account=keeper.account,
            password_set_at=now,
        ),
    ]


def _taking_away(keeper: Keeper, *, now: datetime) -> list[Write]:
    """Nobody signs in with the password any more, and it can't be chosen again."""
    owner = keeper.login
    taking = logins.setting_password(owner, None, now=now, devices_since=now)
    if owner.password_hash is None:
        return [taking]
    return [taking, password_history.remembering(owner.user_id, keeper.before, replaced=owner.password_hash)]


def _reset_link(token: Token, login: str, credentials_at: datetime, *, now: datetime) -> Link:
    until = now + policy.RESET_LIFETIME
    return Link(token.id, login, seal.token(token), now, until, credentials_at=credentials_at)


def _reset_letter(
    link: Link, token: Token, email: str, language: str, origin: Origin, *, now: datetime
) -> PasswordResetAsked:
    written = identifiers.write(token)
    return PasswordResetAsked(
        f"reset:{link.link_id}", email, language, link.login, written, link.expires_at, now, origin.address
    )


def _noting(event: Event, owner: Login, origin: Origin, *, now: datetime) -> Write:
    return audit.noting(event, owner.user_id, actor="link", origin=origin, now=now)

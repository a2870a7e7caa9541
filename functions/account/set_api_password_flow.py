"""The story of the legacy mode: programs that show a login and a password of their own, from known addresses."""

from dataclasses import dataclass
from datetime import datetime

from shared.auth import password_rules
from shared.auth.attempt_limits import PasswordTries
from shared.auth.sessions import Person
from shared.crypto import password_hash
from shared.delivery import account_mail, queue
from shared.domain.activity import Event
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.errors import ListNeeded, NotSignedIn, WeakPassword
from shared.storage import accounts, logins
from shared.storage.engine import commit

OWN = "used_before"
"""What is said against the login's own password."""

SWITCHED = {
    True: (Event.LEGACY_API_ON, "legacy_api_on"),
    False: (Event.LEGACY_API_OFF, "legacy_api_off"),
}
"""What is written down and what is told of it, by whether it is on."""


@dataclass(frozen=True)
class Mode:
    """What a user needs to know of it: passwords of programs are taken where all three are so."""

    on: bool
    has_list: bool
    has_password: bool


def mode(person: Person, *, now: datetime) -> Mode:
    return _mode(person, on=person.account.legacy_api, now=now)


def switch(person: Person, *, on: bool, origin: Origin, now: datetime) -> Mode:
    """Acts on the next request of every program. What is so already is neither written nor told.

    Raises ListNeeded where it is to be switched on and the account's list for machines is off or empty.
    """
    if on and not person.account.has_api_list(now=now):
        raise ListNeeded
    after = _mode(person, on=on, now=now)
    if on != person.account.legacy_api:
        event, change = SWITCHED[on]
        switching = accounts.switching_legacy(person.account, on=on)
        commit(switching, person.noting(event, origin, now=now), *person.still_allowed())
        queue.tell(*account_mail.change_made(change, person.user, origin=origin, now=now))
    return after


def set_password(person: Person, password: str, *, origin: Origin, now: datetime) -> None:
    """Raises WeakPassword, also for the login's own; Outrun where that one was changed meanwhile.

    To hear that it is the login's own is to have guessed that one, so a try at it is paid for: TooManyPasswords.
    """
    owner = _login(person)
    tries = PasswordTries(owner.login, origin, signed_in=True)
    commit(*tries.paying(now=now))
    if missed := _weaknesses(password, owner, person):
        if OWN not in missed:
            commit(*tries.forgiving())
        raise WeakPassword(missed)
    setting = logins.setting_api_password(owner, password_hash.hash_password(password))
    noting = person.noting(Event.API_PASSWORD_SET, origin, now=now)
    commit(setting, *tries.forgiving(), noting, *person.still_allowed())
    queue.tell(*account_mail.change_made("api_password_set", person.user, origin=origin, now=now))


def remove_password(person: Person, *, origin: Origin, now: datetime) -> None:
    """Raises NothingThere where there is none."""
    removing = logins.removing_api_password(person.user.login)
    commit(removing, person.noting(Event.API_PASSWORD_REMOVED, origin, now=now), *person.still_allowed())
    queue.tell(*account_mail.change_made("api_password_removed", person.user, origin=origin, now=now))


def _weaknesses(password: str, owner: Login, person: Person) -> list[str]:
    return password_rules.weaknesses(
        password,
        account=person.account,
        second_factor=False,  # nothing else is asked of a program
        words=[owner.login, owner.email],
        before=[owner.password_hash] if owner.password_hash else [],
    )


def _mode(person: Person, *, on: bool, now: datetime) -> Mode:
    return Mode(on, person.account.has_api_list(now=now), _login(person).api_password_hash is not None)


def _login(person: Person) -> Login:
    """Raises NotSignedIn where the login is gone, or somebody else's by now."""
    owner = logins.find(person.user.login)
    if owner is None or owner.user_id != person.user.user_id:
        raise NotSignedIn
    return owner

"""Flows of the legacy API mode: programs authenticate with a login and an API password, from listed addresses only."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shared.auth import attempt_limits, kept_values, password_rules
from shared.auth.attempt_limits import PasswordAttempts
from shared.auth.principals import OwnRow
from shared.auth.sessions import Person
from shared.crypto import password_hash
from shared.delivery import account_mail, queue
from shared.delivery.letters import ChangeMade
from shared.domain.accounts import Account
from shared.domain.activity import Event
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.errors import ListNeeded, NotSignedIn, WeakPassword
from shared.storage import accounts, logins, users
from shared.storage.engine import Write, commit

OWN = "used_before"
"""The code of `password_rules` for an API password that is the login's own password."""

SWITCHED = {
    ("legacy_api", True): (Event.LEGACY_API_ON, "legacy_api_on"),
    ("legacy_api", False): (Event.LEGACY_API_OFF, "legacy_api_off"),
    ("changes_by_get", True): (Event.CHANGES_BY_GET, "changes_by_get_on"),
    ("changes_by_get", False): (Event.CHANGES_BY_GET, "changes_by_get_off"),
}
"""The event for the activity log and the change named in the e-mail, by field of the account and its new value."""


@dataclass(frozen=True)
class Mode:
    """What old programs may do. API passwords are accepted only if all of the first three are true."""

    on: bool
    has_list: bool
    has_password: bool
    changes_by_get: bool


def mode(person: Person, *, now: datetime) -> Mode:
    """Return the state for this user."""
    return _mode_of(person, person.account, now=now)


def switch(person: Person, *, origin: Origin, now: datetime, **facts: bool) -> Mode:
    """Write *facts*, the account's `legacy_api` and `changes_by_get`, with effect on the next request of every program.

    What is so already is not written. Raises ListNeeded if API passwords are to be accepted and the account's IP list
    for the API is off or empty; Outrun if that list changed meanwhile.
    """
    account = person.account
    if facts.get("legacy_api") and not account.has_api_list(now=now):
        raise ListNeeded
    after = _mode_of(person, replace(account, **facts), now=now)  # type: ignore[arg-type] # the fields are switches
    changed = {name: on for name, on in facts.items() if on != getattr(account, name)}
    if changed:
        told = [SWITCHED[one] for one in changed.items()]
        commit(
            accounts.switching_legacy(account, **changed),
            kept_values.keeping_legacy_api(person, now=now),
            *(person.noting(event, origin, now=now) for event, _ in told),
            *person.still_allowed(writing=[OwnRow.ACCOUNT]),
        )
        queue.tell(*(letter for _, change in told for letter in _letters(change, person, origin, now=now)))
    return after


def _letters(change: str, person: Person, origin: Origin, *, now: datetime) -> list[ChangeMade]:
    return account_mail.change_made(change, person.user, origin=origin, now=now)


def set_password(person: Person, password: str, *, origin: Origin, now: datetime) -> None:
    """Set the user's API password. Raises WeakPassword, also for the login's own password; TooManyPasswords;
    TooManyNewPasswords; Outrun if the login's own password changed meanwhile.
    """
    owner = _login_of(person)
    attempts = PasswordAttempts(owner.login, origin, signed_in=True, secret=owner.password_hash)
    # "It is your own password" confirms a guess at that password, so each request is counted like a sign-in attempt.
    commit(*attempts.recording(now=now), *_counting(password, owner, person, now=now))
    if missed := _weaknesses(password, owner, person):
        if OWN not in missed:
            commit(*attempts.resetting(now=now))
        raise WeakPassword(missed)
    hashed = password_hash.hash_password(password)
    setting = logins.setting_api_password(owner, hashed, provenance=person.provenance)
    noting = person.noting(Event.API_PASSWORD_SET, origin, now=now)
    commit(setting, *attempts.resetting(now=now), noting, *person.still_allowed())
    queue.tell(*account_mail.change_made("api_password_set", person.user, origin=origin, now=now))


def remove_password(person: Person, *, origin: Origin, now: datetime) -> None:
    """Remove the user's API password, and stop what it scheduled. Raises NotFound if there is none."""
    commit(
        logins.removing_api_password(person.user.login),
        users.changing(person.user.user_id, by=person, api_password_removed_at=now),
        person.noting(Event.API_PASSWORD_REMOVED, origin, now=now),
        *person.still_allowed(writing=[OwnRow.USER]),
    )
    queue.tell(*account_mail.change_made("api_password_removed", person.user, origin=origin, now=now))


def _counting(password: str, owner: Login, person: Person, *, now: datetime) -> list[Write]:
    """Count a password that costs slow hashes. Refused as TooManyNewPasswords."""
    if password_rules.cheap_weaknesses(password, **_rules(owner, person)):
        return []
    return [attempt_limits.recording_new_password(owner.user_id, now=now)]


def _weaknesses(password: str, owner: Login, person: Person) -> list[str]:
    before = [owner.password_hash] if owner.password_hash else []
    return password_rules.weaknesses(password, **_rules(owner, person), before=before)


def _rules(owner: Login, person: Person) -> dict[str, Any]:
    """Return the arguments of `password_rules` that say what holds for this user."""
    # A program is asked for no second factor.
    return {"account": person.account, "second_factor": False, "words": [owner.login, owner.email]}


def _mode_of(person: Person, account: Account, *, now: datetime) -> Mode:
    has_password = _login_of(person).api_password_hash is not None
    return Mode(account.legacy_api, account.has_api_list(now=now), has_password, account.changes_by_get)


def _login_of(person: Person) -> Login:
    """Return the user's login. Raises NotSignedIn if it is gone or belongs to another user by now."""
    owner = logins.find(person.user.login)
    if owner is None or owner.user_id != person.user.user_id:
        raise NotSignedIn
    return owner

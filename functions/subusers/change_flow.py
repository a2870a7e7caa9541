"""Flow of a sub-user's changes: what they may do, their limits and passwords, and whether they are enabled."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shared import policy
from shared.auth import mail_limits, second_factor
from shared.auth.principals import Principal
from shared.delivery import queue
from shared.domain.activity import Event
from shared.domain.origins import Origin
from shared.domain.provenance import merged
from shared.domain.subusers import NO_LIMITS, NO_SECRETS, Limits, Secrets, Subuser
from shared.domain.users import User
from shared.errors import UnconfirmedChange, UnknownSubuser
from shared.storage import groups, logins, password_history, reminders, users
from shared.storage.engine import Write
from subusers import given_passwords, letters, purse_limits
from subusers.letters import SWITCHED
from subusers.subuser_scopes import must_be_givable, with_contacts


@dataclass(frozen=True)
class Changes:
    """Changes to a sub-user: `facts` are fields of `User` by name."""

    secrets: Secrets = NO_SECRETS
    facts: Mapping[str, Any] | None = None
    limits: Limits = NO_LIMITS


def change(principal: Principal, before: Subuser, wanted: Changes, *, origin: Origin, now: datetime) -> Subuser:
    """Change a sub-user, and return them as they are then. Fields with the same value are not logged.

    Raises ExceedsOwnScopes, WeakGivenPassword, TooManyNewPasswords, UnknownSubuser, or Outrun if their permissions
    changed since *before* was read.
    """
    principal.must_have_all(before.user.given_scopes)
    if principal.account.suspends(before.user.provenance):
        raise UnconfirmedChange
    facts = _changed_fields(before.user, wanted)
    after = replace(before.user, **facts)
    must_be_givable(principal, after)
    facts |= _bounds(before.user, after, wanted.secrets, principal)
    ending = _voiding_fields(facts, wanted.secrets, now=now)
    provenance = merged(before.user.provenance, principal.provenance)
    after = replace(before.user, **facts, **ending, provenance=provenance)
    limits = purse_limits.other_limits(before.purse, wanted.limits, now=now)
    events = _events(facts, wanted.secrets, purse_limits.differing(before.purse, limits, now=now))
    reminding = reminders.scheduling(after, principal.account, password_set_at=after.password_set_at)
    if events or limits != NO_LIMITS:
        purse_limits.commit_with(
            before,
            limits,
            users.deciding(before.user, **facts, **ending, provenance=provenance),
            *_changing_login(before.user, after, wanted.secrets, principal),
            *([reminding] if ending else []),
            *(mail_limits.recording_given_password(after, now=now) if _is_told(events) else []),
            *([groups.sharing_all(after.user_id, after.phonebook)] if "phonebook" in facts else []),
            *(
                principal.noting(event, origin, user_id=after.user_id, now=now, detail=detail)
                for event, detail in events.items()
            ),
            *principal.still_allowed(),
            now=now,
        )
        queue.tell(*letters.of_changes(events, after, principal, origin, now=now))
    return Subuser(after, purse_limits.limited(before.purse, after.user_id, limits, now=now))


def _is_told(events: Mapping[Event, str]) -> bool:
    """Whether a sub-user with an address of their own is told of the change."""
    return not letters.TOLD_TO_SUBUSERS.keys().isdisjoint(events)


def _changed_fields(before: User, wanted: Changes) -> dict[str, Any]:
    """Return the fields whose value changes, by name."""
    facts = {name: value for name, value in (wanted.facts or {}).items() if value != getattr(before, name)}
    if facts.get("phonebook"):
        facts |= with_contacts(replace(before, **facts))
    return facts


def _voiding_fields(facts: Mapping[str, Any], secrets: Secrets, *, now: datetime) -> dict[str, Any]:
    """Return the fields that void the user's sessions and challenges, if a password is given or they are switched."""
    if secrets.password:
        until = now + policy.GIVEN_PASSWORD_LIFETIME
        return {"epoch": now, "credentials_at": now, "password_set_at": now, "given_until": until}
    return {"epoch": now, "credentials_at": now} if "enabled" in facts else {}


def _bounds(before: User, after: User, secrets: Secrets, principal: Principal) -> dict[str, Any]:
    """Return the limits that bind the sub-user from now on: those of a program that gives them more than they had.

    A program that knows their password, or lets them in again, would otherwise get through them what it may not.
    """
    bounds = principal.bounds_of_people
    gets_scopes = not after.given_scopes <= before.given_scopes
    is_given_more = gets_scopes or after.enabled > before.enabled or after.phonebook > before.phonebook
    if bounds is None or not (secrets.password or is_given_more):
        return {}
    return {"bounds": bounds.within(before.bounds)}


def _changing_login(before: User, after: User, secrets: Secrets, principal: Principal) -> list[Write]:
    """Return the writes of the login row, and of the password history if a password is given.

    Raises WeakGivenPassword or UnknownSubuser.
    """
    facts: dict[str, Any] = {}
    if before.enabled != after.enabled:
        facts = {"enabled": after.enabled, "credentials_at": after.credentials_at}
    if secrets.api_password:
        facts["api_password_hash"] = given_passwords.hash_of_api_password(secrets)
        facts |= {"api_provenance": after.provenance, "api_bounds": principal.bounds}
    keeper = logins.find_keeper(after.login, after.user_id) if secrets.password else None
    if secrets.password and keeper is None:
        raise UnknownSubuser
    has_factor = keeper is not None and bool(second_factor.of(keeper.login))
    given_passwords.must_be_strong(secrets, after, principal.account, second_factor=has_factor)
    if keeper is None:
        return [logins.deciding(after, **facts)] if facts else []
    facts |= {name: getattr(after, name) for name in ("credentials_at", "given_until")}
    facts["password_hash"] = given_passwords.hash_of_password(secrets)
    return [
        logins.giving_password(keeper.login, after, **facts),
        password_history.remembering(after.user_id, keeper.before, replaced=keeper.login.password_hash),
    ]


def _events(facts: Mapping[str, Any], secrets: Secrets, limits: Limits) -> dict[Event, str]:
    """Return the events for the activity log, each with its detail."""
    words = [name for name in ("description", "permissions", "hours", "senders", "phonebook") if name in facts]
    if limits != NO_LIMITS:
        words.append("points")
    events = {Event.USER_CHANGED: " ".join(words)} if words else {}
    if "enabled" in facts:
        events[SWITCHED[facts["enabled"]][0]] = ""
    if secrets.password:
        events[Event.PASSWORD_GIVEN] = ""
    if secrets.api_password:
        events[Event.API_PASSWORD_SET] = ""
    return events

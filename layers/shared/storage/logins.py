"""The logins table: what a sign-in reads first."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from shared import settings
from shared.domain.accounts import Account
from shared.domain.devices import Device
from shared.domain.identifiers import Token, account_of
from shared.domain.logins import Login
from shared.domain.users import User
from shared.errors import (
    FactorNeeded,
    LinkClosed,
    LoginTaken,
    NothingThere,
    Outrun,
    Refusal,
    TokenRefused,
    UnknownLogin,
    UnknownSubuser,
)
from shared.storage import accounts, carriers, devices, engine, password_history
from shared.storage.mapping import DurationAttribute, facts_set, record, row

CHOSEN: dict[str, None] = {"given_until": None}
"""Whoever has set his password himself has no other that was given to him."""


@dataclass(frozen=True)
class Arrival:
    """What a sign-in has to know before it pays for the try."""

    login: Login | None
    device: Device | None
    sms_delayed: bool


class LoginItem(Model):
    class Meta:
        table_name = settings.LOGINS_TABLE

    login = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    email = UnicodeAttribute()
    phone = UnicodeAttribute(null=True)
    language = UnicodeAttribute()
    enabled = BooleanAttribute()
    idle = DurationAttribute()
    has_totp = BooleanAttribute()
    has_recovery_codes = BooleanAttribute()
    password_hash = UnicodeAttribute(null=True)
    longest_idle = DurationAttribute()
    devices_since = UTCDateTimeAttribute()
    credentials_at = UTCDateTimeAttribute()
    api_password_hash = UnicodeAttribute(null=True)
    own_email = BooleanAttribute(default=True)
    given_until = UTCDateTimeAttribute(null=True)


def find_at_arrival(login: str, device: Token | None, *, now: datetime) -> Arrival:
    """All in one round trip. The caller must see for himself whether the device belongs to the login."""
    keys = [engine.Key(LoginItem, login), carriers.key()]
    if device:
        keys.append(devices.key(device.id))
    item, carrier, *rest = engine.fetch(*keys)
    known = record(Device, rest[0]) if rest else None
    return Arrival(record(Login, item), known, carriers.in_trouble(carrier, now=now))


@dataclass(frozen=True)
class Keeper:
    """Whose password is about to change, and what the new one is held against."""

    login: Login
    account: Account
    before: list[str] = field(repr=False)


def find_keeper(login: str, user_id: str) -> Keeper | None:
    """All in one round trip; None where the login is gone or somebody else's by now."""
    item, account, history = engine.fetch(
        engine.Key(LoginItem, login), accounts.key(account_of(user_id)), password_history.key(user_id)
    )
    owner, decided = record(Login, item), accounts.read(account)
    if not (owner and decided and owner.user_id == user_id):
        return None
    return Keeper(owner, decided, password_history.before(history))


def find(login: str) -> Login | None:
    return record(Login, engine.fetch_one(engine.Key(LoginItem, login)))


def adding(login: Login) -> engine.Write:
    """A new login. Refused as LoginTaken where it exists."""
    return engine.add(row(LoginItem, login), refused=LoginTaken())


def setting_password(owner: Login, password_hash: str | None, *, now: datetime, **facts: Any) -> engine.Write:
    """Of all who change it at once one comes first; None takes the password away. *facts* are fields by name.

    Refused as LinkClosed where the login is gone or switched off, as Outrun where the password is not what it was.
    """
    return engine.change(
        LoginItem(owner.login),
        facts_set(LoginItem, CHOSEN | {"password_hash": password_hash, "credentials_at": now, **facts}),
        guard=(LoginItem.enabled == True) & _has(owner.password_hash),  # noqa: E712 - for DynamoDB
        refused=_why_not_set,
    )


def renewing_hash(owner: Login, password_hash: str) -> engine.Write:
    """The same password, hashed anew. Refused as Outrun where it is not what it was."""
    return engine.change(
        LoginItem(owner.login), [LoginItem.password_hash.set(password_hash)], guard=_has(owner.password_hash)
    )


def setting_api_password(owner: Login, password_hash: str) -> engine.Write:
    """For his programs. Refused as Outrun where the login is off, or its own password is not what it was."""
    return engine.change(
        LoginItem(owner.login),
        [LoginItem.api_password_hash.set(password_hash)],
        guard=(LoginItem.enabled == True) & _has(owner.password_hash),  # noqa: E712 - for DynamoDB
    )


def insisting_api_password(login: str, password_hash: str | None) -> engine.Write:
    """Changes nothing, but insists that the login's API password is still that one. Refused as TokenRefused."""
    guard = LoginItem.api_password_hash == password_hash
    return engine.check(engine.Key(LoginItem, login), guard=guard, refused=lambda _: TokenRefused())


def removing_api_password(login: str) -> engine.Write:
    """Refused as NothingThere where there is none."""
    return engine.change(
        LoginItem(login),
        [LoginItem.api_password_hash.remove()],
        guard=LoginItem.api_password_hash.exists(),
        refused=lambda _: NothingThere(),
    )


def changing(login: str, **facts: Any) -> engine.Write:
    """*facts* are fields by name. Refused as Outrun where the login is gone."""
    return engine.change(LoginItem(login), facts_set(LoginItem, facts), guard=LoginItem.login.exists())


def having_codes(login: str) -> engine.Write:
    """He has recovery codes. Refused as FactorNeeded where he has nothing that they could stand in for."""
    return engine.change(
        LoginItem(login),
        [LoginItem.has_recovery_codes.set(True)],
        guard=LoginItem.phone.exists() | (LoginItem.has_totp == True),  # noqa: E712 - for DynamoDB
        refused=lambda _: FactorNeeded(),
    )


def switching(login: str, *, enabled: bool) -> engine.Write:
    """Refused as UnknownLogin where it does not exist."""
    return engine.change(
        LoginItem(login),
        [LoginItem.enabled.set(enabled)],
        guard=LoginItem.login.exists(),
        refused=lambda _: UnknownLogin(),
    )


def deciding(user: User, **facts: Any) -> engine.Write:
    """What the account's owner decides about a sub-user; *facts* are fields by name.

    Refused as UnknownSubuser where the login is gone, or somebody else's by now.
    """
    return engine.change(
        LoginItem(user.login), facts_set(LoginItem, facts), guard=_is_of(user), refused=lambda _: UnknownSubuser()
    )


def giving_password(before: Login, user: User, **facts: Any) -> engine.Write:
    """As `deciding`, and refused as Outrun where the password is not what it was."""
    return engine.change(
        LoginItem(before.login),
        facts_set(LoginItem, facts),
        guard=_is_of(user) & _has(before.password_hash),
        refused=lambda row: Outrun() if row else UnknownSubuser(),
    )


def removing(user: User) -> engine.Write:
    """From now on anybody may have this login. Refused as UnknownSubuser where it is not his any more."""
    return engine.remove(LoginItem(user.login), guard=_is_of(user), refused=UnknownSubuser())


def _is_of(user: User) -> Condition:
    return cast(Condition, LoginItem.user_id == user.user_id)


def _has(password_hash: str | None) -> Condition:
    if password_hash is None:
        return cast(Condition, LoginItem.password_hash.does_not_exist())
    return cast(Condition, LoginItem.password_hash == password_hash)


def _why_not_set(row: engine.Raw) -> Refusal:
    return Outrun() if row.get("enabled", {}).get("BOOL") else LinkClosed()

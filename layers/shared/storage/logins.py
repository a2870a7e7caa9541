"""The logins table: the row that a sign-in reads first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.accounts import Account
from shared.domain.devices import Device
from shared.domain.identifiers import Token, account_of
from shared.domain.instants import NEVER
from shared.domain.logins import Login
from shared.domain.provenance import UNKNOWN, Provenance
from shared.domain.users import User
from shared.errors import (
    FactorNeeded,
    LinkClosed,
    LoginTaken,
    NotFound,
    Outrun,
    Refusal,
    TokenRefused,
    UnknownLogin,
    UnknownSubuser,
)
from shared.storage import accounts, carriers, devices, engine, password_history, users
from shared.storage.mapping import DurationAttribute, RightsAttribute, facts_set, record, row

CHOSEN: dict[str, None] = {"given_until": None}
"""Facts of a login whose user chose the password: it is not a given one, which works for a limited time."""


@dataclass(frozen=True)
class Arrival:
    """What a sign-in reads before it counts the attempt."""

    login: Login | None
    devices: list[Device | None]
    sms_delayed: bool
    beside: list[engine.Row] = field(default_factory=list)
    """The rows under the other keys that the caller named."""


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
    email_at = UTCDateTimeAttribute(default=NEVER)
    api_provenance = UnicodeAttribute(default=UNKNOWN)
    api_bounds = RightsAttribute(null=True)
    password_from = UTCDateTimeAttribute(default=NEVER)
    phone_given = BooleanAttribute(null=True)
    checks_breaches = BooleanAttribute(default=False)
    breach_asked_at = UTCDateTimeAttribute(default=NEVER)
    invited_at = UTCDateTimeAttribute(default=NEVER)
    invited_from = UnicodeAttribute(default="")


def find_at_arrival(login: str, shown: Sequence[Token], *, beside: Sequence[engine.Key] = (), now: datetime) -> Arrival:
    """Read the login, the device of each token *shown*, the carrier's state and the rows under the keys *beside*.

    It is one round trip. The caller must check which of the devices belongs to the login. No two of the tokens may have
    the same id.
    """
    keys = [devices.key(token.id) for token in shown]
    item, carrier, *rest = engine.fetch(engine.Key(LoginItem, login), carriers.key(), *keys, *beside)
    known = [record(Device, device) for device in rest[: len(keys)]]
    return Arrival(record(Login, item), known, carriers.in_trouble(carrier, now=now), rest[len(keys) :])


def find_beside(login: str, beside: Sequence[engine.Key]) -> tuple[Login | None, list[engine.Row]]:
    """Read the login and the rows under the keys *beside* in one round trip."""
    item, *rows = engine.fetch(engine.Key(LoginItem, login), *beside)
    return record(Login, item), rows


@dataclass(frozen=True)
class Keeper:
    """A user whose password is about to change, and the hashes of earlier passwords, which may not be reused."""

    login: Login
    account: Account
    before: list[str] = field(repr=False)


def find_keeper(login: str, user_id: str) -> Keeper | None:
    """Read the login, its account and its password history in one round trip; None if *user_id* has it no longer."""
    item, account, history = engine.fetch(
        engine.Key(LoginItem, login), accounts.key(account_of(user_id)), password_history.key(user_id)
    )
    return _keeper(item, account, history, user_id)


def _keeper(item: engine.Row, account: engine.Row, history: engine.Row, user_id: str) -> Keeper | None:
    owner, decided = record(Login, item), accounts.read(account)
    if not (owner and decided and owner.user_id == user_id):
        return None
    return Keeper(owner, decided, password_history.before(history))


def find_keeper_with_user(login: str, user_id: str) -> tuple[Keeper | None, User | None]:
    """Return what `find_keeper` does, and the user, in one round trip."""
    keys = [engine.Key(LoginItem, login), accounts.key(account_of(user_id)), password_history.key(user_id)]
    item, account, history, user = engine.fetch(*keys, users.key(user_id))
    return _keeper(item, account, history, user_id), record(User, user)


def find(login: str) -> Login | None:
    """Return the login, in canonical form; None without a read for a text that none can be."""
    if not 0 < len(login) <= policy.MAX_LOGIN_CHARACTERS:
        return None
    return record(Login, engine.fetch_one(engine.Key(LoginItem, login)))


def find_each(names: Sequence[str]) -> list[Login | None]:
    """Return what each name is the login of, in one round trip."""
    return [record(Login, item) for item in engine.fetch(*(engine.Key(LoginItem, name) for name in names))]


def adding(login: Login) -> engine.Write:
    """Add a login. Refused as LoginTaken if it exists."""
    return engine.add(row(LoginItem, login), refused=LoginTaken())


def setting_password(owner: Login, password_hash: str | None, *, now: datetime, **facts: Any) -> engine.Write:
    """Write a new password, or remove it (None), and *facts*, fields by name.

    Refused as LinkClosed if the login is gone or disabled, as Outrun if the password changed since *owner* was read.
    """
    return engine.change(
        LoginItem(owner.login),
        facts_set(LoginItem, CHOSEN | {"password_hash": password_hash, "credentials_at": now, **facts}),
        guard=(LoginItem.enabled == True) & _has_password_hash(owner.password_hash),  # noqa: E712 - for DynamoDB
        refused=_set_password_refusal,
    )


def renewing_hash(owner: Login, password_hash: str) -> engine.Write:
    """Write a new hash of the same password. Refused as Outrun if the password changed meanwhile."""
    return engine.change(
        LoginItem(owner.login),
        [LoginItem.password_hash.set(password_hash)],
        guard=_has_password_hash(owner.password_hash),
    )


def asking_for_breach(owner: Login, *, now: datetime) -> engine.Write:
    """Note that the password is looked for among leaked ones. Refused as Outrun if it changed, or another was first."""
    asked = LoginItem.breach_asked_at
    return engine.change(
        LoginItem(owner.login),
        [asked.set(now)],
        guard=_has_password_hash(owner.password_hash) & (asked.does_not_exist() | (asked == owner.breach_asked_at)),
    )


def setting_api_password(owner: Login, password_hash: str, *, provenance: Provenance) -> engine.Write:
    """Write an API password that a person chose: the limits of no program bind it.

    Refused as Outrun if the login is disabled, or its password changed meanwhile.
    """
    return engine.change(
        LoginItem(owner.login),
        [
            LoginItem.api_password_hash.set(password_hash),
            LoginItem.api_provenance.set(provenance),
            LoginItem.api_bounds.remove(),
        ],
        guard=(LoginItem.enabled == True) & _has_password_hash(owner.password_hash),  # noqa: E712 - for DynamoDB
    )


def insisting_api_password(login: str, password_hash: str | None) -> engine.Write:
    """Require that the login's API password is still the same. Refused as TokenRefused if not."""
    guard = LoginItem.api_password_hash == password_hash
    return engine.check(engine.Key(LoginItem, login), guard=guard, refused=lambda _: TokenRefused())


def confirming_api_password(login: Login) -> engine.Write:
    """Let a suspended API password work again. Refused as Outrun if there is another by now, or none."""
    return engine.change(
        LoginItem(login.login),
        [LoginItem.api_provenance.set(UNKNOWN)],
        guard=LoginItem.api_password_hash == login.api_password_hash,
    )


def removing_api_password(login: str) -> engine.Write:
    """Remove an API password. Refused as NotFound if there is none."""
    return engine.change(
        LoginItem(login),
        [LoginItem.api_password_hash.remove()],
        guard=LoginItem.api_password_hash.exists(),
        refused=lambda _: NotFound(),
    )


def changing(login: str, **facts: Any) -> engine.Write:
    """Write *facts*, fields of the login by name. Refused as Outrun if it is gone."""
    return engine.change(LoginItem(login), facts_set(LoginItem, facts), guard=LoginItem.login.exists())


def having_codes(login: str) -> engine.Write:
    """Record that the user has recovery codes. Refused as FactorNeeded if they have no other second factor."""
    return engine.change(
        LoginItem(login),
        [LoginItem.has_recovery_codes.set(True)],
        guard=LoginItem.phone.exists() | (LoginItem.has_totp == True),  # noqa: E712 - for DynamoDB
        refused=lambda _: FactorNeeded(),
    )


def switching(login: str, *, enabled: bool, now: datetime) -> engine.Write:
    """Enable or disable a login, as `users.switching` does. Refused as UnknownLogin if there is none."""
    return engine.change(
        LoginItem(login),
        facts_set(LoginItem, {"enabled": enabled, "credentials_at": now}),
        guard=LoginItem.login.exists(),
        refused=lambda _: UnknownLogin(),
    )


def deciding(user: User, **facts: Any) -> engine.Write:
    """Write *facts*, fields of a sub-user's login by name, as the account's owner decided.

    Refused as UnknownSubuser if the login is gone, or belongs to another user by now.
    """
    return engine.change(
        LoginItem(user.login), facts_set(LoginItem, facts), guard=_belongs_to(user), refused=lambda _: UnknownSubuser()
    )


def giving_password(before: Login, user: User, **facts: Any) -> engine.Write:
    """Do what `deciding` does. Refused as Outrun too, if the password changed since *before* was read."""
    return engine.change(
        LoginItem(before.login),
        facts_set(LoginItem, facts),
        guard=_belongs_to(user) & _has_password_hash(before.password_hash),
        refused=lambda row: Outrun() if row else UnknownSubuser(),
    )


def removing(user: User) -> engine.Write:
    """Remove a login, which is free again then. Refused as UnknownSubuser if it belongs to another user by now."""
    return engine.remove(LoginItem(user.login), guard=_belongs_to(user), refused=UnknownSubuser())


def _belongs_to(user: User) -> Condition:
    return cast(Condition, LoginItem.user_id == user.user_id)


def _has_password_hash(password_hash: str | None) -> Condition:
    if password_hash is None:
        return cast(Condition, LoginItem.password_hash.does_not_exist())
    return cast(Condition, LoginItem.password_hash == password_hash)


def _set_password_refusal(row: engine.Raw) -> Refusal:
    return Outrun() if row.get("enabled", {}).get("BOOL") else LinkClosed()

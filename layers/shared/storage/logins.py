"""The logins table: what a sign-in reads first."""

from datetime import timedelta

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.models import Model

from shared import settings
from shared.domain.devices import Device
from shared.domain.identifiers import Token
from shared.domain.logins import Login
from shared.errors import InvitationClosed, LoginTaken, NotSignedIn, UnknownLogin
from shared.storage import devices, engine
from shared.storage.mapping import DurationAttribute, record, row


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
    password_hash = UnicodeAttribute(null=True)


def find_with_device(login: str, device: Token | None) -> tuple[Login | None, Device | None]:
    """Both in one round trip. The caller must see for himself whether the device belongs to the login."""
    keys = [engine.Key(LoginItem, login)]
    if device:
        keys.append(devices.key(device.id))
    item, *rest = engine.fetch(*keys)
    return record(Login, item), record(Device, rest[0]) if rest else None


def find(login: str) -> Login | None:
    return record(Login, engine.fetch_one(engine.Key(LoginItem, login)))


def adding(login: Login) -> engine.Write:
    """A new login. Refused as LoginTaken where it exists."""
    return engine.add(row(LoginItem, login), refused=LoginTaken())


def setting_password(login: str, password_hash: str) -> engine.Write:
    """Refused as InvitationClosed where the login is gone or switched off."""
    return engine.change(
        LoginItem(login),
        [LoginItem.password_hash.set(password_hash)],
        guard=LoginItem.enabled == True,  # noqa: E712 - an expression for DynamoDB, not a comparison
        refused=lambda _: InvitationClosed(),
    )


def choosing_idle(login: str, idle: timedelta) -> engine.Write:
    """Refused as NotSignedIn where the login is gone."""
    return engine.change(
        LoginItem(login),
        [LoginItem.idle.set(idle)],
        guard=LoginItem.login.exists(),
        refused=lambda _: NotSignedIn(),
    )


def switching(login: str, *, enabled: bool) -> engine.Write:
    """Refused as UnknownLogin where it does not exist."""
    return engine.change(
        LoginItem(login),
        [LoginItem.enabled.set(enabled)],
        guard=LoginItem.login.exists(),
        refused=lambda _: UnknownLogin(),
    )

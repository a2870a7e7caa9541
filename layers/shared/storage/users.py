"""The users table: what every request must know of its user."""

from datetime import datetime

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.models import Model

from shared import settings
from shared.domain.identifiers import account_of
from shared.domain.users import User
from shared.errors import ChallengeClosed, Outrun, UnknownLogin
from shared.storage import engine
from shared.storage.mapping import row


class UserItem(Model):
    class Meta:
        table_name = settings.USERS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute(range_key=True)
    login = UnicodeAttribute()
    enabled = BooleanAttribute()
    created_at = UTCDateTimeAttribute()
    epoch = UTCDateTimeAttribute()


def key(user_id: str) -> engine.Key:
    return engine.Key(UserItem, account_of(user_id), user_id)


def adding(user: User) -> engine.Write:
    return engine.add(row(UserItem, user), refused=Outrun())


def honouring(user_id: str, *, proved_at: datetime) -> engine.Write:
    """Insists that a proof of *proved_at* still counts. Refused as ChallengeClosed."""
    return engine.check(
        key(user_id),
        guard=(UserItem.enabled == True) & (UserItem.epoch < proved_at),  # noqa: E712 - an expression for DynamoDB
        refused=lambda _: ChallengeClosed(),
    )


def ending_everything(user_id: str, *, now: datetime) -> engine.Write:
    """Voids every session and challenge that was begun until *now*, however many there are."""
    return engine.change(
        UserItem(account_of(user_id), user_id), [UserItem.epoch.set(now)], guard=UserItem.user_id.exists()
    )


def switching(user_id: str, *, enabled: bool, now: datetime) -> engine.Write:
    """Either way what was proved until *now* is void. Refused as UnknownLogin where there is no such user."""
    return engine.change(
        UserItem(account_of(user_id), user_id),
        [UserItem.enabled.set(enabled), UserItem.epoch.set(now)],
        guard=UserItem.user_id.exists(),
        refused=lambda _: UnknownLogin(),
    )

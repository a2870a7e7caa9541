"""The tokens table: API tokens and OAuth clients of an account, and those of them that are about to expire."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.accounts import Account
from shared.domain.identifiers import account_of, is_record_id, user_of
from shared.domain.tokens import ApiToken, next_warning
from shared.domain.users import User
from shared.errors import NothingThere, Outrun
from shared.storage import accounts, engine, users
from shared.storage.mapping import facts_set, record, row

MINUTE = timedelta(minutes=1)

MOST_ROWS_OF_USER = 2 * policy.TOKENS_PER_USER
"""With those whose time to be removed has come, and which TTL will remove some day."""


class TokenItem(Model):
    """`shard` and `warn_at` place it in the index `expiring`; a row without them is in none.

    Before the tokens of a user lies a row under his own id that is none: how many he ever `made`.
    """

    class Meta:
        table_name = settings.TOKENS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    token_id = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    sealed_secret = UnicodeAttribute()
    name = UnicodeAttribute()
    description = UnicodeAttribute()
    scopes = UnicodeAttribute()
    enabled = BooleanAttribute()
    created_at = UTCDateTimeAttribute()
    created_by = UnicodeAttribute()
    last_four = UnicodeAttribute()
    expires_at = UTCDateTimeAttribute(null=True)
    sources = UnicodeAttribute()
    rate_limit = NumberAttribute(null=True)
    used_at = UTCDateTimeAttribute()
    used_from = UnicodeAttribute()
    sealed_before = UnicodeAttribute(null=True)
    before_until = UTCDateTimeAttribute()
    revision = NumberAttribute()
    hides_codes = BooleanAttribute(default=False)
    shard = UnicodeAttribute(null=True)
    warn_at = UTCDateTimeAttribute(null=True)
    forget_at = TTLAttribute(null=True)
    made = NumberAttribute(null=True)


def key(token_id: str) -> engine.Key:
    return engine.Key(TokenItem, account_of(token_id), token_id)


def read(item: Model | None) -> ApiToken | None:
    """What lies in a row that was fetched together with others."""
    return record(ApiToken, item)


def find(account_id: str, token_id: str) -> ApiToken | None:
    """A token of that account, and of no other."""
    return read(engine.fetch_one(engine.Key(TokenItem, account_id, token_id)))


def find_with_holder(token_id: str) -> tuple[ApiToken | None, User | None, Account | None]:
    """All in one round trip: the token, whether its user is still welcome, and what his account decided."""
    token, user, account = engine.fetch(key(token_id), *holder_keys(token_id))
    return read(token), record(User, user), accounts.read(account)


def holder_keys(token_id: str) -> tuple[engine.Key, engine.Key]:
    return users.key(user_of(token_id)), accounts.key(account_of(token_id))


def of_account(account_id: str) -> list[ApiToken]:
    """Every row: those that are expired or switched off too."""
    return [found for item in engine.query(TokenItem, account_id) if (found := _understood(item))]


def of_user(user_id: str) -> tuple[list[ApiToken], int]:
    """His rows, and how many tokens he ever made; a count read no later than they, so that `numbering` finds out."""
    place = (TokenItem.account_id == account_of(user_id)) & TokenItem.token_id.startswith(user_id)
    items, _ = engine.page(TokenItem, place, limit=MOST_ROWS_OF_USER)
    count = getattr(items[0], "made", None) if items else None
    return [found for item in items if (found := _understood(item))], int(count or 0)


def numbering(user_id: str, made: int) -> engine.Write:
    """One more token of that user. Refused as Outrun where it is not his next one after *made*.

    So many of his requests at once are no way past `policy.TOKENS_PER_USER`.
    """
    return engine.change(
        TokenItem(account_of(user_id), user_id),
        [TokenItem.made.set(made + 1)],
        guard=TokenItem.made == made if made else TokenItem.made.does_not_exist(),
    )


def adding(token: ApiToken) -> engine.Write:
    return engine.add(row(TokenItem, token, **_times(token.token_id, token.expires_at, now=token.created_at)))


def changing(before: ApiToken, after: ApiToken, *, now: datetime) -> engine.Write:
    """Writes what *after* has otherwise. Refused as Outrun where it was changed meanwhile, NothingThere where it is
    gone. Its use is no change; and who is to be warned, and when, is only thought over where it ends at another time.
    """
    facts = {name: value for name, value in vars(after).items() if value != getattr(before, name)}
    if "expires_at" in facts:
        facts |= _times(after.token_id, after.expires_at, now=now)
    return engine.change(
        TokenItem(before.account_id, before.token_id),
        [*facts_set(TokenItem, facts), TokenItem.revision.set(before.revision + 1)],
        guard=TokenItem.revision == before.revision,
        refused=lambda found: Outrun() if found else NothingThere(),
    )


def insisting(token: ApiToken) -> engine.Write:
    """Changes nothing, but insists that *token* is still what it was. Refused as Outrun."""
    return engine.check(key(token.token_id), guard=TokenItem.revision == token.revision, refused=lambda _: Outrun())


def touching(token: ApiToken, *, address: str, now: datetime) -> engine.Write:
    """Writes down that the token was used. Refused as Outrun where another request did so first, or it is gone."""
    return engine.change(
        TokenItem(token.account_id, token.token_id),
        [TokenItem.used_at.set(now), TokenItem.used_from.set(address)],
        guard=TokenItem.used_at == token.used_at,
    )


def removing(token: ApiToken) -> engine.Write:
    """Whatever it has become meanwhile. Refused as NothingThere where it is gone already."""
    return engine.remove(
        TokenItem(token.account_id, token.token_id), guard=TokenItem.token_id.exists(), refused=NothingThere()
    )


def removing_as_seen(token: ApiToken) -> engine.Write:
    """Refused as Outrun where it is not what it was, or gone."""
    return engine.remove(TokenItem(token.account_id, token.token_id), guard=TokenItem.revision == token.revision)


def removing_secret(token: ApiToken) -> engine.Write:
    """Removes the token with the secret that it has now. Refused as Outrun where it has another, or is gone."""
    return engine.remove(
        TokenItem(token.account_id, token.token_id), guard=TokenItem.sealed_secret == token.sealed_secret
    )


def forgetting_old(token: ApiToken) -> engine.Write:
    """The secret from before the rotation is taken no longer. Refused as Outrun where it is another, or gone."""
    return engine.change(
        TokenItem(token.account_id, token.token_id),
        [TokenItem.sealed_before.remove(), TokenItem.revision.add(1)],
        guard=TokenItem.sealed_before == token.sealed_before,
    )


def forgetting(row_id: str) -> engine.Write:
    """Removes what is left of a user who is gone: a token by its id, or under his own how many he made."""
    return engine.remove(TokenItem(account_of(row_id), row_id))


def expiring(*, now: datetime) -> Iterator[list[str]]:
    """Ids of the tokens whose users are to be told by now, oldest first in each part of the index, a round trip a page.

    The index follows the table with a delay, so a row may be what it was a moment ago: `warned` finds out. A row
    that is moved meanwhile lies beyond *now*, where no later page leads.
    """
    for shard in range(policy.REMINDER_SHARDS):
        place = (TokenItem.shard == str(shard)) & (TokenItem.warn_at <= now)
        for page in engine.pages(TokenItem, place, index="expiring", limit=policy.REMINDERS_PAGE):
            yield [raw["token_id"]["S"] for raw in page]


def warned(token: ApiToken, *, now: datetime) -> engine.Write:
    """Its user is told again at the next step. Refused as Outrun where another run moved it on, it ends at another
    time, or it is gone.
    """
    return engine.change(
        TokenItem(token.account_id, token.token_id),
        facts_set(TokenItem, _place(token.token_id, token.expires_at, now=now)),
        guard=(TokenItem.expires_at == token.expires_at) & (TokenItem.warn_at <= now),
    )


def _understood(item: Model) -> ApiToken | None:
    """None for the count of a user's tokens."""
    return read(item) if is_record_id(getattr(item, "token_id", "")) else None


def _times(token_id: str, expires_at: datetime | None, *, now: datetime) -> dict[str, Any]:
    """What only the table knows: when its user is to be warned, and when the row is removed."""
    forget_at = expires_at + policy.TOKEN_KEPT_AFTER_EXPIRY if expires_at else None
    return {"forget_at": forget_at, **_place(token_id, expires_at, now=now)}


def _place(token_id: str, expires_at: datetime | None, *, now: datetime) -> dict[str, Any]:
    """In or out of the index. The same token always lies in the same part of it."""
    warn_at = next_warning(expires_at, after=now)
    shard = str(crc32(token_id.encode()) % policy.REMINDER_SHARDS) if warn_at else None
    return {"shard": shard, "warn_at": warn_at}

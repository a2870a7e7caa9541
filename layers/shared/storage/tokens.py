"""The tokens table: API tokens and OAuth clients, with an index of those that are about to expire."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, cast
from zlib import crc32

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.accounts import Account
from shared.domain.identifiers import account_of, is_record_id, user_of
from shared.domain.instants import NEVER
from shared.domain.provenance import UNKNOWN
from shared.domain.tokens import ApiToken, next_warning
from shared.domain.users import User
from shared.errors import NotFound, Outrun, TokenRefused
from shared.storage import accounts, engine, users
from shared.storage.mapping import CountAttribute, RightsAttribute, facts_set, record, row

MINUTE = timedelta(minutes=1)

ROW_KEPT = policy.TOKEN_KEPT_AFTER_EXPIRY + policy.SCHEDULED_AHEAD
"""How long the row of an expired token stays: what it scheduled is judged by it, and without it does not leave."""

MOST_ROWS_OF_USER = policy.TOKENS_PER_USER * (2 + ROW_KEPT // policy.TOKEN_KEPT_AFTER_EXPIRY)
"""A bound on the rows of one user, among them expired ones that are not listed any more, or not yet removed by TTL."""


class TokenItem(Model):
    """A token, which is in the index `expiring` if it has `shard` and `warn_at`.

    The row under a user's own id, which sorts before their tokens, is no token: it counts how many they ever `made`.
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
    provenance = UnicodeAttribute(default=UNKNOWN)
    may_create_people = BooleanAttribute(default=False)
    bounds = RightsAttribute(null=True)
    secret_used = BooleanAttribute(default=True)
    secret_number = CountAttribute(default=0)
    before_number = CountAttribute(default=0)
    rotated_by = UnicodeAttribute(default="")
    access_since = UTCDateTimeAttribute(default=NEVER)
    leaked_at = UTCDateTimeAttribute(default=NEVER)
    shard = UnicodeAttribute(null=True)
    warn_at = UTCDateTimeAttribute(null=True)
    forget_at = TTLAttribute(null=True)
    made = NumberAttribute(null=True)


def key(token_id: str) -> engine.Key:
    return engine.Key(TokenItem, account_of(token_id), token_id)


def read(item: Model | None) -> ApiToken | None:
    """Return the token in *item*, a row that was fetched under `key`."""
    return record(ApiToken, item)


def find(account_id: str, token_id: str) -> ApiToken | None:
    """Return a token by its id; None if the account has no such token."""
    return read(engine.fetch_one(engine.Key(TokenItem, account_id, token_id)))


def find_with_holder(token_id: str) -> tuple[ApiToken | None, User | None, Account | None]:
    """Return a token, its user and their account, in one round trip."""
    token, user, account = engine.fetch(key(token_id), *holder_keys(token_id))
    return read(token), record(User, user), accounts.read(account)


def holder_keys(token_id: str) -> tuple[engine.Key, engine.Key]:
    """Return the keys of the token's user and of their account."""
    return users.key(user_of(token_id)), accounts.key(account_of(token_id))


def of_account(account_id: str) -> list[ApiToken]:
    """Return all tokens of an account that have a row, also expired and disabled ones."""
    return [found for item in engine.query(TokenItem, account_id) if (found := _token_in(item))]


def of_user(user_id: str) -> tuple[list[ApiToken], int]:
    """Return the tokens of a user that have a row, and how many the user ever made, in one round trip.

    The count is not newer than the rows, so `numbering` is refused if a token was made after they were read.
    """
    place = (TokenItem.account_id == account_of(user_id)) & TokenItem.token_id.startswith(user_id)
    items, _ = engine.page(TokenItem, place, limit=MOST_ROWS_OF_USER)
    count = getattr(items[0], "made", None) if items else None
    return [found for item in items if (found := _token_in(item))], int(count or 0)


def from_user_on(account_id: str, user_id: str) -> Iterator[list[ApiToken]]:
    """Yield the tokens of *user_id* and of the users behind them in the order of ids, each user's together.

    What is behind what the caller takes is not read.
    """
    place = (TokenItem.account_id == account_id) & (TokenItem.token_id >= user_id)
    rows = (found for raws in engine.pages(TokenItem, place) for raw in raws if (found := _token_in(_item(raw))))
    for _, held in groupby(rows, key=lambda token: user_of(token.token_id)):
        yield list(held)


def _item(raw: engine.Raw) -> Model:
    return TokenItem.from_raw_data(raw)


def numbering(user_id: str, made: int) -> engine.Write:
    """Count one more token of a user. Refused as Outrun if the count is not *made* any more.

    So simultaneous requests cannot exceed `policy.TOKENS_PER_USER`.
    """
    return engine.change(
        TokenItem(account_of(user_id), user_id),
        [TokenItem.made.set(made + 1)],
        guard=TokenItem.made == made if made else TokenItem.made.does_not_exist(),
    )


def adding(token: ApiToken) -> engine.Write:
    return engine.add(row(TokenItem, token, **_table_fields(token.token_id, token.expires_at, now=token.created_at)))


def changing(before: ApiToken, after: ApiToken, *, now: datetime) -> engine.Write:
    """Write the fields in which *after* differs from *before*.

    Refused as Outrun if the token was changed since *before* was read, as NotFound if it is gone. A recorded use is
    no change, except that the first use of a secret refuses a rotation which took that secret for unused.
    """
    # The warning is only rescheduled with the expiry: otherwise a change could skip one that is due but not sent yet.
    facts = {name: value for name, value in vars(after).items() if value != getattr(before, name)}
    if "expires_at" in facts:
        facts |= _table_fields(after.token_id, after.expires_at, now=now)
    guard = TokenItem.revision == before.revision
    return engine.change(
        TokenItem(before.account_id, before.token_id),
        [*facts_set(TokenItem, facts), TokenItem.revision.set(before.revision + 1)],
        guard=guard & _is_used(before) if "sealed_secret" in facts else guard,
        refused=lambda found: Outrun() if found else NotFound(),
    )


def confirming(token: ApiToken) -> engine.Write:
    """Let a suspended token work again. Refused as Outrun if it was changed, or is gone."""
    return engine.change(
        TokenItem(token.account_id, token.token_id),
        [TokenItem.provenance.set(UNKNOWN), TokenItem.revision.add(1)],
        guard=TokenItem.revision == token.revision,
    )


def insisting(token: ApiToken) -> engine.Write:
    """Require that *token* was not changed. Refused as Outrun if it was."""
    return engine.check(key(token.token_id), guard=TokenItem.revision == token.revision, refused=lambda _: Outrun())


def touching(token: ApiToken, *, address: str, now: datetime) -> engine.Write:
    """Record that the token was used, and its seals.

    Refused as Outrun if another request recorded it first, or the token was changed, or is gone.
    """
    facts = {"used_at": now, "used_from": address, "sealed_secret": token.sealed_secret}
    if token.sealed_before:
        facts["sealed_before"] = token.sealed_before
    return engine.change(
        TokenItem(token.account_id, token.token_id),
        facts_set(TokenItem, facts),
        # Without the second condition a rotation meanwhile would be taken back by the seals.
        guard=(TokenItem.used_at == token.used_at) & (TokenItem.revision == token.revision),
    )


def using_first(token: ApiToken, *, address: str, now: datetime) -> engine.Write:
    """Record that the token's present secret was shown for the first time.

    Refused as TokenRefused if a rotation has replaced that secret, or the token is gone.
    """
    return engine.change(
        TokenItem(token.account_id, token.token_id),
        facts_set(TokenItem, {"secret_used": True, "used_at": now, "used_from": address}),
        guard=TokenItem.secret_number == token.secret_number,
        refused=lambda _: TokenRefused(),
    )


def removing(token: ApiToken) -> engine.Write:
    """Remove a token, even if it was changed meanwhile. Refused as NotFound if it is gone already."""
    return engine.remove(
        TokenItem(token.account_id, token.token_id), guard=TokenItem.token_id.exists(), refused=NotFound()
    )


def removing_as_seen(token: ApiToken) -> engine.Write:
    """Remove a token that is unchanged. Refused as Outrun if it was changed, or is gone."""
    return engine.remove(TokenItem(token.account_id, token.token_id), guard=TokenItem.revision == token.revision)


def removing_secret(token: ApiToken) -> engine.Write:
    """Remove a token that still has the same secret. Refused as Outrun if it has another, or is gone."""
    return engine.remove(
        TokenItem(token.account_id, token.token_id), guard=TokenItem.sealed_secret == token.sealed_secret
    )


def forgetting_old(token: ApiToken, *, now: datetime) -> engine.Write:
    """Void the secret from before the last rotation, which leaked. Refused as Outrun if there is another, or none."""
    return engine.change(
        TokenItem(token.account_id, token.token_id),
        [TokenItem.sealed_before.remove(), TokenItem.leaked_at.set(now), TokenItem.revision.add(1)],
        guard=TokenItem.sealed_before == token.sealed_before,
    )


def noting_leak(token_id: str, *, now: datetime) -> engine.Write:
    """Note that an access token of this OAuth client leaked. Refused as Outrun if the client is gone."""
    return engine.change(
        TokenItem(account_of(token_id), token_id), [TokenItem.leaked_at.set(now)], guard=TokenItem.token_id.exists()
    )


def forgetting(row_id: str) -> engine.Write:
    """Remove a row of a deleted user: a token by its id, or the count by the user's id. Never refused."""
    return engine.remove(TokenItem(account_of(row_id), row_id))


def expiring(*, now: datetime) -> Iterator[list[str]]:
    """Yield pages of ids of the tokens whose warning is due, the oldest first in each shard, a round trip a page.

    The index follows the table with a delay, so a row may be out of date: the guard of `warned` notices. A row that
    the caller moves lies beyond *now*, so no later page returns it again.
    """
    for shard in range(policy.REMINDER_SHARDS):
        place = (TokenItem.shard == str(shard)) & (TokenItem.warn_at <= now)
        for page in engine.pages(TokenItem, place, index="expiring", limit=policy.REMINDERS_PAGE):
            yield [raw["token_id"]["S"] for raw in page]


def warned(token: ApiToken, *, now: datetime) -> engine.Write:
    """Schedule the next warning about a token's expiry.

    Refused as Outrun if another run has scheduled it, if the expiry was changed, or if the token is gone.
    """
    return engine.change(
        TokenItem(token.account_id, token.token_id),
        facts_set(TokenItem, _index_fields(token.token_id, token.expires_at, now=now)),
        guard=(TokenItem.expires_at == token.expires_at) & (TokenItem.warn_at <= now),
    )


def _is_used(token: ApiToken) -> Condition:
    """Return the condition that the present secret has been used, or not, as it was read. Older rows do not say."""
    same = cast(Condition, TokenItem.secret_used == token.secret_used)
    return same | TokenItem.secret_used.does_not_exist() if token.secret_used else same


def _token_in(item: Model) -> ApiToken | None:
    """Return the token in *item*; None for the row that counts a user's tokens."""
    return read(item) if is_record_id(getattr(item, "token_id", "")) else None


def _table_fields(token_id: str, expires_at: datetime | None, *, now: datetime) -> dict[str, Any]:
    """Return the attributes that only the table has: when to warn, and when TTL removes the row."""
    forget_at = expires_at + ROW_KEPT if expires_at else None
    return {"forget_at": forget_at, **_index_fields(token_id, expires_at, now=now)}


def _index_fields(token_id: str, expires_at: datetime | None, *, now: datetime) -> dict[str, Any]:
    """Return the attributes of the index, None if no warning is left. A token is always in the same shard."""
    warn_at = next_warning(expires_at, after=now)
    shard = str(crc32(token_id.encode()) % policy.REMINDER_SHARDS) if warn_at else None
    return {"shard": shard, "warn_at": warn_at}

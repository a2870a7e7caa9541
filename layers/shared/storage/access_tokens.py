"""The access tokens table: access tokens of OAuth clients. TTL removes them soon after they expire."""

from pynamodb.attributes import TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.accounts import Account
from shared.domain.identifiers import client_of
from shared.domain.tokens import AccessToken, ApiToken
from shared.domain.users import User
from shared.errors import NotFound, Refusal, TokenRefused
from shared.storage import accounts, engine, tokens
from shared.storage.mapping import CountAttribute, record, row


class AccessTokenItem(Model):
    class Meta:
        table_name = settings.ACCESS_TOKENS_TABLE

    client_id = UnicodeAttribute(hash_key=True)
    access_id = UnicodeAttribute(range_key=True)
    sealed_secret = UnicodeAttribute()
    scopes = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    expires_at = UTCDateTimeAttribute()
    secret_number = CountAttribute(default=0)
    forget_at = TTLAttribute()


def find_with_holder(access_id: str) -> tuple[AccessToken | None, ApiToken | None, User | None, Account | None]:
    """Return an access token, its client, their user and account, in one round trip."""
    client_id = client_of(access_id)
    access, client, user, account = engine.fetch(
        engine.Key(AccessTokenItem, client_id, access_id), tokens.key(client_id), *tokens.holder_keys(client_id)
    )
    return record(AccessToken, access), tokens.read(client), record(User, user), accounts.read(account)


def page(client_id: str, *, after: str = "", limit: int) -> tuple[list[AccessToken], bool]:
    """Return up to *limit* access tokens of a client in the order of ids, and whether there are more.

    Expired ones that TTL has not removed are among them. With *after*, only those behind that id.
    """
    place = (AccessTokenItem.client_id == client_id) & (AccessTokenItem.access_id > (after or client_id))
    items, last = engine.page(AccessTokenItem, place, limit=limit)
    return [found for item in items if (found := record(AccessToken, item))], last is not None


def find(access_id: str) -> AccessToken | None:
    return record(AccessToken, engine.fetch_one(engine.Key(AccessTokenItem, client_of(access_id), access_id)))


def adding(access: AccessToken) -> engine.Write:
    return engine.add(row(AccessTokenItem, access, forget_at=access.expires_at + policy.FORGET_AFTER))


def insisting(access: AccessToken) -> engine.Write:
    """Change nothing, but assert that the access token has not been revoked. Refused as TokenRefused."""
    return engine.check(
        engine.Key(AccessTokenItem, access.client_id, access.access_id),
        guard=AccessTokenItem.access_id.exists(),
        refused=lambda _: TokenRefused(),
    )


def removing(access: AccessToken, *, refused: Refusal | None = None) -> engine.Write:
    """Remove an access token. Refused as *refused*, or else as NotFound, if it is gone already."""
    return engine.remove(
        AccessTokenItem(access.client_id, access.access_id),
        guard=AccessTokenItem.access_id.exists(),
        refused=refused or NotFound(),
    )

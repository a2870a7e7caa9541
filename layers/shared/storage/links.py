"""The links table: links from e-mails, each of which works once."""

from pynamodb.attributes import BooleanAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.instants import NEVER
from shared.domain.links import Link
from shared.domain.provenance import UNKNOWN
from shared.errors import LinkClosed
from shared.storage import engine
from shared.storage.mapping import record, row


class LinkItem(Model):
    """Attributes with a default are missing in older rows."""

    class Meta:
        table_name = settings.LINKS_TABLE

    link_id = UnicodeAttribute(hash_key=True)
    login = UnicodeAttribute()
    sealed_secret = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    expires_at = UTCDateTimeAttribute()
    detail = UnicodeAttribute()
    used = BooleanAttribute()
    credentials_at = UTCDateTimeAttribute()
    email_at = UTCDateTimeAttribute(default=NEVER)
    kind = UnicodeAttribute(default="")
    provenance = UnicodeAttribute(default=UNKNOWN)
    forget_at = TTLAttribute()


def find(link_id: str) -> Link | None:
    return read(engine.fetch_one(key(link_id)))


def key(link_id: str) -> engine.Key:
    return engine.Key(LinkItem, link_id)


def read(item: engine.Row) -> Link | None:
    return record(Link, item)


def adding(link: Link) -> engine.Write:
    return engine.add(row(LinkItem, link, forget_at=link.expires_at + policy.FORGET_AFTER))


def using(link: Link) -> engine.Write:
    """Mark the link as used. Refused as LinkClosed if it was used before."""
    return engine.change(
        LinkItem(link.link_id),
        [LinkItem.used.set(True)],
        guard=LinkItem.used == False,  # noqa: E712 - an expression for DynamoDB, not a comparison
        refused=lambda _: LinkClosed(),
    )

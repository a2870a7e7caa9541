"""Links from e-mails: found by the token in them, refused alike whatever is wrong."""

from datetime import datetime

from shared.crypto import seal
from shared.domain import identifiers
from shared.domain.links import Link
from shared.errors import LinkClosed
from shared.storage import links


def open_link(text: str, *, kind: str, now: datetime) -> Link:
    """Raises LinkClosed for a link that is unknown, forged, used or expired. Garbage costs no read."""
    token = identifiers.read(text, kind=kind)
    link = links.find(token.id) if token else None
    if not (token and link and seal.is_token(link.sealed_secret, token)):
        raise LinkClosed
    if not link.is_open(now=now):
        raise LinkClosed
    return link

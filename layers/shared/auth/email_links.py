"""Links in e-mails: find one by its token, and refuse every bad link in the same way."""

from datetime import datetime

from shared.crypto import seal
from shared.domain import identifiers
from shared.domain.links import Link
from shared.errors import LinkClosed
from shared.storage import links


def open_link(text: str, *, kind: str, now: datetime) -> Link:
    """Return the open link that the token *text* of this *kind* belongs to.

    Raises LinkClosed if it is unknown, forged, used or expired. A malformed token is refused without a read.
    """
    token = identifiers.read(text, kind=kind)
    link = links.find(token.id) if token else None
    if not (token and link and seal.is_token(link.sealed_secret, token)):
        raise LinkClosed
    if not link.is_open(now=now):
        raise LinkClosed
    return link

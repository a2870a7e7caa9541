"""Links in e-mails: issue one, find one by its token, and refuse every bad link in the same way."""

from dataclasses import dataclass, field
from datetime import datetime

from shared import policy
from shared.crypto import randomness, seal
from shared.domain import identifiers
from shared.domain.links import Link
from shared.domain.logins import Login
from shared.domain.users import User
from shared.errors import LinkClosed
from shared.storage import links
from shared.storage.engine import Write

LIFETIMES = {
    "invitation": policy.INVITATION_LIFETIME,
    "reset": policy.RESET_LIFETIME,
    "email": policy.EMAIL_LIFETIME,
    "notme": policy.NOT_ME_LIFETIME,
    "pass": policy.PASS_LIFETIME,
}
"""The kinds of links, and how long each is open."""


@dataclass(frozen=True)
class IssuedLink:
    """A new link. It works once `adding` is committed; `token` goes into its e-mail and is kept nowhere else."""

    id: str
    expires_at: datetime
    token: str = field(repr=False)
    adding: Write = field(repr=False)


def issue(kind: str, holder: User | Login, *, detail: str = "", now: datetime) -> IssuedLink:
    """Make a link of that *kind* for *holder*. It is void once their credentials are others than in *holder*.

    *detail* is what the link is about besides the login, such as a new e-mail address.
    """
    token, until = randomness.token(kind, holder.user_id), now + LIFETIMES[kind]
    sealed = seal.token(token)
    link = Link(token.id, holder.login, sealed, now, until, detail, credentials_at=holder.credentials_at)
    return IssuedLink(token.id, until, identifiers.write(token), links.adding(link))


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

"""Links in e-mails: issue one, find one by its token, and refuse every bad link in the same way."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from shared import policy
from shared.crypto import randomness, seal
from shared.domain import identifiers
from shared.domain.links import EMAIL, INVITATION, NOT_ME, PASS, RECOVERY, RESET, UNDO, Link
from shared.domain.provenance import UNKNOWN, Provenance
from shared.errors import LinkClosed
from shared.storage import links
from shared.storage.engine import Write

LIFETIMES = {
    INVITATION: policy.INVITATION_LIFETIME,
    RESET: policy.RESET_LIFETIME,
    EMAIL: policy.EMAIL_LIFETIME,
    NOT_ME: policy.NOT_ME_LIFETIME,
    UNDO: policy.UNDO_LIFETIME,
    RECOVERY: policy.RECOVERY_HELD_FOR,
    PASS: policy.PASS_LIFETIME,
}
"""The kinds of links, and how long each is open."""


class LinkHolder(Protocol):
    """Whoever a link is for: a user or a login, or what a challenge or a notice knows of them."""

    @property
    def user_id(self) -> str: ...

    @property
    def login(self) -> str: ...

    @property
    def credentials_at(self) -> datetime: ...

    @property
    def email_at(self) -> datetime: ...


@dataclass(frozen=True)
class IssuedLink:
    """A new link. It works once `adding` is committed; `token` goes into its e-mail and is kept nowhere else."""

    id: str
    expires_at: datetime
    token: str = field(repr=False)
    adding: Write = field(repr=False)


def issue(
    kind: str, holder: LinkHolder, *, detail: str = "", provenance: Provenance = UNKNOWN, now: datetime
) -> IssuedLink:
    """Make a link of that *kind* for *holder*. It knows the credentials and the address that *holder* has now.

    What voids it depends on the kind, see `User.honours_link`. *detail* is what the link is about besides the login,
    such as a new e-mail address, *provenance* is that of the request for it.
    """
    token, until = randomness.token(kind, holder.user_id), now + LIFETIMES[kind]
    link = Link(
        token.id,
        holder.login,
        seal.token(token),
        now,
        until,
        detail,
        credentials_at=holder.credentials_at,
        email_at=holder.email_at,
        kind=kind,
        provenance=provenance,
    )
    return IssuedLink(token.id, until, identifiers.write(token), links.adding(link))


def open_link(text: str, *, kind: str, now: datetime) -> Link:
    """Return the open link that the token *text* of this *kind* belongs to.

    Raises LinkClosed if it is unknown, forged, used or expired. A malformed token is refused without a read.
    """
    link = find(text, kind=kind)
    must_be_open(link, now=now)
    return link


def must_be_open(link: Link, *, now: datetime) -> None:
    """Raise LinkClosed if the link was used or has expired."""
    if not link.is_open(now=now):
        raise LinkClosed


def find(text: str, *, kind: str) -> Link:
    """Return the link that the token *text* of this *kind* belongs to, open or not. Raises LinkClosed if there is none.

    A malformed token is refused without a read.
    """
    token = identifiers.read(text, kind=kind)
    link = links.find(token.id) if token else None
    if not (token and link and seal.is_token(link.sealed_secret, token)):
        raise LinkClosed
    return replace(link, kind=kind)  # older rows do not say it

"""Whose is this secret? For those who ask about one that is not their own, or bring one that they found."""

from dataclasses import dataclass
from datetime import datetime

from shared.crypto import seal
from shared.domain import identifiers
from shared.domain.accounts import Account
from shared.domain.identifiers import Token
from shared.domain.tokens import AccessToken, ApiToken, Rights
from shared.domain.users import User
from shared.storage import access_tokens, tokens


@dataclass(frozen=True)
class Shown:
    """A secret that is somebody's. `token` is the API token, or the client that an access token was given to."""

    secret: Token
    token: ApiToken
    access: AccessToken | None
    user: User
    account: Account

    @property
    def created_at(self) -> datetime:
        return self.access.created_at if self.access else self.token.created_at

    @property
    def is_old(self) -> bool:
        """Whether a rotation has put another in its place already."""
        return self.access is None and not seal.is_token(self.token.sealed_secret, self.secret)

    def lives(self, *, now: datetime) -> bool:
        """Whether it is taken, as far as it depends on nothing but itself and its user."""
        access_lives = self.access is None or self.access.lives(now=now)
        return access_lives and self.token.lives(now=now) and self.user.enabled

    def rights(self) -> Rights:
        """What it allows, and until when."""
        rights = self.token.rights_of(self.user)
        if self.access:
            return self.access.narrowing(rights)
        return rights.until(self.token.before_until) if self.is_old else rights


def find(text: str, kind: str, *, now: datetime) -> Shown | None:
    """What is behind a secret of that kind, switched off or expired or not. Garbage costs no round trip.

    A secret that is nobody's is not counted here: who may ask decides what that costs.
    """
    secret = identifiers.read(text, kind=kind)
    if secret is None:
        return None
    return _access(secret) if kind == "access" else _token(secret, now=now)


def _access(secret: Token) -> Shown | None:
    access, client, user, account = access_tokens.find_with_holder(secret.id)
    if not (access and client and user and account and seal.is_token(access.sealed_secret, secret)):
        return None
    return Shown(secret, client, access, user, account)


def _token(secret: Token, *, now: datetime) -> Shown | None:
    token, user, account = tokens.find_with_holder(secret.id)
    if not (token and user and account):
        return None
    is_held = any(seal.is_token(sealed, secret) for sealed in token.sealed(now=now))
    return Shown(secret, token, None, user, account) if is_held else None

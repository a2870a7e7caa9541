"""Looking up whose a secret is, without using it: for token introspection and for reports of leaked tokens."""

from dataclasses import dataclass
from datetime import datetime

from shared.crypto import seal
from shared.domain import identifiers
from shared.domain.accounts import Account
from shared.domain.identifiers import Token
from shared.domain.rights import Rights
from shared.domain.tokens import AccessToken, ApiToken
from shared.domain.users import User
from shared.storage import access_tokens, tokens


@dataclass(frozen=True)
class HeldSecret:
    """A secret that belongs to a token. `token` is the API token, or the client that an access token was issued to.

    `is_old`: it is the token's secret from before its last rotation.
    """

    secret: Token
    token: ApiToken
    access: AccessToken | None
    user: User
    account: Account
    is_old: bool = False

    @property
    def created_at(self) -> datetime:
        return self.access.created_at if self.access else self.token.created_at

    def lives(self, *, now: datetime) -> bool:
        """Whether the secret is accepted, apart from addresses and rate limits."""
        access = self.access
        access_lives = access is None or (access.lives(now=now) and self.token.covers(access, now=now))
        is_suspended = self.account.suspended or self.account.suspends(self.token.provenance, self.user.provenance)
        lives = access_lives and self.token.lives(now=now) and self.rights().last(now=now)
        return lives and self.user.enabled and not is_suspended

    def rights(self) -> Rights:
        """Return what the secret allows, and until when."""
        if self.access:
            return self.user.limiting(self.token.narrowed(self.access))
        rights = self.token.rights_of(self.user)
        return rights.until(self.token.before_until) if self.is_old else rights


def find(text: str, kind: str, *, now: datetime) -> HeldSecret | None:
    """Return what a secret of this kind belongs to, even if it is expired or disabled; None if it is unknown.

    A malformed one is refused without a read. An unknown one is not counted as a forgery: that is for the caller.
    """
    secret = identifiers.read(text, kind=kind)
    if secret is None:
        return None
    return _find_access_token(secret) if kind == "access" else _find_token(secret, now=now)


def _find_access_token(secret: Token) -> HeldSecret | None:
    access, client, user, account = access_tokens.find_with_holder(secret.id)
    if not (access and client and user and account and seal.is_token(access.sealed_secret, secret)):
        return None
    return HeldSecret(secret, client, access, user, account)


def _find_token(secret: Token, *, now: datetime) -> HeldSecret | None:
    token, user, account = tokens.find_with_holder(secret.id)
    if not (token and user and account):
        return None
    sealed = seal.matching(token.sealed(now=now), secret)
    if sealed is None:
        return None
    return HeldSecret(secret, token, None, user, account, is_old=sealed != token.sealed_secret)

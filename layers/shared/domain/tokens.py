"""API tokens and OAuth clients: what a program may do, from where, how often and until when."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self

from shared import policy
from shared.domain import ip_ranges
from shared.domain.identifiers import USER_CHARACTERS
from shared.domain.instants import NEVER
from shared.domain.users import User

TOLD_CHARACTERS = USER_CHARACTERS + 4
"""As much of an id as tells the tokens of one user apart."""


@dataclass(frozen=True)
class Rights:
    """What a program may do. None, and no source, mean: without that limit. `rate_limit` is in requests a minute.

    With `hides_codes` it never sees the codes that it sends by SMS Authenticator.
    """

    scopes: frozenset[str]
    expires_at: datetime | None = None
    sources: str = ""
    rate_limit: int | None = None
    hides_codes: bool = False

    def until(self, at: datetime) -> Self:
        """The same, but not longer than that."""
        return replace(self, expires_at=min(at, self.expires_at or at))

    def is_within(self, other: "Rights") -> bool:
        """Whether nothing is allowed here that *other* does not allow."""
        return (
            self.scopes <= other.scopes
            and _is_within(self.expires_at, other.expires_at)
            and _is_within(self.rate_limit, other.rate_limit)
            and self.hides_codes >= other.hides_codes
            and (not other.sources or (self.sources != "" and ip_ranges.is_within(self.sources, other.sources)))
        )


@dataclass(frozen=True)
class ApiToken:
    """A secret that a program shows in place of a person: `kind` "api" with each request, "client" to get tokens.

    After a rotation `sealed_before` works as well until `before_until`. `revision` grows with every change.
    """

    account_id: str
    token_id: str
    kind: str
    sealed_secret: str = field(repr=False)
    name: str
    description: str
    scopes: str
    enabled: bool
    created_at: datetime
    created_by: str
    last_four: str
    expires_at: datetime | None = None
    sources: str = ""
    rate_limit: int | None = None
    used_at: datetime = NEVER
    used_from: str = ""
    sealed_before: str | None = field(default=None, repr=False)
    before_until: datetime = NEVER
    revision: int = 0
    hides_codes: bool = False

    @property
    def prefix(self) -> str:
        """How the secret begins, as far as it is shown."""
        return f"furtka_{self.kind}_{self.token_id[:TOLD_CHARACTERS]}"

    @property
    def rights(self) -> Rights:
        """What it was given."""
        scopes = frozenset(self.scopes.split())
        return Rights(scopes, self.expires_at, self.sources, self.rate_limit, self.hides_codes)

    def lives(self, *, now: datetime) -> bool:
        return self.enabled and (self.expires_at is None or now < self.expires_at)

    def is_kept(self, *, now: datetime) -> bool:
        """Whether it is still shown. Its row may lie there for a while longer."""
        return self.expires_at is None or now < self.expires_at + policy.TOKEN_KEPT_AFTER_EXPIRY

    def overlap_until(self, *, now: datetime) -> datetime | None:
        """How long the secret from before the last rotation still works; None where it does not."""
        return self.before_until if self.sealed_before and now < self.before_until else None

    def gives_more_than(self, before: "ApiToken") -> bool:
        """Whether it works where it did not before: switched on again, for longer, or shows codes that it hid."""
        return (
            (self.enabled and not before.enabled)
            or not _is_within(self.expires_at, before.expires_at)
            or self.hides_codes < before.hides_codes
        )

    def rotated(self, sealed_secret: str, last_four: str, *, overlap: timedelta, now: datetime) -> Self:
        """With a new secret. The present one works for *overlap* beside it, and any older one no longer."""
        return replace(
            self,
            sealed_secret=sealed_secret,
            last_four=last_four,
            sealed_before=self.sealed_secret if overlap else None,
            before_until=now + overlap,
        )

    def sealed(self, *, now: datetime) -> list[str]:
        """What a secret may be that is taken now."""
        older = [self.sealed_before] if self.sealed_before and self.overlap_until(now=now) else []
        return [self.sealed_secret, *older]

    def is_worth_noting(self, *, now: datetime) -> bool:
        """Whether this use is to be written down."""
        return now - self.used_at >= policy.TOKEN_USE_NOTED_EVERY

    def rights_of(self, user: User) -> Rights:
        """As its user's role allows it now, whatever it was when the token was made."""
        return replace(self.rights, scopes=self.rights.scopes & user.scopes)


@dataclass(frozen=True)
class AccessToken:
    """What a client got for its secret. It ends with its client, whatever its own time."""

    client_id: str
    access_id: str
    sealed_secret: str = field(repr=False)
    scopes: str
    created_at: datetime
    expires_at: datetime

    def lives(self, *, now: datetime) -> bool:
        return now < self.expires_at

    def narrowing(self, rights: Rights) -> Rights:
        """What is left of its client's rights."""
        return replace(rights, scopes=rights.scopes & frozenset(self.scopes.split())).until(self.expires_at)


def written(scopes: frozenset[str]) -> str:
    """Scopes as they are stored and told: in one order, with blanks between."""
    return " ".join(sorted(scopes))


def next_warning(expires_at: datetime | None, *, after: datetime) -> datetime | None:
    """From when on its user is to be told next that a token is about to expire; None where nothing is left to tell."""
    return next((at for _, at in _warnings(expires_at) if at > after), None)


def warning_due(expires_at: datetime | None, *, now: datetime) -> int | None:
    """The last of `policy.TOKEN_EXPIRY_TOLD_DAYS` that has come: what was missed before it is not told any more."""
    return next((days for days, at in reversed(_warnings(expires_at)) if at <= now), None)


def _warnings(expires_at: datetime | None) -> list[tuple[int, datetime]]:
    """The earliest first. Each begins one look sooner, or the last one would come too late for many."""
    if expires_at is None:
        return []
    ahead = policy.EXPIRIES_LOOKED_AT_EVERY
    return [(days, expires_at - timedelta(days=days) - ahead) for days in policy.TOKEN_EXPIRY_TOLD_DAYS]


def _is_within[Limit: (datetime, int)](inner: Limit | None, outer: Limit | None) -> bool:
    return outer is None or (inner is not None and inner <= outer)

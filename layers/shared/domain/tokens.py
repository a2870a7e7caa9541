"""API tokens, OAuth clients and access tokens, and the rights they carry."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self

from shared import policy
from shared.domain import ip_ranges
from shared.domain.identifiers import USER_CHARACTERS
from shared.domain.instants import NEVER
from shared.domain.provenance import UNKNOWN, Provenance
from shared.domain.users import User

SHOWN_CHARACTERS = USER_CHARACTERS + 4
"""How many characters of a token's id are shown: enough to tell the tokens of one user apart."""


@dataclass(frozen=True)
class Rights:
    """What an API client may do, from where, how often and until when.

    None, or no `sources`, means that there is no such limit. `sources` are entries of an IP list with blanks between,
    `rate_limit` is in requests a minute. `hides_codes`: SMS Authenticator does not return the codes it sends.
    """

    scopes: frozenset[str]
    expires_at: datetime | None = None
    sources: str = ""
    rate_limit: int | None = None
    hides_codes: bool = False

    def until(self, at: datetime) -> Self:
        """Return these rights, expiring at *at* at the latest."""
        return replace(self, expires_at=min(at, self.expires_at or at))

    def is_within(self, other: "Rights") -> bool:
        """Whether *other* allows everything that these rights allow."""
        return (
            self.scopes <= other.scopes
            and _is_within(self.expires_at, other.expires_at)
            and _is_within(self.rate_limit, other.rate_limit)
            and self.hides_codes >= other.hides_codes
            and (not other.sources or (self.sources != "" and ip_ranges.is_within(self.sources, other.sources)))
        )


@dataclass(frozen=True)
class ApiToken:
    """An API token (`kind` "api"), or an OAuth client that exchanges its secret for access tokens (`kind` "client").

    After a rotation the secret in `sealed_before` works too, until `before_until`. `revision` grows with each change.
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
    provenance: Provenance = UNKNOWN
    leaked_at: datetime = NEVER
    """When an older secret or an access token of it was reported as leaked: what was ordered before does not leave."""

    @property
    def prefix(self) -> str:
        """The beginning of the secret, as far as it may be shown."""
        return f"furtka_{self.kind}_{self.token_id[:SHOWN_CHARACTERS]}"

    @property
    def rights(self) -> Rights:
        """The rights that were given to the token. What its user may do can limit them, see `rights_of`."""
        scopes = frozenset(self.scopes.split())
        return Rights(scopes, self.expires_at, self.sources, self.rate_limit, self.hides_codes)

    def lives(self, *, now: datetime) -> bool:
        return self.enabled and (self.expires_at is None or now < self.expires_at)

    def stands_by(self, at: datetime) -> bool:
        """Whether what it ordered at *at* may still leave: an expired or rotated token has not been taken away."""
        return self.enabled and self.leaked_at < at

    def is_kept(self, *, now: datetime) -> bool:
        """Whether it is still listed. DynamoDB may remove the row of an expired token some days later than that."""
        return self.expires_at is None or now < self.expires_at + policy.TOKEN_KEPT_AFTER_EXPIRY

    def overlap_until(self, *, now: datetime) -> datetime | None:
        """Return until when the secret from before the last rotation works; None if it does not."""
        return self.before_until if self.sealed_before and now < self.before_until else None

    def gives_more_than(self, before: "ApiToken") -> bool:
        """Whether it may do more than *before*: enabled again, valid for longer, or allowed to see codes."""
        return (
            (self.enabled and not before.enabled)
            or not _is_within(self.expires_at, before.expires_at)
            or self.hides_codes < before.hides_codes
        )

    def rotated(self, sealed_secret: str, last_four: str, *, overlap: timedelta, now: datetime) -> Self:
        """Return the token with a new secret. The present one still works for *overlap*, any older one no longer."""
        return replace(
            self,
            sealed_secret=sealed_secret,
            last_four=last_four,
            sealed_before=self.sealed_secret if overlap else None,
            before_until=now + overlap,
        )

    def sealed(self, *, now: datetime) -> list[str]:
        """Return the secrets that are accepted at *now*, sealed."""
        older = [self.sealed_before] if self.sealed_before and self.overlap_until(now=now) else []
        return [self.sealed_secret, *older]

    def sealed_anew(self, sealed: str, anew: str) -> Self:
        """Return the token with *anew* in the place of *sealed*, one of its secrets."""
        if sealed == self.sealed_secret:
            return replace(self, sealed_secret=anew)
        return replace(self, sealed_before=anew)

    def is_worth_noting(self, *, now: datetime) -> bool:
        """Whether a use at *now* is to be recorded."""
        return now - self.used_at >= policy.TOKEN_USE_NOTED_EVERY

    def rights_of(self, user: User) -> Rights:
        """Return the token's rights without the scopes that *user* does not have now, whatever they had before."""
        return replace(self.rights, scopes=self.rights.scopes & user.scopes)


@dataclass(frozen=True)
class AccessToken:
    """An access token of an OAuth client. It is void as soon as its client is, whatever `expires_at` says."""

    client_id: str
    access_id: str
    sealed_secret: str = field(repr=False)
    scopes: str
    created_at: datetime
    expires_at: datetime

    def lives(self, *, now: datetime) -> bool:
        return now < self.expires_at

    def narrowing(self, rights: Rights) -> Rights:
        """Return *rights*, those of its client, narrowed to the scopes and the time of this token."""
        return replace(rights, scopes=rights.scopes & frozenset(self.scopes.split())).until(self.expires_at)


def written(scopes: frozenset[str]) -> str:
    """Return *scopes* as text: sorted, with blanks between."""
    return " ".join(sorted(scopes))


def next_warning(expires_at: datetime | None, *, after: datetime) -> datetime | None:
    """Return when the next warning about an expiry is due, later than *after*; None if there is none."""
    return next((at for _, at in _warnings(expires_at) if at > after), None)


def warning_due(expires_at: datetime | None, *, now: datetime) -> int | None:
    """Return how many days ahead of the expiry the latest due warning is; None if none is due.

    The days are those of `policy.TOKEN_EXPIRY_TOLD_DAYS`. Warnings missed before the latest are not caught up on.
    """
    return next((days for days, at in reversed(_warnings(expires_at)) if at <= now), None)


def _warnings(expires_at: datetime | None) -> list[tuple[int, datetime]]:
    """Return (days ahead, due from) of each warning, the earliest first."""
    if expires_at is None:
        return []
    # The job that warns runs only so often: without this margin the last warning could come after the expiry.
    ahead = policy.EXPIRIES_LOOKED_AT_EVERY
    return [(days, expires_at - timedelta(days=days) - ahead) for days in policy.TOKEN_EXPIRY_TOLD_DAYS]


def _is_within[Limit: (datetime, int)](inner: Limit | None, outer: Limit | None) -> bool:
    return outer is None or (inner is not None and inner <= outer)

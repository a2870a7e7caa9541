"""API tokens, OAuth clients and access tokens, and the rights they carry."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self

from shared import policy
from shared.domain.identifiers import USER_CHARACTERS
from shared.domain.instants import NEVER
from shared.domain.provenance import UNKNOWN, Provenance
from shared.domain.rights import Rights
from shared.domain.users import User

SHOWN_CHARACTERS = USER_CHARACTERS + 4
"""How many characters of a token's id are shown: enough to tell the tokens of one user apart."""


@dataclass(frozen=True)
class ApiToken:
    """An API token (`kind` "api"), or an OAuth client that exchanges its secret for access tokens (`kind` "client").

    After a rotation the secret in `sealed_before` works too, until `before_until`. `revision` grows with each change.
    `bounds` are the rights of the program with limits that made it, or gave it a secret: it stays within them for life.
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
    may_create_people: bool = False
    bounds: Rights | None = None
    secret_used: bool = True
    """Whether anybody showed the present secret yet. Until then a rotation replaces it."""
    secret_number: int = 0
    """The number of the present secret: each rotation counts one on."""
    before_number: int = 0
    """The number of the secret in `sealed_before`."""
    rotated_by: str = ""
    """The actor of the last rotation."""
    access_since: datetime = NEVER
    """Access tokens that were issued at this instant or before are void."""
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
        return Rights(scopes, self.expires_at, self.sources, self.rate_limit, self.hides_codes, self.may_create_people)

    @property
    def bounded_rights(self) -> Rights:
        """The rights within `bounds`: what the token may do if its user may do everything."""
        return self.rights.within(self.bounds)

    def is_within_bounds(self) -> bool:
        return self.bounds is None or self.rights.is_within(self.bounds)

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
        """Whether it may do more than *before*: enabled again, valid for longer, or allowed what it was not."""
        return (self.enabled and not before.enabled) or not self.rights.is_within(before.rights)

    def rotated(self, sealed_secret: str, last_four: str, *, overlap: timedelta, by: str = "", now: datetime) -> Self:
        """Return the token with a new secret. The present one still works for *overlap*, any older one no longer.

        If nobody has used the present one yet, the answer that told it may have been lost, and the request repeated.
        Then it is the present one that is replaced, and the older one, which is in use, works until its promised end.
        """
        after = replace(
            self,
            sealed_secret=sealed_secret,
            last_four=last_four,
            secret_used=False,
            secret_number=self.secret_number + 1,
            rotated_by=by,
        )
        if not overlap:
            return replace(after, sealed_before=None, before_until=now)
        if not self.secret_used and self.overlap_until(now=now):
            return after
        return replace(
            after,
            sealed_before=self.sealed_secret,
            before_number=self.secret_number,
            before_until=now + overlap,
        )

    def covers(self, access: "AccessToken", *, now: datetime) -> bool:
        """Whether the client still stands by *access*: the secret that it was got with works, and it was not revoked
        with all others.
        """
        is_of_old = access.secret_number == self.before_number and self.overlap_until(now=now) is not None
        return (access.secret_number == self.secret_number or is_of_old) and access.created_at > self.access_since

    def without_access(self, *, now: datetime) -> Self:
        """Return the client with every access token that it got until *now* void."""
        return replace(self, access_since=now)

    def narrowed(self, access: "AccessToken") -> Rights:
        """Return the rights of *access*, an access token that this client covers."""
        rights = access.narrowing(self.bounded_rights)
        return rights if access.secret_number == self.secret_number else rights.until(self.before_until)

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
        """Return the token's rights within those that *user* has now, whatever they had before."""
        return user.limiting(self.bounded_rights)


@dataclass(frozen=True)
class AccessToken:
    """An access token of an OAuth client. It is void as soon as its client is, whatever `expires_at` says."""

    client_id: str
    access_id: str
    sealed_secret: str = field(repr=False)
    scopes: str
    created_at: datetime
    expires_at: datetime
    secret_number: int = 0
    """The number of the client's secret that it was got with. It ends with that secret."""

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

"""Rights: what an API client may do, from where, how often and until when; and how one bounds what it makes."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from shared.domain import ip_ranges

type Rate = tuple[str, int]
"""The id of a token whose requests are counted, and how many a minute they may be."""


@dataclass(frozen=True)
class Rights:
    """What an API client may do, from where, how often and until when.

    None, or no `sources`, means that there is no such limit. `sources` are entries of an IP list with blanks between,
    `rate_limit` is in requests a minute. `hides_codes`: SMS Authenticator does not return the codes it sends.
    `may_create_people`: sub-users that it makes need not be confirmed by the owner. `shared_rates` are those of the
    tokens that made it: its requests count for them too.
    """

    scopes: frozenset[str]
    expires_at: datetime | None = None
    sources: str = ""
    rate_limit: int | None = None
    hides_codes: bool = False
    may_create_people: bool = False
    shared_rates: tuple[Rate, ...] = ()

    def until(self, at: datetime) -> Self:
        """Return these rights, expiring at *at* at the latest."""
        return replace(self, expires_at=min(at, self.expires_at or at))

    def last(self, *, now: datetime) -> bool:
        return self.expires_at is None or now < self.expires_at

    def admit(self, address: str) -> bool:
        return not self.sources or ip_ranges.admits(self.sources, address)

    def within(self, bounds: "Rights | None") -> Self:
        """Return what these rights and *bounds* both allow; these rights without bounds.

        Requests count for the tokens of both.
        """
        if bounds is None:
            return self
        limits = [limit for limit in (self.rate_limit, bounds.rate_limit) if limit is not None]
        ends = [end for end in (self.expires_at, bounds.expires_at) if end is not None]
        return replace(
            self,
            scopes=self.scopes & bounds.scopes,
            expires_at=min(ends, default=None),
            sources=_in_both(self.sources, bounds.sources),
            rate_limit=min(limits, default=None),
            hides_codes=self.hides_codes or bounds.hides_codes,
            may_create_people=self.may_create_people and bounds.may_create_people,
            shared_rates=tuple((dict(self.shared_rates) | dict(bounds.shared_rates)).items()),
        )

    def is_within(self, other: "Rights") -> bool:
        """Whether *other* allows everything that these rights allow."""
        return not self.beyond(other)

    def beyond(self, other: "Rights") -> list[str]:
        """Return in what these rights allow more than *other*, in the names that POST /tokens has for it."""
        is_within = {
            "scopes": self.scopes <= other.scopes,
            "expiration_date": _is_within(self.expires_at, other.expires_at),
            "rate_limit": _is_within(self.rate_limit, other.rate_limit),
            "hide_codes": self.hides_codes >= other.hides_codes,
            "may_create_people": self.may_create_people <= other.may_create_people,
            "ip_list": not other.sources or (self.sources != "" and _is_from_within(self.sources, other.sources)),
        }
        return [name for name, holds in is_within.items() if not holds]

    def is_bounded(self, scopes: frozenset[str]) -> bool:
        """Whether these rights are less than those of a person with *scopes*, in anything."""
        limits = (self.expires_at, self.sources, self.rate_limit, self.hides_codes, self.shared_rates)
        return any(limits) or not scopes <= self.scopes

    def rates_of(self, token_id: str) -> tuple[Rate, ...]:
        """Return the counts that a request of the token *token_id*, with these rights, has to fit into."""
        limit, shared = self.rate_limit, self.shared_rates
        # Each of its requests counts for those it shares a rate with. So a limit of its own that is not lower than
        # theirs is never reached first, and needs no count.
        if limit is None or any(other <= limit for _, other in shared):
            return shared
        return ((token_id, limit), *shared)


def from_facts(facts: dict[str, Any]) -> Rights:
    """Return the rights that were written by `facts_of`."""
    expires_at = facts.get("expires_at")
    return Rights(
        scopes=frozenset(facts["scopes"].split()),
        expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
        sources=facts.get("sources", ""),
        rate_limit=facts.get("rate_limit"),
        hides_codes=facts.get("hides_codes", False),
        may_create_people=facts.get("may_create_people", False),
        shared_rates=tuple((token_id, limit) for token_id, limit in facts.get("shared_rates", ())),
    )


def facts_of(rights: Rights) -> dict[str, Any]:
    """Return *rights* as JSON can hold them, without limits that there are not. Equal rights give equal facts."""
    facts = {name: value for name, value in vars(rights).items() if value}
    expires_at = rights.expires_at
    return (
        facts
        | {"scopes": " ".join(sorted(rights.scopes))}
        | ({"expires_at": expires_at.isoformat()} if expires_at else {})
    )


def _in_both(one: str, other: str) -> str:
    """Return the sources that are in both lists, of which an empty one is no limit."""
    return ip_ranges.common(one, other) if one and other else one or other


def _is_from_within(inner: str, outer: str) -> bool:
    """Whether every address of the list *inner* is in *outer*. A list that admits nobody is within any."""
    return inner == ip_ranges.NOBODY or ip_ranges.is_within(inner, outer)


def _is_within[Limit: (datetime, int)](inner: Limit | None, outer: Limit | None) -> bool:
    return outer is None or (inner is not None and inner <= outer)

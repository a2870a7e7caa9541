"""Principals: who a request comes from, a person with a session or an API client with a credential of its own."""

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared import audit
from shared.domain.accounts import Account
from shared.domain.activity import Event, Outcome
from shared.domain.identifiers import is_record_id, user_of
from shared.domain.origins import Origin
from shared.domain.provenance import Provenance
from shared.domain.rights import Rights
from shared.domain.users import User
from shared.errors import ExceedsOwnScopes, InsufficientScope, NotFound, OwnerOnly
from shared.storage.engine import Write


class OwnRow(StrEnum):
    """The rows that a principal was judged by."""

    USER = "user"
    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - the name of a row
    ACCOUNT = "account"
    ACCESS = "access"


@dataclass(frozen=True)
class Principal(ABC):
    """The user for whom a request is made, and their account. An API client acts for its user."""

    user: User
    account: Account

    @property
    def actor(self) -> str:
        """Return the name by which the activity log knows the principal."""
        return self.user.login

    @property
    @abstractmethod
    def proof(self) -> str:
        """Return how the principal proved who they are, in words of `audit_events.PROOF_WORDS`."""

    @property
    def provenance(self) -> Provenance:
        """Which sign-ins the principal's changes come from: at least those that the user came from."""
        return self.user.provenance

    @property
    def scopes(self) -> frozenset[str]:
        """Return what the principal may do in this request."""
        return self.user.scopes

    @property
    def bounds(self) -> Rights | None:
        """Return what binds the programs that the principal makes, for life; None if nothing does."""
        return None

    @property
    def bounds_of_people(self) -> Rights | None:
        """Return what binds a sub-user whom the principal makes, until the owner confirms them; None for nothing."""
        bounds = self.bounds
        return None if bounds and bounds.may_create_people else bounds

    @abstractmethod
    def still_allowed(self, *, writing: Collection[OwnRow] = ()) -> list[Write]:
        """Return guards that hold only if the principal's credential, user and account are as they were read.

        Every flow that writes adds them, or a write that carries the same (`by=person`), to its transaction, so that
        nothing is changed by someone who was signed out, disabled, suspended or given fewer rights while their request
        was under way; tests/proofs/test_principals.py holds every route against this. There are two exceptions. A paid
        message is judged by a consistent read, and again when it is sent, which may be months later. Checking a code of
        SMS Authenticator is one update whose returned row is the verdict: a transaction returns no row and costs twice
        as much, and the most that such a late request can do is use up an attempt or a code. Attempts and rate limits
        are counted before anything is decided, for everybody.

        *writing* names those of the principal's own rows that the same transaction writes: DynamoDB allows one
        operation per row, so that write must carry the guard itself. Refused as NotSignedIn, TokenRefused,
        AccountSuspended or Outrun.
        """

    def must_have(self, scope: str) -> None:
        """Raise InsufficientScope unless the principal may do what *scope* opens."""
        if scope not in self.scopes:
            raise InsufficientScope(scope)

    def must_have_all(self, scopes: frozenset[str]) -> None:
        """Raise ExceedsOwnScopes unless the principal has all *scopes*: nobody manages a user with more rights."""
        if not scopes <= self.scopes:
            raise ExceedsOwnScopes

    def must_be_owner(self) -> None:
        """Raise OwnerOnly for a sub-user, and for an API client that acts for one."""
        if not self.user.owner:
            raise OwnerOnly

    def must_own(self, identifier: str) -> None:
        """Raise NotFound unless the record is the user's own: its id begins with its user's (ASVS V8.2.2)."""
        if not is_record_id(identifier) or user_of(identifier) != self.user.user_id:
            raise NotFound

    def noting(
        self,
        event: Event,
        origin: Origin,
        *,
        now: datetime,
        user_id: str | None = None,
        outcome: Outcome = "success",
        detail: str = "",
        about: str = "",
    ) -> Write:
        """Return the activity entry of what this principal did, to themselves or to the user *user_id*."""
        return audit.noting(
            event,
            user_id or self.user.user_id,
            actor=self.actor,
            proof=self.proof,
            origin=origin,
            now=now,
            outcome=outcome,
            detail=detail,
            about=about,
        )

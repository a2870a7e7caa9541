"""What a kind of second factor has to say: how it is asked for, what is read to check it, and when a code is right."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from shared.delivery.notices import CodeSent
from shared.domain.accounts import Account
from shared.domain.challenges import Challenge
from shared.domain.failure_marks import FailureMarks
from shared.domain.identifiers import user_of
from shared.domain.logins import Login
from shared.domain.users import User
from shared.storage import engine
from shared.storage.engine import Write
from shared.storage.message_budgets import Asking


@dataclass(frozen=True)
class Question:
    """A challenge to be put. It counts once `writes` are committed; queue `notices`, with its code, only after that."""

    challenge: Challenge
    writes: Sequence[Write] = field(default=(), repr=False)
    notices: Sequence[CodeSent] = field(default=(), repr=False)


@dataclass(frozen=True)
class Attempt:
    """An answer about to be checked: the challenge, the factor used, the rows of that factor, the account.

    `marks` are those of the user's wrong codes before.
    """

    challenge: Challenge
    factor: str
    rows: Sequence[engine.Row] = field(repr=False)
    account: Account
    marks: FailureMarks = field(default_factory=FailureMarks)

    @property
    def user_id(self) -> str:
        return user_of(self.challenge.challenge_id)


@dataclass(frozen=True)
class Proof:
    """A right answer. It counts, and is used up, once `writes` are committed.

    `codes_left`: recovery codes left, if one was used.
    """

    writes: Sequence[Write] = field(default=(), repr=False)
    codes_left: int | None = None


class Factor(ABC):
    """A kind of second factor. `name` is what the API, the activity log and stored rows call it.

    `off` are the fields of the user and of the login that say it is off. A factor that `stands_in` counts only beside
    another one, and goes when the last of those is switched off.
    """

    name: ClassVar[str]
    off: ClassVar[Mapping[str, Any]]
    stands_in: ClassVar[bool] = False

    @abstractmethod
    def is_on(self, holder: User | Login) -> bool: ...

    @abstractmethod
    def keys(self, user_id: str) -> list[engine.Key]:
        """Return the keys of the rows that checking a code needs."""

    @abstractmethod
    def prove(self, attempt: Attempt, code: str, *, now: datetime) -> Proof:
        """Return the proof if *code* is right. The attempt must have been recorded before. Raises WrongCode."""

    @abstractmethod
    def removing(self, user_id: str) -> list[Write]:
        """Return the writes that remove the rows of the factor."""

    def ask(self, challenge: Challenge, asking: Asking, *, now: datetime) -> Question:
        """Return *challenge* ready to be put: most factors need nothing to be sent."""
        return Question(challenge)

"""A recovery code from the user's list: each works once, in the place of another factor."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from shared.auth.factors.base import Attempt, Factor, Proof
from shared.crypto import seal
from shared.domain.logins import Login
from shared.domain.recovery import RecoveryCodes
from shared.domain.users import User
from shared.errors import WrongCode
from shared.storage import engine, factors
from shared.storage.engine import Write


class RecoveryCodeFactor(Factor):
    name = "recovery_code"
    off: ClassVar[Mapping[str, Any]] = {"has_recovery_codes": False}
    stands_in = True

    def is_on(self, holder: User | Login) -> bool:
        return isinstance(holder, Login) and holder.has_recovery_codes  # the user's row does not say

    def keys(self, user_id: str) -> list[engine.Key]:
        return [factors.recovery_key(user_id)]

    def prove(self, attempt: Attempt, code: str, *, now: datetime) -> Proof:
        return prove(factors.recovery_codes(attempt.rows[0]) if attempt.rows else None, code)

    def removing(self, user_id: str) -> list[Write]:
        return [factors.removing_codes(user_id)]


def prove(held: RecoveryCodes | None, code: str) -> Proof:
    """Return the proof if *code* is an unused one of the list *held*. The attempt must have been recorded before.

    Raises WrongCode if it is not, or if there is no list.
    """
    digest = seal.digest("recovery", held.user_id, code) if held else ""
    if held is None or digest not in held.codes:
        raise WrongCode
    return Proof([factors.using_code(held.user_id, digest)], codes_left=len(held.codes) - 1)

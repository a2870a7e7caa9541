"""A code of an authenticator app (TOTP, RFC 6238)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from shared.auth.factors.base import Attempt, Factor, Proof
from shared.crypto import kms
from shared.domain.logins import Login
from shared.domain.totp import Authenticator, matching_step
from shared.domain.users import User
from shared.errors import WrongCode
from shared.storage import engine, factors
from shared.storage.engine import Write


class TotpFactor(Factor):
    name = "totp"
    off: ClassVar[Mapping[str, Any]] = {"has_totp": False}

    def is_on(self, holder: User | Login) -> bool:
        return holder.has_totp

    def keys(self, user_id: str) -> list[engine.Key]:
        return [factors.totp_key(user_id)]

    def prove(self, attempt: Attempt, code: str, *, now: datetime) -> Proof:
        (row,) = attempt.rows
        app = factors.authenticator(row)
        if app is None:
            raise WrongCode  # it was switched off meanwhile
        return Proof([factors.accepting_step(app, step=_step(app, code, now=now))])

    def removing(self, user_id: str) -> list[Write]:
        return [factors.removing_totp(user_id)]


def _step(app: Authenticator, code: str, *, now: datetime) -> int:
    """Return the unused time step that *code* belongs to. Raises WrongCode if there is none."""
    secret = kms.decrypt(app.secret_blob, user_id=app.user_id)
    step = matching_step(secret, code, after=app.last_step, now=now)
    if step is None:
        raise WrongCode
    return step

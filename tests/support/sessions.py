"""Sessions without a sign-in, whose password takes long to check on purpose."""

from datetime import datetime
from typing import Any

from shared import policy
from shared.auth.session_opening import new_session
from shared.domain import identifiers
from shared.domain.instants import NEVER
from shared.domain.origins import Origin
from shared.storage import users
from shared.storage.engine import commit


def open_session(user_id: str, *, login: str, origin: Origin, now: datetime, **facts: Any) -> str:
    """Open a session of that user, proved at *now* with the present credentials, and return its token.

    *facts* are arguments of `new_session`.
    """
    user, _ = users.find(user_id)
    usual = {"factors": "password", "idle": policy.SESSION_IDLE, "transport": "token", "known": True, "proved_at": now}
    usual["credentials_at"] = user.credentials_at if user else NEVER
    opened = new_session(user_id, login=login, origin=origin, now=now, **usual | facts)
    commit(*opened.writes, *opened.remembering)
    return identifiers.write(opened.token)

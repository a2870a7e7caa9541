"""Flow of POST /login/pass: a one-use pass by e-mail, for somebody whom the guesses of strangers make wait."""

from datetime import datetime

from shared.auth import passes
from shared.delivery import queue
from shared.domain.origins import Origin
from shared.storage import logins
from shared.storage.engine import commit


def request_pass(login: str, *, origin: Origin, now: datetime) -> None:
    """Send a pass for one attempt to sign in. *login* is canonical. Raises TooManyResets."""
    writes, letter = passes.asking(login, logins.find(login), origin=origin, now=now)
    commit(*writes)
    queue.put(letter)

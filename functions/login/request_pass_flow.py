"""Flow of POST /login/pass: a one-use pass by e-mail, for somebody whom the guesses of strangers make wait."""

from collections.abc import Sequence
from datetime import datetime

from shared.auth import mail_limits, passes
from shared.delivery import queue
from shared.delivery.letters import SignInPassAsked
from shared.domain.identifiers import Token
from shared.domain.origins import Origin
from shared.storage.engine import again, commit


def request_pass(login: str, *, devices: Sequence[Token] = (), origin: Origin, now: datetime) -> None:
    """Send a pass for one attempt to sign in. *login* is canonical, *devices* are the tokens that the browser has.

    Raises TooManyResets, or Outrun if many ask at once.
    """
    queue.put(again(lambda: _asked(login, devices, origin, now=now)))


def _asked(login: str, devices: Sequence[Token], origin: Origin, *, now: datetime) -> SignInPassAsked:
    """Store a pass, and return its e-mail."""
    found, asker = mail_limits.find(login, devices, origin=origin, now=now)
    writes, letter = passes.asking(found, asker, now=now)
    commit(*writes)
    return letter

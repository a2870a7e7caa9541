"""Flow of e-mails about tokens and sub-users, changed by the hundred: one tells of all beyond a few."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared import policy
from shared.crypto import seal
from shared.delivery.letters import SubuserChanged, TokenChanged
from shared.domain.activity import actor_of_token
from shared.domain.backoff import Window
from shared.domain.identifiers import user_of
from shared.errors import TooManyResets
from shared.storage import attempts
from shared.storage.engine import commit

TOLD = (Window(policy.CHANGES_TOLD_AN_HOUR, timedelta(hours=1)),)


def folded(letter: TokenChanged | SubuserChanged, *, now: datetime) -> TokenChanged | SubuserChanged:
    """Return *letter*, or the one that tells of many changes if too many of the same cause were told within an hour.

    They are counted for the mailbox and for the user whose login or program made the change, so that nobody uses up
    what tells of somebody else. A secret that was found is always told.
    """
    if letter.change == "found":
        return letter
    name = seal.fingerprint("changes-told", f"{type(letter).__name__} {letter.email} {_cause(letter.by)}")
    try:
        commit(attempts.asking(f"changes-told:{name}", TOLD, TooManyResets, now=now))
    except TooManyResets:
        # Its id is that of the hour, so that it is sent once.
        return replace(letter, id=f"many-changes:{name}:{now:%Y-%m-%dT%H}", change="many")
    return letter


def _cause(actor: str) -> str:
    """Return the id of the user whose program acted, or the login that did."""
    mark = actor_of_token("")
    return user_of(actor.removeprefix(mark)) if actor.startswith(mark) else actor

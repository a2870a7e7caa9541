"""Writing down what happened: one more write for the transaction of the thing itself."""

from datetime import datetime

from shared.crypto import randomness
from shared.domain.activity import WORDS, Entry, Event, Outcome, entry_id
from shared.domain.identifiers import account_of, is_record_id
from shared.domain.origins import Origin
from shared.storage import activity
from shared.storage.engine import Write


def noting(
    event: Event,
    user_id: str,
    *,
    actor: str,
    origin: Origin,
    now: datetime,
    outcome: Outcome = "success",
    detail: str = "",
    about: str = "",
) -> Write:
    """What happened to the user and its entry stand or fall together.

    *detail* is made of WORDS and of no other, *about* is a record's id or nothing.
    """
    if about and not is_record_id(about):
        raise ValueError("the activity log is about records")
    if not WORDS.issuperset(detail.split()):
        raise ValueError("the activity log has no such word")  # it may be a secret, so it is not repeated
    entry = Entry(
        entry_id=entry_id(randomness.record_id(user_id), at=now),
        account_id=account_of(user_id),
        user_id=user_id,
        at=now,
        event=event,
        actor=actor,
        address=origin.address,
        device=origin.user_agent,
        outcome=outcome,
        request_id=origin.request_id,
        detail=detail,
        about=about,
    )
    return activity.adding(entry)

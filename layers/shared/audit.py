"""Audit: entries of the activity log, which are written in the same transaction as what they record.

Each leaves the table again as an audit event, by the table's stream (functions/audit).
"""

from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from shared.crypto import randomness
from shared.domain import audit_events
from shared.domain.activity import WORDS, ActivityEntry, Event, Outcome, entry_id, hour_start
from shared.domain.identifiers import RECORD_CHARACTERS, account_of, is_record_id
from shared.domain.origins import Origin
from shared.storage import activity
from shared.storage.engine import Write


def noting(
    event: Event,
    user_id: str,
    *,
    actor: str,
    proof: str,
    origin: Origin,
    now: datetime,
    outcome: Outcome = "success",
    detail: str = "",
    about: str = "",
) -> Write:
    """Return the write that adds an entry to the user's activity log.

    Commit it together with the change that it records, so that neither exists without the other. *detail* consists of
    WORDS, *about* is a record's id or empty; raises ValueError for anything else, which could be a secret. *proof* is
    how the actor proved who they are, in words of `audit_events.PROOF_WORDS`. Raises IncompleteEvent if a field is
    missing that its audit event needs.
    """
    if about and not is_record_id(about):
        raise ValueError("the activity log is about records")
    if not WORDS.issuperset(detail.split()):
        raise ValueError("the activity log has no such word")  # not repeated: it may be a secret
    found = entry_id(randomness.record_id(user_id), at=now)
    return activity.adding(
        _entry(
            found,
            event,
            user_id,
            origin,
            actor=actor,
            proof=proof,
            outcome=outcome,
            detail=detail,
            about=about,
            now=now,
        )
    )


def counting(event: Event, user_id: str, *, actor: str, proof: str, origin: Origin, now: datetime, about: str) -> Write:
    """Return the write that counts an event which may happen often: there is one entry for an hour and a network."""
    name = sha256(f"{event} {about} {origin.network}".encode()).hexdigest()
    found = entry_id((user_id + name)[:RECORD_CHARACTERS], at=hour_start(now))
    place = replace(origin, address=origin.network)
    return activity.counting(_entry(found, event, user_id, place, actor=actor, proof=proof, about=about, now=now))


def _entry(
    found: str,
    event: Event,
    user_id: str,
    origin: Origin,
    *,
    actor: str,
    proof: str,
    outcome: Outcome = "success",
    detail: str = "",
    about: str = "",
    now: datetime,
) -> ActivityEntry:
    entry = ActivityEntry(
        entry_id=found,
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
        proof=proof,
    )
    audit_events.of_entry(entry)  # what could not be told is not written either
    return entry

"""Flow of the activity log: a user reads their own entries, an owner those of the whole account.

The log has no entry of a failed attempt, so that an attack writes nothing more: they are read from the counts.
"""

from datetime import datetime

from shared.auth import attempt_limits
from shared.domain.activity import FAILURES, ActivityEntry, Event, failures_entries
from shared.domain.activity_search import Search
from shared.domain.users import User
from shared.errors import OwnerOnly
from shared.storage import activity, engine, failure_marks

type Page = tuple[list[ActivityEntry], str | None]
"""Entries, the newest first, and the id to continue from; None after the last page."""


def own(user: User, search: Search, *, now: datetime) -> Page:
    """Return a page of the user's entries."""
    logged = ([], None) if search.event in FAILURES else activity.page_of_user(user.user_id, search, now=now)
    return _with_failures(user, logged, search, now=now)


def of_account(user: User, search: Search, *, now: datetime) -> Page:
    """Return a page of all users' entries. Raises OwnerOnly.

    Of failed attempts it has the owner's: those of sub-users would take a read for each of them.
    """
    if not user.owner:
        raise OwnerOnly
    logged = ([], None) if search.event in FAILURES else activity.page_of_account(user.account_id, search, now=now)
    return _with_failures(user, logged, search, now=now)


def _with_failures(user: User, logged: Page, search: Search, *, now: datetime) -> Page:
    """Return the page *logged* with the user's failed attempts among its entries."""
    entries, last = logged
    # Older ones than the page reaches are on the next page, and so is what this one has no room for.
    failed = [entry for entry in _failures(user, search, now=now) if last is None or entry.entry_id > last]
    found = sorted([*entries, *failed], key=lambda entry: entry.entry_id, reverse=True)
    if len(found) > search.limit:
        return found[: search.limit], found[search.limit - 1].entry_id
    return found, last


def _failures(user: User, search: Search, *, now: datetime) -> list[ActivityEntry]:
    """Return the user's failed attempts that match."""
    if search.event not in (None, *FAILURES):
        return []
    passwords, codes = map(failure_marks.marks_in, engine.fetch(*attempt_limits.failure_keys(user.login, user.user_id)))
    failed = [
        *failures_entries(Event.LOGIN_FAILED, user, passwords, now=now),
        *failures_entries(Event.CODES_FAILED, user, codes, now=now),
    ]
    return [entry for entry in failed if search.finds(entry, now=now)]

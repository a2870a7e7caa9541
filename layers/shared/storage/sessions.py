"""The sessions table. A session is found, with its user, by the id in its token."""

from datetime import datetime, timedelta
from typing import Any

from pynamodb.attributes import TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.accounts import Account
from shared.domain.identifiers import account_of, user_of
from shared.domain.sessions import A_MOMENT, Session
from shared.domain.users import User
from shared.errors import NothingThere, NotSignedIn, Refusal
from shared.storage import accounts, engine, users
from shared.storage.mapping import DurationAttribute, facts_set, record, row


class SessionItem(Model):
    class Meta:
        table_name = settings.SESSIONS_TABLE

    user_id = UnicodeAttribute(hash_key=True)
    session_id = UnicodeAttribute(range_key=True)
    sealed_secret = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    proved_at = UTCDateTimeAttribute()
    confirmed_at = UTCDateTimeAttribute()
    used_at = UTCDateTimeAttribute()
    ends_at = UTCDateTimeAttribute()
    idle = DurationAttribute()
    transport = UnicodeAttribute()
    factors = UnicodeAttribute()
    address = UnicodeAttribute()
    user_agent = UnicodeAttribute()
    credentials_at = UTCDateTimeAttribute()
    forget_at = TTLAttribute()


def find_with_holder(session_id: str) -> tuple[Session | None, User | None, Account | None]:
    """All in one round trip: who is calling, whether he is still welcome, and what his account decided."""
    session, user, account = engine.fetch(
        engine.Key(SessionItem, user_of(session_id), session_id),
        users.key(user_of(session_id)),
        accounts.key(account_of(session_id)),
    )
    return record(Session, session), record(User, user), accounts.read(account)


def adding(session: Session) -> engine.Write:
    return engine.add(row(SessionItem, session, forget_at=session.ends_at + policy.FORGET_AFTER))


def touching(session: Session, *, now: datetime) -> engine.Write:
    """Writes down that the session was used. Refused as Outrun where another request did so first."""
    return engine.change(
        SessionItem(session.user_id, session.session_id),
        [SessionItem.used_at.set(now)],
        guard=SessionItem.used_at == session.used_at,
    )


def insisting(session: Session) -> engine.Write:
    """Changes nothing, but insists that the session has not been ended. Refused as NotSignedIn."""
    key = engine.Key(SessionItem, session.user_id, session.session_id)
    return engine.check(key, guard=SessionItem.session_id.exists(), refused=lambda _: NotSignedIn())


def ending(session: Session) -> engine.Write:
    return engine.remove(SessionItem(session.user_id, session.session_id))


def ending_one(session_id: str, *, refused: Refusal | None = None) -> engine.Write:
    """Refused as NothingThere, or as *refused*, where there is no such session."""
    return engine.remove(
        SessionItem(user_of(session_id), session_id),
        guard=SessionItem.session_id.exists(),
        refused=refused or NothingThere(),
    )


def keeping(session: Session, *, now: datetime, **facts: Any) -> engine.Write:
    """Proves the session anew, a moment after everything until *now* was voided. Refused as NotSignedIn if it ended.

    *facts* change in the same moment: fields of the session by name.
    """
    return engine.change(
        SessionItem(session.user_id, session.session_id),
        [SessionItem.proved_at.set(now + A_MOMENT), *facts_set(SessionItem, facts)],
        guard=SessionItem.session_id.exists(),
        refused=lambda _: NotSignedIn(),
    )


def choosing_idle(session: Session, idle: timedelta, *, now: datetime) -> engine.Write:
    """From this use on the session ends after *idle*. Refused as NotSignedIn if it ended."""
    return engine.change(
        SessionItem(session.user_id, session.session_id),
        [SessionItem.idle.set(idle), SessionItem.used_at.set(now)],
        guard=SessionItem.session_id.exists(),
        refused=lambda _: NotSignedIn(),
    )


def of_user(user_id: str) -> list[Session]:
    """Every row, of living sessions and of ended ones that are not removed yet."""
    return [found for item in engine.query(SessionItem, user_id) if (found := record(Session, item))]

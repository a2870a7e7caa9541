"""The sessions table. The id in a session's token leads to the session, its user and their account."""

from datetime import datetime, timedelta
from typing import Any, cast

from pynamodb.attributes import BooleanAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.accounts import Account
from shared.domain.identifiers import account_of, user_of
from shared.domain.instants import NEVER
from shared.domain.sessions import A_MOMENT, Session
from shared.domain.users import User
from shared.errors import NotFound, NotSignedIn, Refusal
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
    device_seen_at = UTCDateTimeAttribute(default=NEVER)
    ended = BooleanAttribute(default=False)  # missing in older rows
    replaced = BooleanAttribute(default=False)
    forget_at = TTLAttribute()


def find_with_holder(session_id: str) -> tuple[Session | None, User | None, Account | None]:
    """Return a session, its user and their account, in one round trip."""
    session, user, account = engine.fetch(
        engine.Key(SessionItem, user_of(session_id), session_id),
        users.key(user_of(session_id)),
        accounts.key(account_of(session_id)),
    )
    return record(Session, session), record(User, user), accounts.read(account)


def adding(session: Session) -> engine.Write:
    return engine.add(row(SessionItem, session, forget_at=session.ends_at + policy.FORGET_AFTER))


def touching(session: Session, *, now: datetime) -> engine.Write:
    """Record that the session was used, and its seal. Refused as Outrun if another request was first, or ended it."""
    return engine.change(
        SessionItem(session.user_id, session.session_id),
        [SessionItem.used_at.set(now), SessionItem.sealed_secret.set(session.sealed_secret)],
        guard=_goes_on() & (SessionItem.used_at == session.used_at),
    )


def insisting(session: Session) -> engine.Write:
    """Require that the session has not been ended. Refused as NotSignedIn if it has."""
    key = engine.Key(SessionItem, session.user_id, session.session_id)
    return engine.check(key, guard=_goes_on(), refused=lambda _: NotSignedIn())


def ending(session: Session) -> engine.Write:
    """End a session. Refused as NotSignedIn if it was ended before."""
    return ending_one(session.session_id, refused=NotSignedIn())


def ending_one(session_id: str, *, refused: Refusal | None = None) -> engine.Write:
    """End a session. Refused as *refused*, or else as NotFound, if there is none or it was ended before.

    Its row stays until DynamoDB removes it: its token is known for what it is, and a tab that goes on asking with it is
    not taken for somebody who makes up tokens.
    """
    return engine.change(
        SessionItem(user_of(session_id), session_id),
        [SessionItem.ended.set(True)],
        guard=_goes_on(),
        refused=lambda _: refused or NotFound(),
    )


def replacing(session_id: str, *, refused: Refusal) -> engine.Write:
    """End a session whose user goes on in another one. Refused as *refused* if it was ended before."""
    return engine.change(
        SessionItem(user_of(session_id), session_id),
        [SessionItem.ended.set(True), SessionItem.replaced.set(True)],
        guard=_goes_on(),
        refused=lambda _: refused,
    )


def keeping(session: Session, *, now: datetime, **facts: Any) -> engine.Write:
    """Keep this one session when `users.ending_everything` voids all others, and write *facts*, fields by name.

    Refused as NotSignedIn if it has ended.
    """
    # A moment later than `epoch`, which voids all that was proved until *now*.
    return engine.change(
        SessionItem(session.user_id, session.session_id),
        [SessionItem.proved_at.set(now + A_MOMENT), *facts_set(SessionItem, facts)],
        guard=_goes_on(),
        refused=lambda _: NotSignedIn(),
    )


def choosing_idle(session: Session, idle: timedelta, *, now: datetime) -> engine.Write:
    """Write the session's idle timeout, counted from *now*. Refused as NotSignedIn if it has ended."""
    return engine.change(
        SessionItem(session.user_id, session.session_id),
        [SessionItem.idle.set(idle), SessionItem.used_at.set(now)],
        guard=_goes_on(),
        refused=lambda _: NotSignedIn(),
    )


def of_user(user_id: str) -> list[Session]:
    """Return policy.SESSIONS_READ sessions of a user that have a row, at most: also expired ones, until TTL."""
    items, _ = engine.page(SessionItem, SessionItem.user_id == user_id, limit=policy.SESSIONS_READ)
    return [found for item in items if (found := record(Session, item))]


def _goes_on() -> Condition:
    """Return the condition that there is such a session, and that nobody ended it."""
    ended = SessionItem.ended.does_not_exist() | (SessionItem.ended == False)  # noqa: E712 - for DynamoDB
    return cast(Condition, SessionItem.session_id.exists() & ended)

"""The users table: what every request must know of its user."""

from collections.abc import Callable, Iterable
from datetime import datetime, time
from itertools import pairwise
from typing import Any, Protocol, cast

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.accounts import Account
from shared.domain.identifiers import account_of
from shared.domain.instants import NEVER
from shared.domain.links import Link
from shared.domain.sending_hours import Hours
from shared.domain.sessions import Session
from shared.domain.shares import Share
from shared.domain.users import User
from shared.errors import LinkClosed, NotSignedIn, Outrun, Refusal, TokenRefused, UnknownLogin, UnknownSubuser
from shared.storage import accounts, engine
from shared.storage.mapping import FactsAttribute, facts_set, record, row

OLDEST = policy.SESSIONS_AT_ONCE - 1


def _hours(facts: dict[str, Any]) -> Hours:
    times = {name: time.fromisoformat(facts[name]) for name in ("begin", "end")}
    return Hours(**facts | times)


def _share(facts: dict[str, Any]) -> Share:
    return Share(facts["access"], tuple(facts["names"]))


class UserItem(Model):
    class Meta:
        table_name = settings.USERS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute(range_key=True)
    login = UnicodeAttribute()
    enabled = BooleanAttribute()
    created_at = UTCDateTimeAttribute()
    email = UnicodeAttribute()
    language = UnicodeAttribute()
    owner = BooleanAttribute()
    phone = UnicodeAttribute(null=True)
    has_totp = BooleanAttribute()
    password_set_at = UTCDateTimeAttribute()
    credentials_at = UTCDateTimeAttribute()
    epoch = UTCDateTimeAttribute()
    devices_since = UTCDateTimeAttribute()
    permissions = UnicodeAttribute(null=True)
    hours = FactsAttribute(_hours, null=True)
    senders = FactsAttribute(_share, default=Share)
    phonebook = BooleanAttribute(default=False)
    description = UnicodeAttribute(default="")
    own_email = BooleanAttribute(default=True)
    given_until = UTCDateTimeAttribute(null=True)
    crowded_since = UTCDateTimeAttribute(attr_name=f"opened_{OLDEST}", null=True)


OPENED = [UTCDateTimeAttribute(attr_name=f"opened_{place}") for place in range(policy.SESSIONS_AT_ONCE)]
"""When the last sessions were opened: `opened_0` is the newest."""


class SignedInPerson(Protocol):
    """A person as they were read: their user, and the session that they are signed in by."""

    @property
    def user(self) -> User: ...

    @property
    def session(self) -> Session: ...


type By = SignedInPerson | Link | None
"""Who ends everything. A person who is signed out, disabled or narrowed meanwhile is refused as NotSignedIn or Outrun,
one whom another request of theirs outran as Outrun, a link that is void as LinkClosed."""


def key(user_id: str) -> engine.Key:
    return engine.Key(UserItem, account_of(user_id), user_id)


def find(user_id: str) -> tuple[User | None, Account | None]:
    """The user and what his account decided, in one round trip."""
    user, account = engine.fetch(key(user_id), accounts.key(account_of(user_id)))
    return record(User, user), accounts.read(account)


def welcome(user_ids: Iterable[str]) -> set[str]:
    """Which of them are still let in, in one round trip. At most a hundred."""
    keys = [key(user_id) for user_id in user_ids]
    found = [record(User, item) for item in engine.fetch(*keys)] if keys else []
    return {user.user_id for user in found if user and user.enabled}


def of_account(account_id: str) -> list[User]:
    return [found for item in engine.query(UserItem, account_id) if (found := record(User, item))]


def adding(user: User) -> engine.Write:
    return engine.add(row(UserItem, user), refused=Outrun())


def opening(
    session: Session, *, again: bool, by: SignedInPerson | None = None, refused: Refusal, now: datetime
) -> engine.Write:
    """Count a session that is opened, and assert that its proof still counts. Refused as *refused*.

    A password that was given opens one session; *again* is for the one that takes its place. *by* is whoever is signed
    in and confirms their session: refused as NotSignedIn or Outrun if they are not, or may do something else, by now.
    """
    guard = _honours(session.proved_at, session.credentials_at) & _may_open(again=again, now=now)
    return engine.change(
        UserItem(account_of(session.user_id), session.user_id),
        _shifted(now),
        guard=guard & _stands(by) if by else guard,
        refused=lambda row: _why_not_by(by, row) if by else refused,
    )


def being_unused(user_id: str, *, refused: Refusal, now: datetime) -> engine.Write:
    """Insists that the password that was given has opened no session yet. Refused as *refused*."""
    return engine.check(key(user_id), guard=_may_open(again=False, now=now), refused=lambda _: refused)


def honouring(user_id: str, *, proved_at: datetime, credentials_at: datetime) -> engine.Write:
    """Insists that a proof of that time, by credentials of that other, still counts. Refused as Outrun."""
    return engine.check(key(user_id), guard=_honours(proved_at, credentials_at), refused=lambda _: Outrun())


def allowing_session(person: SignedInPerson) -> engine.Write:
    """Assert that the session's proof still counts and that its user has the same permissions.

    Refused as NotSignedIn if the proof is void, as Outrun if the permissions changed.
    """
    return engine.check(key(person.user.user_id), guard=_stands(person), refused=lambda row: _why_not_by(person, row))


def allowing_client(user: User) -> engine.Write:
    """Insists that the user is let in and has the same rights. Refused as TokenRefused, or as Outrun."""
    guard = cast(Condition, UserItem.enabled == True)  # noqa: E712 - for DynamoDB
    return engine.check(key(user.user_id), guard=guard & _has_permissions(user.permissions), refused=_why_no_client)


def welcoming(user_id: str) -> engine.Write:
    """Insists that the user is still let in. Refused as TokenRefused."""
    return engine.check(
        key(user_id),
        guard=UserItem.enabled == True,  # noqa: E712 - for DynamoDB
        refused=lambda _: TokenRefused(),
    )


def changing(user_id: str, *, by: Link, **facts: Any) -> engine.Write:
    """*facts* are fields of the user by name. Refused as LinkClosed where the link is void."""
    item, guard = UserItem(account_of(user_id), user_id), _honours(by.created_at, by.credentials_at)
    return engine.change(item, facts_set(UserItem, facts), guard=guard, refused=lambda _: LinkClosed())


def readdressing(user: User, email: str) -> engine.Write:
    """His letters go to the account's owner, who has another address now. Refused as Outrun where he has his own."""
    guard = cast(Condition, UserItem.own_email == False)  # noqa: E712 - for DynamoDB
    return engine.change(UserItem(user.account_id, user.user_id), [UserItem.email.set(email)], guard=guard)


def ending_everything(user_id: str, *, now: datetime, by: By = None, **facts: Any) -> engine.Write:
    """Voids every session and challenge that was begun until *now*, however many there are.

    *facts* change in the same moment: fields of the user by name.
    """
    return _ending(user_id, facts_set(UserItem, facts), by, now=now)


def starting_over(user_id: str, *, now: datetime, by: By, **facts: Any) -> engine.Write:
    """As `ending_everything`, and counts the session that is opened in the same moment."""
    return _ending(user_id, [*facts_set(UserItem, facts), *_shifted(now)], by, now=now)


def switching(user_id: str, *, enabled: bool, now: datetime) -> engine.Write:
    """Either way what was proved until *now* is void. Refused as UnknownLogin where there is no such user."""
    return engine.change(
        UserItem(account_of(user_id), user_id),
        [UserItem.enabled.set(enabled), UserItem.epoch.set(now)],
        guard=UserItem.user_id.exists(),
        refused=lambda _: UnknownLogin(),
    )


def deciding(before: User, **facts: Any) -> engine.Write:
    """What the account's owner decides about a sub-user; *facts* are fields by name.

    With a password that he gives the openings of sessions are counted from none. Refused as UnknownSubuser where there
    is no such sub-user any more, as Outrun where his permissions are not those of *before*.
    """
    given = [OPENED[0].remove()] if "given_until" in facts else []
    actions, guard = [*facts_set(UserItem, facts), *given], _IS_SUBUSER & _has_permissions(before.permissions)
    if not actions:
        return engine.check(key(before.user_id), guard=guard, refused=_why_not_decided)
    return engine.change(UserItem(before.account_id, before.user_id), actions, guard=guard, refused=_why_not_decided)


def removing(user: User) -> engine.Write:
    """Refused as UnknownSubuser where there is no such sub-user any more."""
    return engine.remove(UserItem(user.account_id, user.user_id), guard=_IS_SUBUSER, refused=UnknownSubuser())


def _ending(user_id: str, actions: list[Action], by: By, *, now: datetime) -> engine.Write:
    item = UserItem(account_of(user_id), user_id)
    guard, refused = _warrant(by, now=now)
    return engine.change(item, [UserItem.epoch.set(now), *actions], guard=guard, refused=refused)


def _warrant(by: By, *, now: datetime) -> tuple[Condition, Callable[[engine.Raw], Refusal]]:
    """A session that was kept may have sent two requests: the later one is not undone by the earlier."""
    if by is None:
        return UserItem.user_id.exists(), lambda _: Outrun()
    if isinstance(by, Link):
        return _honours(by.created_at, by.credentials_at), lambda _: LinkClosed()
    return _stands(by) & (UserItem.epoch <= now), lambda row: _why_not_by(by, row)


def _stands(by: SignedInPerson) -> Condition:
    """The user's row is such that this person is still signed in and may do the same as when they were read."""
    condition = _honours(by.session.proved_at, by.session.credentials_at) & _has_permissions(by.user.permissions)
    return cast(Condition, condition)


def _why_not_by(by: SignedInPerson, row: engine.Raw) -> Refusal:
    user, session = record(User, UserItem.from_raw_data(row)) if row else None, by.session
    if user and user.honours(proved_at=session.proved_at, credentials_at=session.credentials_at):
        return Outrun()
    return NotSignedIn()


def _why_no_client(row: engine.Raw) -> Refusal:
    user = record(User, UserItem.from_raw_data(row)) if row else None
    return Outrun() if user and user.enabled else TokenRefused()


def _honours(proved_at: datetime, credentials_at: datetime) -> Condition:
    """`User.honours`, as DynamoDB judges it at the moment of the write."""
    condition: Condition = (
        (UserItem.enabled == True)  # noqa: E712 - for DynamoDB
        & (UserItem.epoch < proved_at)
        & (UserItem.credentials_at == credentials_at)
    )
    return condition


_IS_SUBUSER = cast(Condition, UserItem.owner == False)  # noqa: E712 - for DynamoDB


def _why_not_decided(row: engine.Raw) -> Refusal:
    return Outrun() if row else UnknownSubuser()


def _has_permissions(permissions: str | None) -> Condition:
    if permissions is None:
        return cast(Condition, UserItem.permissions.does_not_exist())
    return cast(Condition, UserItem.permissions == permissions)


def _may_open(*, again: bool, now: datetime) -> Condition:
    """One whose password was given opens a session with it once, and in time: `deciding` left no opening behind."""
    in_time = UserItem.given_until > now
    once = in_time if again else in_time & OPENED[0].does_not_exist()
    return cast(Condition, UserItem.given_until.does_not_exist() | once)


def _shifted(now: datetime) -> list[Action]:
    """Each instant moves one place back and *now* comes first. DynamoDB reads all right sides before it writes."""
    moved = [older.set(newer | NEVER) for newer, older in pairwise(OPENED)]
    return [OPENED[0].set(now), *moved]

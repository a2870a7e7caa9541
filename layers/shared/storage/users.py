"""The users table: what every request needs to know of its user."""

from collections.abc import Callable
from datetime import datetime, time
from itertools import pairwise
from typing import Any, Protocol, cast

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from shared import policy, settings
from shared.domain import links
from shared.domain.account_recovery import NO_CHANGES, OperatorChanges, PendingRecovery
from shared.domain.accounts import Account
from shared.domain.identifiers import account_of
from shared.domain.instants import NEVER
from shared.domain.links import Link
from shared.domain.provenance import UNKNOWN
from shared.domain.sending_hours import Hours
from shared.domain.sessions import Session
from shared.domain.shares import Share
from shared.domain.users import User
from shared.errors import LinkClosed, NotSignedIn, Outrun, Refusal, TokenRefused, UnknownLogin, UnknownSubuser
from shared.storage import accounts, engine
from shared.storage.mapping import FactsAttribute, MailTroubleAttribute, RightsAttribute, facts_set, record, row

OLDEST = policy.SESSIONS_AT_ONCE - 1  # the place of the last instant in OPENED


def _hours_from(facts: dict[str, Any]) -> Hours:
    return Hours(**facts | {name: time.fromisoformat(facts[name]) for name in ("begin", "end")})


def _share_from(facts: dict[str, Any]) -> Share:
    return Share(facts["access"], tuple(facts["names"]))


def _recovery_from(facts: dict[str, Any]) -> PendingRecovery:
    return PendingRecovery(**facts | {name: datetime.fromisoformat(facts[name]) for name in ("asked_at", "due_at")})


def _operator_changes_from(facts: dict[str, Any]) -> OperatorChanges:
    return OperatorChanges(**{name: datetime.fromisoformat(at) for name, at in facts.items()})


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
    hours = FactsAttribute(_hours_from, null=True)
    senders = FactsAttribute(_share_from, default=Share)
    phonebook = BooleanAttribute(default=False)
    description = UnicodeAttribute(default="")
    own_email = BooleanAttribute(default=True)
    given_until = UTCDateTimeAttribute(null=True)
    email_at = UTCDateTimeAttribute(default=NEVER)
    email_order = UnicodeAttribute(null=True)
    invitation = UnicodeAttribute(null=True)
    provenance = UnicodeAttribute(default=UNKNOWN)
    bounds = RightsAttribute(null=True)
    reset_at = UTCDateTimeAttribute(default=NEVER)
    rescued_at = UTCDateTimeAttribute(default=NEVER)
    rescued_since = UTCDateTimeAttribute(default=NEVER)
    rescued_email_at = UTCDateTimeAttribute(default=NEVER)
    reset_email_at = UTCDateTimeAttribute(default=NEVER)
    recovery = FactsAttribute(_recovery_from, null=True)
    operator_changes = FactsAttribute(_operator_changes_from, default=OperatorChanges)
    leaked_at = UTCDateTimeAttribute(null=True)
    api_password_removed_at = UTCDateTimeAttribute(default=NEVER)
    codes_strict_until = UTCDateTimeAttribute(default=NEVER)
    mail_trouble = MailTroubleAttribute(null=True)
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
"""What allows ending everything: a person who is signed in, a link, or None for an operator or the system itself.

Refused as NotSignedIn if the person's session is void, as Outrun if their permissions changed or a later request of the
same session was committed first, as LinkClosed if the link is void.
"""


def key(user_id: str) -> engine.Key:
    return engine.Key(UserItem, account_of(user_id), user_id)


def read(item: Model | None) -> User | None:
    """Return the user in *item*, a row that was fetched under `key`."""
    return record(User, item)


def find(user_id: str) -> tuple[User | None, Account | None]:
    """Return a user and their account, in one round trip."""
    user, account = engine.fetch(key(user_id), accounts.key(account_of(user_id)))
    return record(User, user), accounts.read(account)


def of_account(account_id: str) -> list[User]:
    return [found for item in engine.query(UserItem, account_id) if (found := record(User, item))]


def adding(user: User) -> engine.Write:
    return engine.add(row(UserItem, user), refused=Outrun())


def opening(
    session: Session, *, again: bool, by: SignedInPerson | None = None, refused: Refusal, now: datetime
) -> engine.Write:
    """Count a session that is opened. Refused as *refused* if the proofs behind it are void.

    A password that the account's owner gave opens one session only; *again* is for a session that replaces that one.
    *by* is whoever is signed in and confirms their session: then it is refused as `allowing_session` is.
    """
    guard = _honours(session.proved_at, session.credentials_at) & _may_open(again=again, now=now)
    return engine.change(
        UserItem(account_of(session.user_id), session.user_id),
        _shift_in(now),
        guard=guard & _stands(by) if by else guard,
        refused=lambda row: _session_refusal(by, row) if by else refused,
    )


def being_unused(user_id: str, *, refused: Refusal, now: datetime) -> engine.Write:
    """Require that a given password, if the user has one, is not expired and has opened no session.

    Refused as *refused* if not.
    """
    return engine.check(key(user_id), guard=_may_open(again=False, now=now), refused=lambda _: refused)


def honouring(user_id: str, *, proved_at: datetime, credentials_at: datetime) -> engine.Write:
    """Require that a proof made at *proved_at* with those credentials is valid. Refused as Outrun if not."""
    return engine.check(key(user_id), guard=_honours(proved_at, credentials_at), refused=lambda _: Outrun())


def allowing_session(person: SignedInPerson) -> engine.Write:
    """Require that the person's session is valid and that its user has the same permissions.

    Refused as NotSignedIn if the proofs are void, as Outrun if the permissions changed.
    """
    return engine.check(
        key(person.user.user_id), guard=_stands(person), refused=lambda row: _session_refusal(person, row)
    )


def allowing_client(user: User) -> engine.Write:
    """Require that the user is enabled and has the same permissions. Refused as TokenRefused or Outrun if not."""
    return engine.check(key(user.user_id), guard=_is_enabled() & _has_same_rights(user), refused=_client_refusal)


def welcoming(user_id: str) -> engine.Write:
    """Require that the user is enabled. Refused as TokenRefused if not."""
    return engine.check(key(user_id), guard=_is_enabled(), refused=lambda _: TokenRefused())


def changing(user_id: str, *, by: SignedInPerson | Link | None, **facts: Any) -> engine.Write:
    """Write *facts*, fields of the user by name, and end nothing.

    Refused as LinkClosed if the link *by* is void, as `allowing_session` if the person *by* may no longer ask for it,
    and as Outrun if the user does not exist.
    """
    guard, refused = _may_change(by)
    return engine.change(
        UserItem(account_of(user_id), user_id), facts_set(UserItem, facts), guard=guard, refused=refused
    )


def noting_leak(user_id: str, *, credentials_at: datetime, at: datetime) -> engine.Write:
    """Note that the password that was right at *at* is leaked. Refused as Outrun if the credentials changed since."""
    return engine.change(
        UserItem(account_of(user_id), user_id),
        [UserItem.leaked_at.set(at)],
        guard=UserItem.credentials_at == credentials_at,
    )


def readdressing(owner: User, user: User) -> list[engine.Write]:
    """Write the address of the account's *owner* to *user*, a sub-user whose e-mails the owner gets.

    Refused as Outrun if the sub-user has an address of their own, or the owner's address changed again.
    """
    theirs = cast(Condition, UserItem.own_email == False)  # noqa: E712 - for DynamoDB
    facts = {"email": owner.email, "email_at": owner.email_at}
    same = cast(Condition, has_email_at(owner.email_at) & (UserItem.email == owner.email))
    return [
        engine.change(UserItem(user.account_id, user.user_id), facts_set(UserItem, facts), guard=theirs),
        engine.check(key(owner.user_id), guard=same, refused=lambda _: Outrun()),
    ]


def ending_everything(user_id: str, *, now: datetime, by: By = None, **facts: Any) -> engine.Write:
    """Void every session, link and challenge made until *now*, however many there are, and write *facts*.

    *facts* are fields of the user by name. Refused as `By` says.
    """
    return _ending(user_id, facts_set(UserItem, facts), by, now=now)


def rescuing(before: User, *, now: datetime, **facts: Any) -> engine.Write:
    """Void every session, link and challenge made until *now*, and write *facts*, fields by name.

    Refused as Outrun if credentials or address changed, or another rescue came first, since *before* was read.
    """
    guard = (
        (UserItem.enabled == True)  # noqa: E712 - for DynamoDB
        & (UserItem.credentials_at == before.credentials_at)
        & has_email_at(before.email_at)
        & (UserItem.epoch <= now)
    )
    item = UserItem(before.account_id, before.user_id)
    return engine.change(item, [UserItem.epoch.set(now), *facts_set(UserItem, facts)], guard=guard)


def recovering(before: User, *, now: datetime, **facts: Any) -> engine.Write:
    """Do what `ending_everything` does, as operators do. Refused as Outrun if the recovery of *before* was cancelled,
    or operators changed something else since *before* was read.
    """
    pending, done = UserItem.recovery, UserItem.operator_changes
    same = pending == before.recovery if before.recovery else pending.does_not_exist()
    none_since = done == before.operator_changes
    if before.operator_changes == NO_CHANGES:
        none_since |= done.does_not_exist()
    item = UserItem(before.account_id, before.user_id)
    guard = cast(Condition, same & none_since)
    return engine.change(item, [UserItem.epoch.set(now), *facts_set(UserItem, facts)], guard=guard)


def starting_over(user_id: str, *, now: datetime, by: By, **facts: Any) -> engine.Write:
    """Do what `ending_everything` does, and count the session that is opened in the same transaction."""
    return _ending(user_id, [*facts_set(UserItem, facts), *_shift_in(now)], by, now=now)


def switching(user_id: str, *, enabled: bool, now: datetime) -> engine.Write:
    """Enable or disable a user, and void every session and link made until *now*.

    Refused as UnknownLogin if there is none.
    """
    return engine.change(
        UserItem(account_of(user_id), user_id),
        facts_set(UserItem, {"enabled": enabled, "epoch": now, "credentials_at": now}),
        guard=UserItem.user_id.exists(),
        refused=lambda _: UnknownLogin(),
    )


def deciding(before: User, **facts: Any) -> engine.Write:
    """Write *facts*, fields of a sub-user by name, as the account's owner decided.

    Refused as UnknownSubuser if the sub-user does not exist any more, as Outrun if their permissions changed since
    *before* was read.
    """
    # A given password opens one session, which `_may_open` knows by the newest opening: it starts again without one.
    given = [OPENED[0].remove()] if "given_until" in facts else []
    actions, guard = [*facts_set(UserItem, facts), *given], _IS_SUBUSER & _has_same_rights(before)
    if not actions:
        return engine.check(key(before.user_id), guard=guard, refused=_decision_refusal)
    return engine.change(UserItem(before.account_id, before.user_id), actions, guard=guard, refused=_decision_refusal)


def removing(user: User) -> engine.Write:
    """Remove a sub-user. Refused as UnknownSubuser if they do not exist any more."""
    return engine.remove(UserItem(user.account_id, user.user_id), guard=_IS_SUBUSER, refused=UnknownSubuser())


def _ending(user_id: str, actions: list[Action], by: By, *, now: datetime) -> engine.Write:
    item = UserItem(account_of(user_id), user_id)
    guard, refused = _guard_by(by, now=now)
    return engine.change(item, [UserItem.epoch.set(now), *actions], guard=guard, refused=refused)


def _guard_by(by: By, *, now: datetime) -> tuple[Condition, Callable[[engine.Raw], Refusal]]:
    """Return the guard for *by*, and what its refusal is."""
    if by is None:
        return UserItem.user_id.exists(), lambda _: Outrun()
    if isinstance(by, Link):
        return _honours_link(by), lambda _: LinkClosed()
    # The session that asks may be kept, and so may have sent two requests: the earlier of them, committed last, must
    # not move `epoch` back.
    return _stands(by) & (UserItem.epoch <= now), lambda row: _session_refusal(by, row)


def _may_change(by: By) -> tuple[Condition, Callable[[engine.Raw], Refusal]]:
    """Return what `_guard_by` does, for a change that does not move `epoch`."""
    if by is None or isinstance(by, Link):
        return _guard_by(by, now=NEVER)
    return _stands(by), lambda row: _session_refusal(by, row)


def _stands(by: SignedInPerson) -> Condition:
    """Return the condition that the person is still signed in, with the permissions that they were read with."""
    condition = _honours(by.session.proved_at, by.session.credentials_at) & _has_same_rights(by.user)
    return cast(Condition, condition)


def _session_refusal(by: SignedInPerson, row: engine.Raw) -> Refusal:
    user, session = record(User, UserItem.from_raw_data(row)) if row else None, by.session
    if user and user.honours(proved_at=session.proved_at, credentials_at=session.credentials_at):
        return Outrun()
    return NotSignedIn()


def _client_refusal(row: engine.Raw) -> Refusal:
    user = record(User, UserItem.from_raw_data(row)) if row else None
    return Outrun() if user and user.enabled else TokenRefused()


def _is_enabled() -> Condition:
    return cast(Condition, UserItem.enabled == True)  # noqa: E712 - for DynamoDB


def _honours(proved_at: datetime, credentials_at: datetime) -> Condition:
    """Return `User.honours` as a condition, which DynamoDB judges at the moment of the write."""
    as_proved = (UserItem.epoch < proved_at) & (UserItem.credentials_at == credentials_at)
    return cast(Condition, _is_enabled() & as_proved)


def _honours_link(link: Link) -> Condition:
    """Return `User.honours_link` as a condition, which DynamoDB judges at the moment of the write."""
    as_sent: Condition = (
        (UserItem.enabled == True)  # noqa: E712 - for DynamoDB
        & (UserItem.credentials_at == link.credentials_at)
        & has_email_at(link.email_at)
    )
    match link.kind:
        case links.EMAIL:
            as_sent &= (UserItem.email_order == link.link_id) & (UserItem.epoch < link.created_at)
        case links.INVITATION:
            as_sent &= UserItem.invitation.does_not_exist() | (UserItem.invitation == link.link_id)
    return as_sent


def has_email_at(at: datetime) -> Condition:
    """Return the condition that the address is of this version. Older rows have no version."""
    same = cast(Condition, UserItem.email_at == at)
    return same | UserItem.email_at.does_not_exist() if at == NEVER else same


_IS_SUBUSER = cast(Condition, UserItem.owner == False)  # noqa: E712 - for DynamoDB


def _decision_refusal(row: engine.Raw) -> Refusal:
    return Outrun() if row else UnknownSubuser()


def _has_same_rights(user: User) -> Condition:
    """Return the condition that permissions and bounds are as they were read."""
    facts = (UserItem.permissions, user.permissions), (UserItem.bounds, user.bounds)
    one, other = (fact.does_not_exist() if value is None else fact == value for fact, value in facts)
    return cast(Condition, one & other)


def _may_open(*, again: bool, now: datetime) -> Condition:
    """Return the condition that the user may open a session: a given password does so once, and before it expires.

    Without *again* there must be no opening yet: `deciding` removed the newest one when the password was given.
    """
    in_time = UserItem.given_until > now
    once = in_time if again else in_time & OPENED[0].does_not_exist()
    return cast(Condition, UserItem.given_until.does_not_exist() | once)


def _shift_in(now: datetime) -> list[Action]:
    """Return updates that put *now* first in OPENED and move the others back."""
    # DynamoDB reads all values of an update before it writes any.
    moved = [older.set(newer | NEVER) for newer, older in pairwise(OPENED)]
    return [OPENED[0].set(now), *moved]

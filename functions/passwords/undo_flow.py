"""Flow of POST /undo: the link in the e-mail about a new address or phone puts back those of before.

Reading the mailbox is not enough: it takes the password, or a code of the app, of before the change.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shared import audit, policy
from shared.auth import attempt_limits, kept_values, message_limits
from shared.auth.email_links import open_link
from shared.crypto import kms, password_hash
from shared.delivery import account_mail, queue
from shared.domain import identifiers
from shared.domain.activity import LINK, Event
from shared.domain.kept_values import EMAIL, PASSWORD, PHONE, TOTP, KeptValue, oldest
from shared.domain.links import UNDO, Link
from shared.domain.origins import Origin
from shared.domain.totp import matching_step
from shared.domain.users import User
from shared.errors import LinkClosed, WrongProof
from shared.storage import accounts, factors, links, logins, reminders, users
from shared.storage import kept_values as records
from shared.storage.engine import Write, commit
from shared.storage.logins import Keeper


@dataclass(frozen=True)
class Proofs:
    """What whoever opens the link shows: the password or a code of the app, of before the change."""

    password: str | None
    code: str | None


@dataclass(frozen=True)
class UndoCase:
    """What an undo decides on: the link, whose it is, and what their changes since have replaced."""

    link: Link
    user: User
    keeper: Keeper
    kept: list[KeptValue]

    def as_of_then(self, kind: str, present: Any) -> Any:
        """Return a value as it was before the change that the link is about. *present* is what it is now."""
        value = oldest(self.kept, kind, since=self.link.created_at)
        return kept_values.opened(value) if value else present


def undo(text: str, proofs: Proofs, *, origin: Origin, now: datetime) -> None:
    """Put back the oldest address and phone of the last `policy.UNDO_LIFETIME`, and end all sessions.

    Opens no session, and sends no link to set a password. Raises LinkClosed, TooManyPasswords or WrongProof.
    """
    case = _case(open_link(text, kind=UNDO, now=now), now=now)
    counting = attempt_limits.recording_undo(case.link.link_id, now=now)
    commit(counting)  # count the attempt before looking
    if not _is_proved(case, proofs, now=now):
        raise WrongProof
    facts = _facts(case, now=now)
    after = replace(case.user, **facts)
    commit(
        accounts.being_active(case.user.account_id),
        links.using(case.link),
        users.rescuing(case.user, now=now, **_user_fields(case, facts, now=now)),
        logins.changing(case.user.login, credentials_at=now, **facts, **_password(case)),
        reminders.scheduling(after, case.keeper.account, password_set_at=after.password_set_at),
        attempt_limits.resetting_undo(case.link.link_id),
        *message_limits.holding_again(case.user, after.phone),
        _noting(case, origin, now=now),
    )
    queue.tell(
        *(
            account_mail.change_to(email, "change_undone", case.user, place, origin=origin, now=now)
            for place, email in enumerate(sorted({case.user.email, after.email}))
        )
    )


def _case(link: Link, *, now: datetime) -> UndoCase:
    """Read what the undo decides on. Raises LinkClosed if the link is void."""
    user_id = identifiers.user_of(link.link_id)
    keeper, user = logins.find_keeper_with_user(link.login, user_id)
    if not (keeper and user and keeper.login.enabled and user.honours_rescue(link)):
        raise LinkClosed
    accounts.must_be_active(keeper.account)
    return UndoCase(link, user, keeper, records.of_user(user_id, now=now))


def _is_proved(case: UndoCase, proofs: Proofs, *, now: datetime) -> bool:
    """Whether the password, or the code, is that of before the change."""
    if proofs.code is not None:
        return _is_code_of_then(case, proofs.code, now=now)
    then = case.as_of_then(PASSWORD, case.keeper.login.password_hash)
    return password_hash.is_password(then, proofs.password or "")


def _is_code_of_then(case: UndoCase, code: str, *, now: datetime) -> bool:
    app, _ = factors.of_user(case.user.user_id)
    then = case.as_of_then(TOTP, app and {"blob": app.secret_blob})
    if then is None:
        return False
    secret = kms.decrypt(then["blob"], user_id=case.user.user_id)
    return matching_step(secret, code, after=0, now=now) is not None


def _facts(case: UndoCase, *, now: datetime) -> dict[str, Any]:
    """Return the fields of user and login to put back, by name."""
    since, facts = now - policy.UNDO_LIFETIME, dict[str, Any]()
    if email := oldest(case.kept, EMAIL, since=since):
        was = kept_values.opened(email)
        facts |= was | {"email_at": datetime.fromisoformat(was["email_at"])}
    if phone := oldest(case.kept, PHONE, since=since):
        facts["phone"] = kept_values.opened(phone)
    return facts


def _password(case: UndoCase) -> dict[str, str]:
    """Return the password to put back, as a field of the login, if operators removed it: the newest that there was.

    One that a rescue removed stays so: a stranger knew it.
    """
    if case.keeper.login.password_hash is not None or case.user.rescued_at >= case.link.created_at:
        return {}
    removed = [value for value in case.kept if value.kind == PASSWORD and value.at >= case.link.created_at]
    for value in sorted(removed, key=lambda one: one.at, reverse=True):
        if was := kept_values.opened(value):
            return {"password_hash": was}
    return {}


def _user_fields(case: UndoCase, facts: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """Return *facts* with those that void what was sent since: pending changes, and links to later addresses."""
    rescue = {"rescued_at": now, "rescued_since": now, "rescued_email_at": case.link.email_at}
    return {**facts, **rescue, "credentials_at": now, "email_order": None}


def _noting(case: UndoCase, origin: Origin, *, now: datetime) -> Write:
    return audit.noting(Event.CHANGE_UNDONE, case.user.user_id, actor=LINK, proof=LINK, origin=origin, now=now)

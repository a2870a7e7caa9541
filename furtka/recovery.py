"""What operators do for a user who lost address, phone or factors: change one, or recover the login after a hold."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from furtka.accounts import BY_HAND, geographic, invite
from shared import audit, policy
from shared.auth import email_links, kept_values, message_limits, reachable
from shared.crypto import vault
from shared.delivery import account_mail, queue
from shared.delivery.letters import RecoveryAsked
from shared.delivery.notices import Notice, PhoneTold
from shared.domain.account_recovery import EMAIL, FACTORS, PHONE, PendingRecovery
from shared.domain.accounts import Account
from shared.domain.activity import OPERATOR, Event
from shared.domain.audit_events import AWS
from shared.domain.kept_values import EMAIL as EMAIL_KEPT
from shared.domain.kept_values import PASSWORD, RECOVERY_CODES, TOTP
from shared.domain.kept_values import PHONE as PHONE_KEPT
from shared.domain.links import RECOVERY, UNDO
from shared.domain.logins import canonical
from shared.domain.provenance import UNKNOWN
from shared.domain.users import User
from shared.errors import HoldNeeded, NoRecovery, StillHeld, UnknownLogin
from shared.storage import accounts, factors, logins, password_history, reminders, users
from shared.storage import kept_values as records
from shared.storage.engine import Write, commit

NO_FACTORS: Mapping[str, Any] = {"phone": None, "has_totp": False}
"""Fields of a user without a second factor."""


@dataclass(frozen=True)
class Wanted:
    """What is to be changed: a new address, a new phone, or all second factors switched off."""

    email: str | None = None
    phone: str | None = None
    drop_factors: bool = False

    @property
    def kinds(self) -> list[str]:
        """What of address, phone and factors it changes."""
        asked = {EMAIL: self.email, PHONE: self.phone, FACTORS: self.drop_factors}
        return [kind for kind, value in asked.items() if value]

    def facts(self, *, now: datetime) -> dict[str, Any]:
        """Return the fields of the user to write, by name. Raises NotMobile."""
        facts: dict[str, Any] = dict(NO_FACTORS) if self.drop_factors else {}
        if self.phone:
            facts["phone"] = geographic(self.phone)
        if self.email:
            facts |= {"email": self.email, "email_at": now, "own_email": True}
        return facts


def change(login: str, wanted: Wanted, *, now: datetime) -> None:
    """Change one thing at once, and tell the user everywhere; the e-mail has a link to undo it.

    Whoever loses the factors gets a link to set a new password, as the old one no longer works.

    Raises HoldNeeded if it is two things, or if operators changed another within `policy.RECOVERY_HELD_FOR`;
    UnknownLogin, NotMobile, or Outrun if somebody else changed something meanwhile.
    """
    user, account = _found(login)
    if len(wanted.kinds) != 1 or user.operator_changes.need_the_hold(wanted.kinds[0], now=now):
        raise HoldNeeded
    _carry_out(user, account, wanted, now=now)
    if wanted.drop_factors:
        invite(user.login, now=now)


def ask(login: str, wanted: Wanted, *, now: datetime) -> datetime:
    """Begin a recovery, tell every address and phone of now and before, and return when it may be finished.

    It takes the place of one that was begun before. Raises UnknownLogin or NotMobile.
    """
    user, _ = _found(login)
    wanted.facts(now=now)  # refuses a wrong number now, not after the hold
    link, due_at = email_links.issue(RECOVERY, user, now=now), now + policy.RECOVERY_HELD_FOR
    pending = PendingRecovery(now, due_at, link.id, vault.shut(json.dumps(vars(wanted)), place=_place(user)))
    told = _warnings(user, link.token, link.id, due_at, now=now)
    commit(
        link.adding,
        users.changing(user.user_id, by=None, recovery=pending),
        _noting(Event.RECOVERY_ASKED, user, wanted, now=now),
    )
    queue.tell(*told)
    return due_at


def finish(login: str, *, now: datetime) -> None:
    """Carry out the recovery whose hold is over, and send a link to set a password.

    Raises UnknownLogin, NoRecovery if it was cancelled, StillHeld before its time, AccountSuspended while its user
    could not cancel it, or Outrun.
    """
    user, account = _found(login)
    if user.recovery is None:
        raise NoRecovery
    accounts.must_be_active(account)
    if now < user.recovery.due_at:
        raise StillHeld(retry_after=user.recovery.due_at - now)
    wanted = Wanted(**json.loads(vault.opened(user.recovery.sealed, place=_place(user))))
    _carry_out(user, account, wanted, now=now)
    invite(user.login, now=now)


def cancel(login: str, *, now: datetime) -> None:
    """Cancel the recovery, and tell every address. Raises UnknownLogin or NoRecovery."""
    user, _ = _found(login)
    if user.recovery is None:
        raise NoRecovery
    told = reachable.letters("recovery_cancelled", user, origin=BY_HAND, now=now)
    noting = audit.noting(Event.RECOVERY_CANCELLED, user.user_id, actor=OPERATOR, proof=AWS, origin=BY_HAND, now=now)
    commit(users.changing(user.user_id, by=None, recovery=None), noting)
    queue.tell(*told)


def _carry_out(user: User, account: Account, wanted: Wanted, *, now: datetime) -> None:
    """Change what is wanted, end all sessions, keep what it replaces, and tell every address.

    Without second factors a password alone would open the login, also to whoever stole it. So it goes with them.
    """
    facts = wanted.facts(now=now)
    after = replace(user, **facts)
    undo = email_links.issue(UNDO, user, now=now)
    changes = replace(user.operator_changes, **dict.fromkeys(wanted.kinds, now))
    commit(
        users.recovering(user, now=now, credentials_at=now, recovery=None, operator_changes=changes, **facts),
        logins.changing(user.login, credentials_at=now, **facts, **_login_facts(wanted)),
        *(message_limits.holding(user, after.phone) if after.phone != user.phone else []),
        reminders.scheduling(after, account, password_set_at=user.password_set_at),
        undo.adding,
        *_keeping(user, wanted, now=now),
        *(factors.removing_everything(user.user_id) if wanted.drop_factors else []),
        *(_keeping_password(user, now=now) if wanted.drop_factors else []),
        _noting(Event.RECOVERED, user, wanted, now=now),
    )
    queue.tell(*_letters(user, after, undo.token, wanted, now=now))


def _login_facts(wanted: Wanted) -> dict[str, Any]:
    """Return the fields of the login that the user does not have, by name."""
    no_codes = {"has_recovery_codes": False, "password_hash": None} if wanted.drop_factors else {}
    given = {"phone_given": True if wanted.phone else None} if wanted.phone or wanted.drop_factors else {}
    return no_codes | given


def _keeping(user: User, wanted: Wanted, *, now: datetime) -> list[Write]:
    """Keep what is replaced, for the undo of the user."""
    app, codes = factors.of_user(user.user_id) if wanted.drop_factors else (None, None)
    kept: dict[str, Any] = {}
    if wanted.email:
        kept[EMAIL_KEPT] = kept_values.email_facts(user)
    if wanted.phone or wanted.drop_factors:
        kept[PHONE_KEPT] = user.phone
    if wanted.drop_factors:
        kept |= {TOTP: kept_values.totp_facts(app), RECOVERY_CODES: kept_values.codes_facts(codes)}
    return [kept_values.keeping(kind, value, user.user_id, provenance=UNKNOWN, now=now) for kind, value in kept.items()]


def _keeping_password(user: User, *, now: datetime) -> list[Write]:
    """Keep the password that is removed: it proves who undoes the change, and cannot be chosen again."""
    keeper = logins.find_keeper(user.login, user.user_id)
    if keeper is None or keeper.login.password_hash is None:
        return []
    hashed = keeper.login.password_hash
    return [
        kept_values.keeping(PASSWORD, hashed, user.user_id, provenance=UNKNOWN, now=now),
        password_history.remembering(user.user_id, keeper.before, replaced=hashed),
    ]


def _letters(user: User, after: User, undo: str, wanted: Wanted, *, now: datetime) -> list[Notice]:
    """Tell the addresses and the phone of before and after."""
    change = "email_changed" if wanted.email else "sms_changed" if wanted.phone else "sms_off"
    undoable: list[Notice] = [*account_mail.change_undoable(change, user, undo, origin=BY_HAND, now=now)]
    recovered = account_mail.change_to(after.email, "recovered", user, 1, origin=BY_HAND, now=now)
    notice_id = f"phone-replaced:{user.user_id}:{now.timestamp()}"
    phone = [PhoneTold(notice_id, user.phone, user.language, "phone_replaced")] if user.phone else []
    return [*undoable, recovered, *(phone if user.phone != after.phone else [])]


def _warnings(user: User, token: str, link_id: str, due_at: datetime, *, now: datetime) -> list[Notice]:
    kept = records.of_user(user.user_id, now=now)
    letters: list[Notice] = [
        account_mail.addressed(
            RecoveryAsked,
            f"recovery:{link_id}:{place}",
            replace(user, email=email),
            at=now,
            due_at=due_at,
            token=token,
        )
        for place, email in enumerate(reachable.emails(user, kept))
    ]
    texts = [
        PhoneTold(f"recovery:{link_id}:sms:{place}", phone, user.language, "recovery_asked")
        for place, phone in enumerate(reachable.phones(user, kept))
    ]
    return [*letters, *texts]


def _found(login: str) -> tuple[User, Account]:
    """Return the user and the account of a login. Raises UnknownLogin."""
    owner = logins.find(canonical(login))
    user, account = users.find(owner.user_id) if owner else (None, None)
    if not (user and account):
        raise UnknownLogin
    return user, account


def _noting(event: Event, user: User, wanted: Wanted, *, now: datetime) -> Write:
    detail = " ".join(wanted.kinds)
    return audit.noting(event, user.user_id, actor=OPERATOR, proof=AWS, origin=BY_HAND, now=now, detail=detail)


def _place(user: User) -> str:
    return f"{user.user_id} recovery"

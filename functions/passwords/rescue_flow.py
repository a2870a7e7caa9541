"""Flow of POST /not-me: a user whose sign-in it was not takes back what the stranger changed.

The link knows the address that it was sent to, and its own time is that of the sign-in. What came from this sign-in,
or from a device first seen later, is suspended by one write, whatever there is of it (see `domain.provenance`); what it
replaced is put back from where it was kept (see `domain.kept_values`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from passwords import restoring
from passwords.letters import reset_letter
from shared import audit, policy
from shared.auth import email_links, kept_values, message_limits, reachable, second_factor
from shared.auth.email_links import IssuedLink, open_link
from shared.delivery import account_mail, queue
from shared.delivery.notices import Notice, PhoneTold
from shared.domain import identifiers
from shared.domain.accounts import Account
from shared.domain.activity import LINK, Event
from shared.domain.kept_values import EMAIL, PASSWORD, KeptValue, left_on_purpose
from shared.domain.links import NOT_ME, RESET, Link
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.domain.provenance import UNKNOWN, Rescue
from shared.domain.sessions import A_MOMENT
from shared.domain.users import User
from shared.errors import LinkClosed
from shared.storage import accounts, links, logins, password_history, reminders, users
from shared.storage import kept_values as records
from shared.storage.engine import Write, again, commit
from shared.storage.logins import Keeper


@dataclass(frozen=True)
class RescueCase:
    """What a rescue decides on: the link, whose it is, and what their changes since have replaced."""

    link: Link
    user: User
    keeper: Keeper
    kept: list[KeptValue]
    rescue: Rescue
    is_earlier: bool = False
    """Whether the user has said so about a later sign-in, and has set a password since: what came after that stays."""

    @property
    def left_the_address(self) -> bool:
        """Whether the address was changed since from a device known before: then the link's may be the stranger's."""
        return left_on_purpose(self.kept, EMAIL, self.rescue)


def it_was_not_me(text: str, *, origin: Origin, now: datetime) -> None:
    """End every session, suspend and take back what came from the sign-in, and send a link to set a new password.

    The link and the user's e-mails go to the address that the link was sent to, unless the user changed it since from a
    device known before the sign-in: then address and password stay. If they reported a later sign-in and have set a
    password since, only what came before that report is taken back. All known devices are forgotten. A sub-user
    without an address of their own gets no link; the account's owner gives them a password. Raises LinkClosed.
    """
    again(lambda: _rescue(open_link(text, kind=NOT_ME, now=now), origin, now=now))


def _rescue(link: Link, origin: Origin, *, now: datetime) -> None:
    """Decide on what is there now, so that a thief who changes something meanwhile does not stop the rescue."""
    case = _case(link, now=now)
    if case.is_earlier:
        return _clear_up(case, origin, now=now)
    if case.left_the_address:
        return _end_and_suspend(case, origin, now=now)
    return _take_back(case, origin, now=now)


def _case(link: Link, *, now: datetime) -> RescueCase:
    """Read what the rescue decides on. Raises LinkClosed if the link is void."""
    user_id = identifiers.user_of(link.link_id)
    keeper, user = logins.find_keeper_with_user(link.login, user_id)
    if not (keeper and user and keeper.login.enabled and user.honours_rescue(link)):
        raise LinkClosed
    accounts.must_be_active(keeper.account)
    kept, later = records.of_user(user_id, now=now), _later_rescue(link, user, keeper.account)
    rescue = Rescue(user_id, since=link.created_at, until=later or now)
    return RescueCase(link, user, keeper, kept, rescue, is_earlier=later is not None)


def _later_rescue(link: Link, user: User, account: Account) -> datetime | None:
    """Return when the first rescue after the link was made, if the user has come back from it by the same mailbox.

    Otherwise whoever kept links of earlier sign-ins could take back what the user did since. A link to an address that
    the user had before that rescue's still takes back everything.
    """
    made = [one.until for one in account.rescues if one.user_id == user.user_id and one.until > link.created_at]
    is_same_mailbox = {user.email_at, user.rescued_email_at, user.reset_email_at} == {link.email_at}
    has_come_back = bool(made) and user.reset_at > min(made)
    return min(made) if has_come_back and is_same_mailbox else None


def _clear_up(case: RescueCase, origin: Origin, *, now: datetime) -> None:
    """Suspend and put back what came from the sign-in until the later rescue. Sessions and password are newer."""
    user, back = case.user, restoring.of_user(case.kept, case.rescue)
    facts = {name: back[name] for name in restoring.USER_FIELDS if name in back}
    commit(
        links.using(case.link),
        *([users.changing(user.user_id, by=None, **facts)] if facts else []),
        *([logins.changing(user.login, **restoring.login_fields(back))] if back else []),
        *restoring.factors(case.kept, case.rescue, user.user_id),
        *message_limits.holding_again(user, back.get("phone", user.phone)),
        accounts.rescuing(case.keeper.account, case.rescue, **restoring.of_account(case.kept, case.rescue)),
        _noting(user, origin, now=now),
    )
    queue.tell(*_told("not_me_earlier", user, {user.email}, origin, now=now))


def _end_and_suspend(case: RescueCase, origin: Origin, *, now: datetime) -> None:
    """End all sessions and suspend what came from the sign-in, but leave address, password and factors alone."""
    user = case.user
    commit(
        links.using(case.link),
        users.rescuing(user, now=now),
        accounts.rescuing(case.keeper.account, case.rescue),
        _noting(user, origin, now=now),
    )
    queue.tell(*_told("not_me_left", user, {case.link.detail, user.email}, origin, now=now))


def _take_back(case: RescueCase, origin: Origin, *, now: datetime) -> None:
    """Put everything back as it was before the sign-in, remove the password, and send a link to set a new one."""
    owner, user = case.keeper.login, case.user
    back = restoring.of_user(case.kept, case.rescue) | _address(case)
    after = replace(owner, **restoring.login_fields(back), credentials_at=now)
    held = {"password_from": now + policy.PASSWORD_HELD_FOR} if _loses_every_factor(owner, after) else {}
    # Everything proved until `now` becomes void, so the new link must have been made just after.
    reset = email_links.issue(RESET, after, now=now + A_MOMENT)
    commit(
        links.using(case.link),
        _ending(case, back, now=now),
        *_taking_away(case.keeper, restoring.login_fields(back) | held, now=now),
        *restoring.factors(case.kept, case.rescue, user.user_id),
        *message_limits.holding_again(user, after.phone),
        accounts.rescuing(case.keeper.account, case.rescue, **restoring.of_account(case.kept, case.rescue)),
        reminders.scheduling(
            replace(user, email=after.email), case.keeper.account, password_set_at=user.password_set_at
        ),
        reset.adding,
        _noting(user, origin, now=now),
    )
    queue.put(*_letters(case, after, reset, origin, now=now))
    if held:
        queue.tell(*_warnings(case, after, origin, now=now))


def _address(case: RescueCase) -> dict[str, Any]:
    """Return the address that the link was sent to, under the version that it had."""
    if not case.user.own_email or not case.link.detail:
        return {}
    return {"email": case.link.detail, "email_at": case.link.email_at}


def _ending(case: RescueCase, back: dict[str, Any], *, now: datetime) -> Write:
    facts = {name: back[name] for name in restoring.USER_FIELDS if name in back}
    return users.rescuing(
        case.user,
        now=now,
        credentials_at=now,
        devices_since=now,
        given_until=None,
        email_order=None,
        rescued_at=now,
        rescued_since=case.rescue.since,
        rescued_email_at=case.link.email_at,
        **facts,
    )


def _taking_away(keeper: Keeper, facts: dict[str, Any], *, now: datetime) -> list[Write]:
    """Return the writes that remove the password, forget the devices, and keep the password from being chosen again."""
    owner = keeper.login
    taking = logins.setting_password(owner, None, now=now, devices_since=now, **facts)
    if owner.password_hash is None:
        return [taking]
    keeping = kept_values.keeping(PASSWORD, owner.password_hash, owner.user_id, provenance=UNKNOWN, now=now)
    return [taking, password_history.remembering(owner.user_id, keeper.before, replaced=owner.password_hash), keeping]


def _loses_every_factor(before: Login, after: Login) -> bool:
    """Whether every second factor is switched off: whoever switched one on may be the user themselves."""
    return bool(second_factor.of(before)) and not second_factor.of(after)


def _letters(case: RescueCase, after: Login, reset: IssuedLink, origin: Origin, *, now: datetime) -> list[Notice]:
    letter = reset_letter(reset, after, origin, now=now)
    change = "not_me" if after.own_email else "not_me_for_subuser"
    told = _told(change, case.user, {after.email}, origin, now=now)
    elsewhere = _told("not_me_elsewhere", case.user, {case.user.email} - {after.email}, origin, now=now)
    return [*told, *elsewhere, *([letter] if after.own_email else [])]


def _warnings(case: RescueCase, after: Login, origin: Origin, *, now: datetime) -> list[Notice]:
    """Tell every address and phone of then and now that no password works for a while."""
    user = case.user
    emails = {*reachable.emails(user, case.kept), after.email}
    texts = [
        PhoneTold(f"held:{case.link.link_id}:{place}", phone, user.language, "password_held")
        for place, phone in enumerate(reachable.phones(user, case.kept))
    ]
    return [*_told("password_held", user, emails, origin, now=now), *texts]


def _told(change: str, user: User, emails: Iterable[str], origin: Origin, *, now: datetime) -> list[Notice]:
    return [
        account_mail.change_to(email, change, user, place, origin=origin, now=now)
        for place, email in enumerate(sorted(emails))
    ]


def _noting(user: User, origin: Origin, *, now: datetime) -> Write:
    return audit.noting(Event.NOT_ME, user.user_id, actor=LINK, proof=LINK, origin=origin, now=now)

"""E-mails about sub-users: to the owner of the account, and to sub-users with an address of their own."""

from collections.abc import Mapping
from datetime import datetime

from shared.auth.principals import Principal
from shared.delivery import account_mail
from shared.delivery.letters import SubuserChanged
from shared.delivery.notices import Notice
from shared.domain.activity import Event
from shared.domain.origins import Origin
from shared.domain.users import User

SWITCHED = {True: (Event.USER_ENABLED, "enabled"), False: (Event.USER_DISABLED, "disabled")}
"""The event for the activity log and the change named in the e-mail, by whether the sub-user is enabled."""

TOLD_TO_SUBUSERS = {Event.PASSWORD_GIVEN: "password_given", Event.API_PASSWORD_SET: "api_password_set"}
"""The change named in the e-mail to a sub-user with an address of their own, by the event for the activity log."""


def of_changes(
    events: Mapping[Event, str], user: User, principal: Principal, origin: Origin, *, now: datetime
) -> list[Notice]:
    """Return the e-mails: to the owner, and about passwords also to a sub-user with an address of their own."""
    told = dict(SWITCHED.values()) | {Event.PASSWORD_GIVEN: "password_given"}
    waiting: list[Notice] = [
        to_owner(told[event], user, principal, origin, now=now) for event in events if event in told
    ]
    if user.own_email:
        for event in events.keys() & TOLD_TO_SUBUSERS.keys():
            waiting += account_mail.change_made(TOLD_TO_SUBUSERS[event], user, origin=origin, now=now)
    return waiting


def to_owner(change: str, user: User, principal: Principal, origin: Origin, *, now: datetime) -> SubuserChanged:
    """Return the e-mail that tells the owner of a change to the sub-user *user*."""
    return account_mail.addressed(
        SubuserChanged,
        f"subuser-{change}:{user.user_id}:{now.timestamp()}",
        principal.user,
        change=change,
        subuser=user.login,
        by=principal.actor,
        at=now,
        address=origin.address,
    )

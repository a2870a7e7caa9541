"""Flow of the e-mail about a right password that opened no session: see `auth.half_sign_ins`."""

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from shared.auth import email_links
from shared.delivery.letters import PasswordGiven
from shared.domain.links import NOT_ME
from shared.storage import challenges, half_sign_ins
from shared.storage.engine import commit
from shared.storage.half_sign_ins import TooManyPlaces


class Delivery(Protocol):
    """Sends a notice once, however often it is called."""

    def __call__(self, notice: PasswordGiven, /, *, now: datetime) -> None: ...


def tell(notice: PasswordGiven, deliver: Delivery, *, now: datetime) -> None:
    """Tell of a half sign-in by *deliver*, unless its challenge was answered: then another e-mail told of the session.

    Beyond so many places in an hour it is told together with the others.
    """
    if notice.challenge_row and challenges.is_answered(notice.challenge_row):
        return
    try:
        commit(half_sign_ins.telling(notice.user_id, notice.place, began=notice.at, now=now))
    except TooManyPlaces:
        notice = replace(notice, id=f"password-given-many:{notice.user_id}:{notice.at:%Y-%m-%dT%H}", many=True)
    deliver(notice, now=now)


def with_link(notice: PasswordGiven) -> PasswordGiven:
    """Return *notice* with a new link "it was not me", which takes back what came after the password was given."""
    link = email_links.issue(NOT_ME, notice, detail=notice.email, now=notice.at)
    commit(link.adding)
    return replace(notice, token=link.token)

"""Flow of the e-mail about a right password that opened no session: see `auth.half_sign_ins`."""

from dataclasses import replace

from shared.auth import email_links
from shared.delivery.notices import PasswordGiven
from shared.domain.links import NOT_ME
from shared.storage import challenges
from shared.storage.engine import commit


def was_completed(notice: PasswordGiven) -> bool:
    """Whether the challenge was answered: then another e-mail told of the session."""
    return bool(notice.challenge_row) and challenges.is_answered(notice.challenge_row)


def with_link(notice: PasswordGiven) -> PasswordGiven:
    """Return *notice* with a new link "it was not me", which takes back what came after the password was given."""
    link = email_links.issue(NOT_ME, notice, detail=notice.email, now=notice.at)
    commit(link.adding)
    return replace(notice, token=link.token)

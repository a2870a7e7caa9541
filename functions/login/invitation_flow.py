"""The story of POST /invitations/accept: a link from an e-mail sets the first password."""

from datetime import datetime

from shared import gatekeeper, hashing, seal
from shared.domain import identifiers
from shared.domain.invitations import Invitation
from shared.domain.passwords import misses
from shared.errors import InvitationClosed, WeakPassword
from shared.storage import invitations, logins, users
from shared.storage.engine import commit


def accept_invitation(text: str, password: str, *, now: datetime) -> None:
    """Sets the password, forgives wrong codes, and ends what the password before it had opened."""
    invitation = _open_invitation(text, now=now)
    owner = logins.find(invitation.login)
    if owner is None:
        raise InvitationClosed
    if missed := misses(password, login=owner.login, email=owner.email):
        raise WeakPassword(missed)
    commit(
        invitations.using(invitation),
        logins.setting_password(owner.login, hashing.hash_password(password)),
        gatekeeper.forgiving_codes(owner.user_id),
        users.ending_everything(owner.user_id, now=now),
    )


def _open_invitation(text: str, *, now: datetime) -> Invitation:
    token = identifiers.read(text, kind="invitation")
    invitation = invitations.find(token.id) if token else None
    if not (token and invitation and seal.is_token(invitation.sealed_secret, token)):
        raise InvitationClosed
    if not invitation.is_open(now=now):
        raise InvitationClosed
    return invitation

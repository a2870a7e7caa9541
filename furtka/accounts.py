"""What operators do with accounts: make one, invite its owner again, switch it off and on."""

from datetime import datetime

from shared import chance, phones, policy, seal
from shared.delivery import queue
from shared.delivery.notices import AccountInvited
from shared.domain import identifiers
from shared.domain.identifiers import Token
from shared.domain.invitations import Invitation
from shared.domain.logins import Login, canonical
from shared.domain.users import User
from shared.errors import UnknownLogin
from shared.storage import invitations, logins, users
from shared.storage.engine import Write, commit


def create(*, login: str, email: str, phone: str | None, language: str, now: datetime) -> str:
    """Make an account and send its owner a link to set the first password. Returns the account's id.

    With *phone* every sign-in needs a code. Raises LoginTaken or NotMobile.
    """
    account_id = chance.account_id()
    owner = Login(
        login=canonical(login),
        account_id=account_id,
        user_id=chance.user_id(account_id),
        email=email,
        phone=phones.canonical(phone) if phone else None,
        language=language,
        enabled=True,
        idle=policy.SESSION_IDLE,
    )
    user = User(account_id, owner.user_id, owner.login, enabled=True, created_at=now)
    token, inviting = _inviting(owner, now=now)
    commit(logins.adding(owner), users.adding(user), inviting)
    _tell(owner, token, now=now)
    return account_id


def invite(login: str, *, now: datetime) -> None:
    """Send a new link to set the password. Accepting it also opens codes that were locked. Raises UnknownLogin."""
    owner = _owner(login)
    token, inviting = _inviting(owner, now=now)
    commit(inviting)
    _tell(owner, token, now=now)


def switch(login: str, *, enabled: bool, now: datetime) -> None:
    """Off: no sign-in, and every session ends at once. On: sign-in works again. Raises UnknownLogin."""
    owner = _owner(login)
    commit(logins.switching(owner.login, enabled=enabled), users.switching(owner.user_id, enabled=enabled, now=now))


def _owner(login: str) -> Login:
    owner = logins.find(canonical(login))
    if owner is None:
        raise UnknownLogin
    return owner


def _inviting(owner: Login, *, now: datetime) -> tuple[Token, Write]:
    token = chance.token("invitation", owner.user_id)
    invitation = Invitation(token.id, owner.login, seal.token(token), expires_at=now + policy.INVITATION_LIFETIME)
    return token, invitations.adding(invitation)


def _tell(owner: Login, token: Token, *, now: datetime) -> None:
    written, until = identifiers.write(token), now + policy.INVITATION_LIFETIME
    queue.put(AccountInvited(f"invitation:{token.id}", owner.email, owner.language, owner.login, written, until))

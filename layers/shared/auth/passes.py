"""One-use passes: an e-mail lets the owner of a login through the waits that strangers cause, for one attempt."""

from dataclasses import replace
from datetime import datetime

from shared import policy
from shared.auth import email_links, mail_limits
from shared.auth.mail_limits import Asker
from shared.crypto import randomness, seal
from shared.delivery import account_mail
from shared.delivery.letters import SignInPassAsked
from shared.domain.identifiers import Token
from shared.domain.links import PASS, Link
from shared.domain.logins import Login
from shared.errors import TooManyPasswords
from shared.storage import links
from shared.storage.engine import Key, Row, Write


def asking(found: Login | None, asker: Asker, *, now: datetime) -> tuple[list[Write], SignInPassAsked]:
    """Return the writes of a new pass, which count it, and its e-mail. Refused as TooManyResets.

    *found* is the login if it exists. Without one the writes and the notice are the same, and the notice is dropped, so
    that callers cannot tell. A pass proves nothing, so it also goes to the owner's address of a sub-user without one of
    their own.
    """
    holder = found if found and found.enabled else _nobody(asker.login)
    link = email_links.issue(PASS, holder, now=now)
    letter = account_mail.addressed(
        SignInPassAsked,
        f"pass:{link.id}",
        holder,
        token=link.token,
        expires_at=link.expires_at,
        at=now,
        address=asker.origin.address,
    )
    return [*mail_limits.recording(PASS, asker, now=now), link.adding], letter


def keys(token: Token | None) -> list[Key]:
    """Return the key of the row that `found` needs, to be read together with others."""
    return [links.key(token.id)] if token else []


def found(token: Token | None, rows: list[Row], login: Login | None, *, now: datetime) -> Link | None:
    """Return the open pass that *token* shows, from the rows under `keys`; None if it is none for *login*."""
    link = links.read(rows[0]) if rows else None
    if not (token and link and login and link.login == login.login and token.user_id == login.user_id):
        return None
    if link.email_at != login.email_at:
        return None  # it went to an address that the user has left
    return link if link.is_open(now=now) and seal.is_token(link.sealed_secret, token) else None


def using(link: Link) -> Write:
    """Use the pass up, whether the password is right or not. Refused as TooManyPasswords if it was used before."""
    # A caller who is outrun by another one with the same pass is in the place of one without.
    return replace(links.using(link), refused=lambda _: TooManyPasswords(retry_after=policy.FIRST_WAIT))


def _nobody(login: str) -> Login:
    """Return a login that does not exist, with a user id that nobody has and no address."""
    account_id = randomness.account_id()
    user_id = randomness.user_id(account_id)
    return Login(login, account_id, user_id, "", None, "en", enabled=False, idle=policy.SESSION_IDLE)

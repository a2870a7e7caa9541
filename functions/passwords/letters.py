"""E-mails with a link to set a password, and about one that was set with such a link."""

from datetime import datetime

from shared.auth import email_links
from shared.auth.email_links import IssuedLink
from shared.delivery import account_mail
from shared.delivery.letters import PasswordResetAsked, PasswordWasReset
from shared.domain.links import NOT_ME
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.storage.engine import Write


def reset_letter(link: IssuedLink, owner: Login, origin: Origin, *, now: datetime) -> PasswordResetAsked:
    """Return the e-mail with the link of a password reset."""
    return account_mail.addressed(
        PasswordResetAsked,
        f"reset:{link.id}",
        owner,
        token=link.token,
        expires_at=link.expires_at,
        at=now,
        address=origin.address,
    )


def reset_told(owner: Login, origin: Origin, *, now: datetime) -> tuple[Write, PasswordWasReset]:
    """Return the e-mail about a password that was set with a link, and the write that stores its "it was not me" link.

    *owner* has the new version of the credentials. Whoever reads the mailbox may have set the password and go on to a
    session, so the link takes back what comes of it (ASVS V6.3.7).
    """
    link = email_links.issue(NOT_ME, owner, detail=owner.email, now=now)
    told = account_mail.addressed(
        PasswordWasReset, f"password-reset:{link.id}", owner, at=now, address=origin.address, token=link.token
    )
    return link.adding, told

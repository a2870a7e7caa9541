"""E-mails with a link to set a password."""

from datetime import datetime

from shared.auth.email_links import IssuedLink
from shared.delivery import account_mail
from shared.delivery.notices import PasswordResetAsked
from shared.domain.logins import Login
from shared.domain.origins import Origin


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

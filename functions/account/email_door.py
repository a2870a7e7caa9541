"""The door of the e-mail address: see it, ask for another one, cancel that, and confirm it by its link."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, Field

from account import change_email_flow
from shared import policy
from shared.domain.links import Link
from shared.errors import AccountSuspended, LinkClosed, NotFound, Outrun, TooManyResets
from shared.http.dependencies import From, Now, Person
from shared.http.fields import Email, Instant, Strict
from shared.http.mail_trouble import MailTroubleResponse, mail_trouble_response
from shared.http.routing import Routes

routes = Routes()


class EmailChangeRequest(Strict):
    """The new e-mail address."""

    email: Email


class ConfirmEmailChangeRequest(Strict):
    """The token of the link that was sent to the new address."""

    token: Annotated[str, Field(min_length=1, max_length=policy.MAX_LOGIN_CHARACTERS)]


class PendingEmailChange(BaseModel):
    """A new address that a link was sent to, and that is not confirmed yet."""

    email: str
    requested_at: Instant
    expires_at: Instant


class EmailResponse(BaseModel):
    """The address that the caller's e-mails go to, and a change of it that waits for its confirmation.

    `own` is false, and `email` empty, for a sub-user whose e-mails go to the account's owner. With `mail_trouble`
    e-mails do not reach the mailbox, or one was reported as spam: that ends once the address is another one, or the
    same one is requested and confirmed again.
    """

    email: str
    own: bool
    mail_trouble: MailTroubleResponse | None
    pending: PendingEmailChange | None


@routes.get("/account/email")
def get_email(person: Person, now: Now) -> EmailResponse:
    """Get the e-mail address, and a requested change of it that is not confirmed yet."""
    link = change_email_flow.pending(person.user, now=now)
    user = person.user
    email = user.email if user.own_email else ""
    trouble = mail_trouble_response(user.mailbox_trouble)
    return EmailResponse(
        email=email, own=user.own_email, mail_trouble=trouble, pending=_pending(link) if link else None
    )


@routes.post("/account/email", status=204, refuses=[TooManyResets, Outrun])
def post_email(person: Person, request: EmailChangeRequest, origin: From, now: Now) -> Response[None]:
    """Request a change of the e-mail address. A link is sent to the new address, and confirming it makes the change.

    The links of earlier requests stop working.
    """
    change_email_flow.ask(person, request.email, origin=origin, now=now)
    return Response(204)


@routes.delete("/account/email", status=204, refuses=[NotFound, Outrun])
def delete_email_change(person: Person, origin: From, now: Now) -> Response[None]:
    """Cancel a requested change of the e-mail address. The link that was sent to the new address stops working."""
    change_email_flow.cancel(person, origin=origin, now=now)
    return Response(204)


@routes.post("/email/confirm", status=204, refuses=[AccountSuspended, LinkClosed, Outrun])
def post_email_confirmation(request: ConfirmEmailChangeRequest, origin: From, now: Now) -> Response[None]:
    """Confirm a new e-mail address with the link that was sent to it. Both addresses are notified.

    Whatever was sent to the old address stops working, except the links "it was not me".
    """
    change_email_flow.prove(request.token, origin=origin, now=now)
    return Response(204)


def _pending(link: Link) -> PendingEmailChange:
    return PendingEmailChange(email=link.detail, requested_at=link.created_at, expires_at=link.expires_at)

"""The door of passwords: change one, set one with a link from an e-mail, and report a sign-in by somebody else."""

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from passwords.flow import accept_invitation, ask_for_reset, change_password, it_was_not_me, reset_password
from shared import policy
from shared.errors import (
    AccountSuspended,
    AddressNotAllowed,
    CodesLocked,
    LinkClosed,
    Outrun,
    TooManyCodes,
    TooManyMessages,
    TooManyPasswords,
    TooManyResets,
    WeakPassword,
    WrongPresentPassword,
)
from shared.http import preflight
from shared.http.app import serve
from shared.http.dependencies import From, Now, Person, Raw
from shared.http.fields import Factor, LoginName, Password, Strict
from shared.http.routing import Routes
from shared.http.sign_in_views import (
    ChallengeResponse,
    SignedInByCookieResponse,
    SignedInResponse,
    session_opened_response,
    sign_in_response,
)

routes = Routes()

LinkToken = Annotated[str, Field(min_length=1, max_length=policy.MAX_LOGIN_CHARACTERS)]


class ChangePasswordRequest(Strict):
    """The current password and the new one."""

    current_password: Password
    password: Password


class AcceptInvitationRequest(Strict):
    """The token from the link of an invitation, and the password to set."""

    token: LinkToken
    password: Password


class PasswordResetRequest(Strict):
    """The login whose password is forgotten."""

    login: LoginName


class ResetPasswordRequest(Strict):
    """The token from the link, a new password, and how to deliver the session."""

    token: LinkToken
    password: Password
    transport: Literal["bearer", "cookie"] = "bearer"
    factor: Factor | None = None


class ReportUnknownSignInRequest(Strict):
    """The token from the link "it was not me"."""

    token: LinkToken


@routes.post("/account/password", refuses=[WrongPresentPassword, TooManyPasswords, WeakPassword, Outrun])
def post_password(
    person: Person, request: ChangePasswordRequest, origin: From, now: Now
) -> Response[SignedInResponse | SignedInByCookieResponse]:
    """Change the password.

    The session of the request continues with a new token, and the user's other sessions end. API tokens do not change.
    """
    return session_opened_response(
        change_password(person, request.current_password, request.password, origin=origin, now=now)
    )


@routes.post("/invitations/accept", status=204, refuses=[AccountSuspended, LinkClosed, WeakPassword, Outrun])
def post_acceptance(request: AcceptInvitationRequest, origin: From, now: Now) -> Response[None]:
    """Accept an invitation: set the first password with the link from the e-mail. The link works once."""
    accept_invitation(request.token, request.password, origin=origin, now=now)
    return Response(204)


@routes.post("/password-reset", status=204, refuses=[TooManyResets])
def post_reset(request: PasswordResetRequest, origin: From, now: Now) -> Response[None]:
    """Request a password reset: a link to set a new password is sent by e-mail.

    The answer is 204 whether or not the login exists.
    """
    ask_for_reset(request.login, origin=origin, now=now)
    return Response(204)


@routes.post(
    "/password-reset/confirm",
    refuses=[
        AccountSuspended,
        LinkClosed,
        WeakPassword,
        Outrun,
        TooManyMessages,
        TooManyCodes,
        CodesLocked,
        AddressNotAllowed,
    ],
)
def post_reset_confirmation(
    request: ResetPasswordRequest, event: Raw, origin: From, now: Now
) -> Response[ChallengeResponse | SignedInResponse | SignedInByCookieResponse]:
    """Reset the password with the link from the e-mail. The link works once.

    The answer is a challenge for the second factor, or a session if the user has none.
    """
    if request.transport == "cookie":
        preflight.must_be_same_origin(event)
    outcome = reset_password(
        request.token, request.password, transport=request.transport, factor=request.factor, origin=origin, now=now
    )
    return sign_in_response(outcome)


@routes.post("/not-me", status=204, refuses=[AccountSuspended, LinkClosed, Outrun])
def post_not_me(request: ReportUnknownSignInRequest, origin: From, now: Now) -> Response[None]:
    """Report a sign-in by somebody else, with the link from the e-mail about it.

    All sessions end, all devices are forgotten and the password stops working. If the e-mail address is the user's
    own, a link to set a new password is sent to it.
    """
    it_was_not_me(request.token, origin=origin, now=now)
    return Response(204)


lambda_handler = serve(routes)

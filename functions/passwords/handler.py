"""The door of passwords: change one, set one with a link from an e-mail, and report a sign-in by somebody else."""

from datetime import datetime
from typing import Annotated, Literal, Self

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from passwords import recovery_door
from passwords.flow import accept_invitation, ask_for_reset, change_password, reset_password
from passwords.rescue_flow import it_was_not_me
from passwords.undo_flow import Proofs, undo
from shared import policy
from shared.errors import (
    AccountSuspended,
    AddressNotAllowed,
    CodesLocked,
    LinkClosed,
    Outrun,
    TooManyChallenges,
    TooManyCodes,
    TooManyMessages,
    TooManyNewPasswords,
    TooManyPasswords,
    TooManyResets,
    UserSuspended,
    WeakPassword,
    WrongPresentPassword,
    WrongProof,
)
from shared.http import preflight
from shared.http.app import serve
from shared.http.bodies import JSON
from shared.http.dependencies import DevicesShown, From, Now, Person, Raw
from shared.http.fields import Code, Factor, Instant, LoginName, Password, Strict
from shared.http.routing import Routes
from shared.http.sign_in_views import (
    ChallengeResponse,
    SignedInByCookieResponse,
    SignedInResponse,
    session_opened_response,
    sign_in_response,
)

routes = Routes()
routes.include(recovery_door.routes)

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


class UndoRequest(Strict):
    """The token from the link, and the password or a code of the authenticator app, of before the change."""

    token: LinkToken
    password: Password | None = None
    code: Code | None = None

    @model_validator(mode="after")
    def _must_have_one_proof(self) -> Self:
        if (self.password is None) == (self.code is None):
            raise PydanticCustomError("one_proof", "password or code")
        return self


class PasswordHeldResponse(BaseModel):
    """The password is set, and works from `password_works_from` on."""

    password_works_from: Instant


@routes.post(
    "/account/password", refuses=[WrongPresentPassword, TooManyPasswords, TooManyNewPasswords, WeakPassword, Outrun]
)
def post_password(
    person: Person, request: ChangePasswordRequest, shown: DevicesShown, origin: From, now: Now
) -> Response[SignedInResponse | SignedInByCookieResponse]:
    """Change the password.

    The session of the request continues with a new token, and the user's other sessions end. API tokens do not change.
    """
    return session_opened_response(
        change_password(person, request.current_password, request.password, origin=origin, now=now), shown=shown
    )


@routes.post(
    "/invitations/accept", status=204, refuses=[AccountSuspended, LinkClosed, TooManyNewPasswords, WeakPassword, Outrun]
)
def post_acceptance(request: AcceptInvitationRequest, origin: From, now: Now) -> Response[None]:
    """Accept an invitation: set the first password with the link from the e-mail. The link works once."""
    accept_invitation(request.token, request.password, origin=origin, now=now)
    return Response(204)


@routes.post("/password-reset", status=204, refuses=[TooManyResets, Outrun])
def post_reset(request: PasswordResetRequest, shown: DevicesShown, origin: From, now: Now) -> Response[None]:
    """Request a password reset: a link to set a new password is sent by e-mail.

    The answer is 204 whether or not the login exists.
    """
    ask_for_reset(request.login, devices=shown, origin=origin, now=now)
    return Response(204)


@routes.post(
    "/password-reset/confirm",
    later=PasswordHeldResponse,
    refuses=[
        AccountSuspended,
        LinkClosed,
        TooManyNewPasswords,
        WeakPassword,
        Outrun,
        TooManyMessages,
        TooManyChallenges,
        TooManyCodes,
        CodesLocked,
        AddressNotAllowed,
        UserSuspended,
    ],
)
def post_reset_confirmation(
    request: ResetPasswordRequest, event: Raw, shown: DevicesShown, origin: From, now: Now
) -> Response[ChallengeResponse | SignedInResponse | SignedInByCookieResponse | PasswordHeldResponse]:
    """Reset the password with the link from the e-mail. The link works once.

    The answer is a challenge for the second factor, or a session if the user has none. It is 202 and neither after a
    rescue that switched off the user's only second factor: then the password works later.
    """
    if request.transport == "cookie":
        preflight.must_be_same_origin(event)
    outcome = reset_password(
        request.token, request.password, transport=request.transport, factor=request.factor, origin=origin, now=now
    )
    if isinstance(outcome, datetime):
        return Response(202, JSON, PasswordHeldResponse(password_works_from=outcome))
    return sign_in_response(outcome, shown=shown)


@routes.post("/not-me", status=204, refuses=[AccountSuspended, LinkClosed, Outrun])
def post_not_me(request: ReportUnknownSignInRequest, origin: From, now: Now) -> Response[None]:
    """Report a sign-in by somebody else, with the link from the e-mail about it.

    All sessions end, all devices are forgotten and the password stops working. Address, phone, app, recovery codes and
    the account's IP lists are put back as they were before that sign-in. Tokens, sub-users and API passwords that came
    from it are suspended, see GET /account/suspended. If the e-mail address is the user's own, a link to set a new
    password is sent to it. If the user left that address since, from a device known before the sign-in, then address,
    password and factors stay as they are.
    """
    it_was_not_me(request.token, origin=origin, now=now)
    return Response(204)


@routes.post("/undo", status=204, refuses=[AccountSuspended, LinkClosed, WrongProof, TooManyPasswords, Outrun])
def post_undo(request: UndoRequest, origin: From, now: Now) -> Response[None]:
    """Undo a change of the e-mail address or the phone, with the link from the e-mail about it.

    Both are put back as they were before the oldest change of the last three days. All sessions end. A wrong password
    or code is counted, and the link still works.
    """
    undo(request.token, Proofs(request.password, request.code), origin=origin, now=now)
    return Response(204)


lambda_handler = serve(routes)

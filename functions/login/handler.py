"""The door of signing in and out: /login, /session, /session/confirm and /logout."""

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, Field

from login.flow import confirm, log_out, sign_in
from login.request_pass_flow import request_pass
from shared import policy
from shared.domain import identifiers
from shared.errors import (
    AccountSuspended,
    AddressNotAllowed,
    CodesLocked,
    Outrun,
    PasswordHeld,
    TooManyChallenges,
    TooManyCodes,
    TooManyMessages,
    TooManyNewDevices,
    TooManyPasswords,
    TooManyResets,
    UserSuspended,
    WrongPassword,
)
from shared.http import cookies, preflight
from shared.http.app import serve
from shared.http.bodies import header
from shared.http.dependencies import DevicesShown, From, Leaver, Now, Person, Raw
from shared.http.fields import Factor, Instant, LoginName, Password, Strict
from shared.http.routing import Routes
from shared.http.sign_in_views import (
    ChallengeResponse,
    SessionResponse,
    SignedInByCookieResponse,
    SignedInResponse,
    session_response,
    sign_in_response,
)

routes = Routes()


class SignInRequest(Strict):
    """The login and the password, and how to deliver the session."""

    login: LoginName
    password: Password
    transport: Literal["bearer", "cookie"] = "bearer"
    device_token: Annotated[str, Field(max_length=policy.MAX_LOGIN_CHARACTERS)] | None = None
    factor: Factor | None = None
    pass_token: Annotated[
        str | None,
        Field(
            alias="pass",
            max_length=policy.MAX_LOGIN_CHARACTERS,
            description="The pass from the e-mail that `POST /login/pass` sends, for one attempt.",
        ),
    ] = None


class SignInPassRequest(Strict):
    """The login whose user has to wait."""

    login: LoginName


class CurrentSessionResponse(BaseModel):
    """The session of the request and its user.

    Sensitive settings can be changed until `confirmed_until`. A session with `must_change_password` can do nothing
    else until the password is changed, and one with `must_enable_second_factor` until a second factor is enabled;
    `second_factor_required_from` is when the account requires one of everybody.
    """

    account_id: str
    login: str
    owner: bool
    session: SessionResponse
    confirmed_until: Instant
    password_due_at: Instant | None
    must_change_password: bool
    second_factor_required_from: Instant | None
    must_enable_second_factor: bool


class ConfirmSessionRequest(Strict):
    """The password again, and which second factor to ask for."""

    password: Password
    factor: Factor | None = None


@routes.post(
    "/login",
    refuses=[
        AccountSuspended,
        WrongPassword,
        TooManyPasswords,
        TooManyMessages,
        TooManyChallenges,
        TooManyCodes,
        TooManyNewDevices,
        CodesLocked,
        AddressNotAllowed,
        Outrun,
        PasswordHeld,
        UserSuspended,
    ],
)
def post_login(
    request: SignInRequest, event: Raw, shown: DevicesShown, origin: From, now: Now
) -> Response[ChallengeResponse | SignedInResponse | SignedInByCookieResponse]:
    """Sign in with a password.

    The answer is a challenge for the second factor, or a session if the user has none. Keep the `device_token` of the
    session, and show it at the next sign-in: the user is told by e-mail of each session from an unknown device, and
    opens so many of them an hour. A right password from one that opens no session is told 15 minutes later, or at once
    if it was refused. If the same browser begins again within 30 seconds, no second code is sent: the first answers
    both.
    """
    if request.transport == "cookie":
        preflight.must_be_same_origin(event)
    token = identifiers.read(request.device_token or "", kind="device")
    outcome, sms_delayed = sign_in(
        request.login,
        request.password,
        transport=request.transport,
        devices=shown if request.device_token is None else [token] if token else [],
        factor=request.factor,
        shown=identifiers.read(request.pass_token or "", kind="pass"),
        origin=origin,
        now=now,
    )
    return sign_in_response(outcome, shown=shown, sms_delayed=sms_delayed)


@routes.post("/login/pass", status=204, refuses=[TooManyResets, Outrun])
def post_pass(request: SignInPassRequest, shown: DevicesShown, origin: From, now: Now) -> Response[None]:
    """Request a pass by e-mail, for somebody who has to wait because others guess their password.

    The pass is good for one attempt of `POST /login`, which then does not wait for what others did. The answer is 204
    whether or not the login exists.
    """
    request_pass(request.login, devices=shown, origin=origin, now=now)
    return Response(204)


@routes.get("/session")
def get_session(person: Person, now: Now) -> CurrentSessionResponse:
    """Get the session of the request: its user, and when it ends."""
    return CurrentSessionResponse(
        account_id=person.user.account_id,
        login=person.user.login,
        owner=person.user.owner,
        session=session_response(person.session),
        confirmed_until=person.session.confirmed_at + policy.CONFIRMED_FOR,
        password_due_at=person.account.password_due(set_at=person.user.password_set_at),
        must_change_password=person.must_change_password,
        second_factor_required_from=person.account.factor_from,
        must_enable_second_factor=person.must_enable_factor(now=now),
    )


@routes.post(
    "/session/confirm",
    refuses=[
        WrongPassword,
        TooManyPasswords,
        TooManyMessages,
        TooManyChallenges,
        TooManyCodes,
        CodesLocked,
        Outrun,
    ],
)
def post_confirmation(
    person: Person, request: ConfirmSessionRequest, shown: DevicesShown, origin: From, now: Now
) -> Response[ChallengeResponse | SignedInResponse | SignedInByCookieResponse]:
    """Confirm the session: prove password and second factor again, so that sensitive settings can be changed.

    A new session with a new token replaces the session of the request.
    """
    outcome, sms_delayed = confirm(person, request.password, factor=request.factor, origin=origin, now=now)
    return sign_in_response(outcome, shown=shown, sms_delayed=sms_delayed)


@routes.post("/logout", status=204)
def post_logout(person: Leaver, event: Raw, origin: From, now: Now) -> Response[None]:
    """Sign out. The session of the request ends, and the next request with it is refused.

    The answer is 204 even if the session has ended before, is unknown or missing. A browser loses its cookie.
    """
    if person:
        log_out(person, origin=origin, now=now)
    return Response(204, cookies=[] if header(event, "authorization") else [cookies.no_session()])


lambda_handler = serve(routes)

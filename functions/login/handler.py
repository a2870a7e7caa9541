"""The door for people who sign in: /login, /session, /logout and /invitations/accept."""

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Response
from pydantic import AfterValidator, BaseModel, Field

from login.flow import sign_in
from login.invitation_flow import accept_invitation
from shared import cookies, policy, requests
from shared.admission import Admission
from shared.api import (
    BODY_REFUSALS,
    DONE,
    GRANTED,
    JSON,
    SESSION,
    Caller,
    From,
    Instant,
    Now,
    Raw,
    SessionView,
    SignedIn,
    SignedInByCookie,
    Strict,
    new_api,
    refusals,
    serve,
    session_view,
    signed_in,
)
from shared.domain import identifiers
from shared.domain.challenges import Challenge, masked
from shared.domain.logins import canonical
from shared.errors import (
    CodesLocked,
    InvitationClosed,
    NotSignedIn,
    TooManyMessages,
    TooManyPasswords,
    WeakPassword,
    WrongPassword,
)
from shared.storage import sessions
from shared.storage.engine import commit

app = new_api()

LoginName = Annotated[
    str,
    Field(max_length=policy.MAX_LOGIN_CHARACTERS),
    AfterValidator(canonical),
    Field(min_length=1, max_length=policy.MAX_LOGIN_CHARACTERS),
]
Password = Annotated[str, Field(min_length=1, max_length=policy.PASSWORD_MAX_CHARACTERS)]


class Credentials(Strict):
    """Who wants to sign in, how he proves it, and how the session is to travel."""

    login: LoginName
    password: Password
    transport: Literal["bearer", "cookie"] = "bearer"
    device_token: Annotated[str, Field(max_length=policy.MAX_LOGIN_CHARACTERS)] | None = None


class ChallengeView(BaseModel):
    """A code is on its way. Answer with POST /verify-code."""

    id: str
    channel: Literal["sms"] = "sms"
    phone: str
    expires_at: Instant
    resend_at: Instant


class Challenged(BaseModel):
    """The password was right; the code comes next."""

    challenge: ChallengeView


class Me(BaseModel):
    """Who holds this session, since when, and until when."""

    account_id: str
    login: str
    session: SessionView


class Acceptance(Strict):
    """The link's token, and the password that its owner chose."""

    token: Annotated[str, Field(min_length=1, max_length=policy.MAX_LOGIN_CHARACTERS)]
    password: Password


@app.post(
    "/login",
    responses=GRANTED | refusals(WrongPassword, TooManyPasswords, TooManyMessages, CodesLocked, *BODY_REFUSALS),
)
def post_login(
    credentials: Credentials, event: Raw, origin: From, now: Now
) -> Response[Challenged | SignedIn | SignedInByCookie]:
    """Sign in with a password. The answer is a challenge, or a session where there is no second factor."""
    if credentials.transport == "cookie":
        requests.must_be_same_origin(event)
    device = identifiers.read(credentials.device_token or requests.cookie(event, cookies.DEVICE), kind="device")
    outcome = sign_in(
        credentials.login,
        credentials.password,
        transport=credentials.transport,
        device=device,
        origin=origin,
        now=now,
    )
    if not isinstance(outcome, Admission):
        return Response(200, JSON, Challenged(challenge=_view(outcome)))
    opened, given = signed_in(outcome)
    return Response(200, JSON, opened, cookies=given)


@app.get("/session", security=SESSION, responses=GRANTED | refusals(NotSignedIn))
def get_session(caller: Caller) -> Me:
    """Who am I, since when, until when."""
    return Me(account_id=caller.user.account_id, login=caller.user.login, session=session_view(caller.session))


@app.post("/logout", status_code=204, security=SESSION, responses=DONE | refusals(NotSignedIn, *BODY_REFUSALS))
def post_logout(caller: Caller) -> Response[None]:
    """End this session. The next request with it is refused."""
    commit(sessions.ending(caller.session))
    return Response(204, cookies=[cookies.no_session()] if caller.session.transport == "cookie" else [])


@app.post(
    "/invitations/accept", status_code=204, responses=DONE | refusals(InvitationClosed, WeakPassword, *BODY_REFUSALS)
)
def post_acceptance(acceptance: Acceptance, now: Now) -> Response[None]:
    """Set the first password with the link from an invitation. The link works once."""
    accept_invitation(acceptance.token, acceptance.password, now=now)
    return Response(204)


def _view(challenge: Challenge) -> ChallengeView:
    return ChallengeView(
        id=challenge.challenge_id,
        phone=masked(challenge.phone),
        expires_at=challenge.expires_at,
        resend_at=challenge.resend_at,
    )


lambda_handler = serve(app)

"""The door for people who sign in: /login, /session, its confirmation, and /logout."""

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, Field

from login.flow import confirm, log_out, sign_in
from shared import policy
from shared.domain import identifiers
from shared.errors import (
    AddressNotAllowed,
    CodesLocked,
    Outrun,
    TooManyCodes,
    TooManyMessages,
    TooManyPasswords,
    WrongPassword,
)
from shared.http import cookies, preflight
from shared.http.app import serve
from shared.http.dependencies import From, Now, Person, Raw
from shared.http.fields import Factor, Instant, LoginName, Password, Strict
from shared.http.routing import Routes
from shared.http.sign_in_views import Challenged, SessionView, SignedIn, SignedInByCookie, entered, session_view

routes = Routes()


class Credentials(Strict):
    """Who wants to sign in, how he proves it, and how the session is to travel.

    `factor` is the second factor to be asked for, where he has several.
    """

    login: LoginName
    password: Password
    transport: Literal["bearer", "cookie"] = "bearer"
    device_token: Annotated[str, Field(max_length=policy.MAX_LOGIN_CHARACTERS)] | None = None
    factor: Factor | None = None


class Me(BaseModel):
    """Who holds this session, since when, and until when.

    Until `confirmed_until` sensitive settings may be changed. `password_due_at` is when the account wants a new
    password; with `must_change_password` the session can do nothing else until there is one.
    """

    account_id: str
    login: str
    owner: bool
    session: SessionView
    confirmed_until: Instant
    password_due_at: Instant | None
    must_change_password: bool


class Confirmation(Strict):
    """The password once more, and the second factor to be asked for where there are several."""

    password: Password
    factor: Factor | None = None


@routes.post(
    "/login",
    refuses=[WrongPassword, TooManyPasswords, TooManyMessages, TooManyCodes, CodesLocked, AddressNotAllowed, Outrun],
)
def post_login(
    credentials: Credentials, event: Raw, origin: From, now: Now
) -> Response[Challenged | SignedIn | SignedInByCookie]:
    """Sign in with a password. The answer is a challenge, or a session where there is no second factor."""
    if credentials.transport == "cookie":
        preflight.must_be_same_origin(event)
    device = identifiers.read(credentials.device_token or preflight.cookie(event, cookies.DEVICE), kind="device")
    outcome, sms_delayed = sign_in(
        credentials.login,
        credentials.password,
        transport=credentials.transport,
        device=device,
        factor=credentials.factor,
        origin=origin,
        now=now,
    )
    return entered(outcome, sms_delayed=sms_delayed)


@routes.get("/session")
def get_session(person: Person) -> Me:
    """Who am I, since when, until when."""
    return Me(
        account_id=person.user.account_id,
        login=person.user.login,
        owner=person.user.owner,
        session=session_view(person.session),
        confirmed_until=person.session.confirmed_at + policy.CONFIRMED_FOR,
        password_due_at=person.account.password_due(set_at=person.user.password_set_at),
        must_change_password=person.must_change_password,
    )


@routes.post(
    "/session/confirm", refuses=[WrongPassword, TooManyPasswords, TooManyMessages, TooManyCodes, CodesLocked, Outrun]
)
def post_confirmation(
    person: Person, again: Confirmation, origin: From, now: Now
) -> Response[Challenged | SignedIn | SignedInByCookie]:
    """Give password and second factor again, so that sensitive settings may be changed. A new session replaces this."""
    outcome, sms_delayed = confirm(person, again.password, factor=again.factor, origin=origin, now=now)
    return entered(outcome, sms_delayed=sms_delayed)


@routes.post("/logout", status=204)
def post_logout(person: Person, origin: From, now: Now) -> Response[None]:
    """End this session. The next request with it is refused."""
    log_out(person, origin=origin, now=now)
    return Response(204, cookies=[cookies.no_session()] if person.session.transport == "cookie" else [])


lambda_handler = serve(routes)

"""The door for passwords: changed, set by a link, and taken away from whoever stole one."""

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from passwords.flow import accept_invitation, ask_for_reset, change_password, it_was_not_me, reset_password
from shared import policy
from shared.errors import (
    AddressNotAllowed,
    CodesLocked,
    LinkClosed,
    Outrun,
    StepUpNeeded,
    TooManyCodes,
    TooManyMessages,
    TooManyPasswords,
    TooManyResets,
    WeakPassword,
    WrongPresentPassword,
)
from shared.http import preflight
from shared.http.app import new_api, serve
from shared.http.bodies import JSON
from shared.http.dependencies import From, Now, Person, Raw
from shared.http.fields import Factor, LoginName, Password, Strict
from shared.http.openapi import BODY_REFUSALS, DONE, GRANTED, SEEN, SESSION, refusals
from shared.http.sign_in_views import Challenged, SignedIn, SignedInByCookie, entered, signed_in

app = new_api()

LinkToken = Annotated[str, Field(min_length=1, max_length=policy.MAX_LOGIN_CHARACTERS)]


class NewPassword(Strict):
    """The present password and the one that takes its place."""

    current_password: Password
    password: Password


class Acceptance(Strict):
    """The token of an invitation's link, and the password that its owner chose."""

    token: LinkToken
    password: Password


class ResetOrder(Strict):
    """Whose password is forgotten."""

    login: LoginName


class Reset(Strict):
    """The link's token and a new password; then as with POST /login."""

    token: LinkToken
    password: Password
    transport: Literal["bearer", "cookie"] = "bearer"
    factor: Factor | None = None


class Disavowal(Strict):
    """The token of the link "it was not me"."""

    token: LinkToken


@app.post(
    "/account/password",
    security=SESSION,
    responses=GRANTED
    | refusals(*SEEN, StepUpNeeded, WrongPresentPassword, TooManyPasswords, WeakPassword, Outrun, *BODY_REFUSALS),
)
def post_password(person: Person, chosen: NewPassword, origin: From, now: Now) -> Response[SignedIn | SignedInByCookie]:
    """Change my password. My other sessions end, this one goes on under a new token; API tokens are left alone."""
    opened, given = signed_in(change_password(person, chosen.current_password, chosen.password, origin=origin, now=now))
    return Response(200, JSON, opened, cookies=given)


@app.post(
    "/invitations/accept", status_code=204, responses=DONE | refusals(LinkClosed, WeakPassword, Outrun, *BODY_REFUSALS)
)
def post_acceptance(acceptance: Acceptance, origin: From, now: Now) -> Response[None]:
    """Set the first password with the link from an invitation. The link works once."""
    accept_invitation(acceptance.token, acceptance.password, origin=origin, now=now)
    return Response(204)


@app.post("/password-reset", status_code=204, responses=DONE | refusals(TooManyResets, *BODY_REFUSALS))
def post_reset(order: ResetOrder, origin: From, now: Now) -> Response[None]:
    """Send a link to set a new password, if there is such a login. The answer is the same if there is none."""
    ask_for_reset(order.login, origin=origin, now=now)
    return Response(204)


@app.post(
    "/password-reset/confirm",
    responses=GRANTED
    | refusals(
        LinkClosed,
        WeakPassword,
        Outrun,
        TooManyMessages,
        TooManyCodes,
        CodesLocked,
        AddressNotAllowed,
        *BODY_REFUSALS,
    ),
)
def post_reset_confirmation(
    reset: Reset, event: Raw, origin: From, now: Now
) -> Response[Challenged | SignedIn | SignedInByCookie]:
    """Set a new password with the link, which works once. Then the second factor is asked for, where there is one."""
    if reset.transport == "cookie":
        preflight.must_be_same_origin(event)
    outcome = reset_password(
        reset.token, reset.password, transport=reset.transport, factor=reset.factor, origin=origin, now=now
    )
    return entered(outcome)


@app.post("/not-me", status_code=204, responses=DONE | refusals(LinkClosed, Outrun, *BODY_REFUSALS))
def post_disavowal(disavowal: Disavowal, origin: From, now: Now) -> Response[None]:
    """End everything that a stranger opened, with the link from the e-mail about him. The password no longer opens."""
    it_was_not_me(disavowal.token, origin=origin, now=now)
    return Response(204)


lambda_handler = serve(app)

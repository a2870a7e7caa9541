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
    TooManyCodes,
    TooManyMessages,
    TooManyPasswords,
    TooManyResets,
    WeakPassword,
    WrongPresentPassword,
)
from shared.http import preflight
from shared.http.app import serve
from shared.http.bodies import JSON
from shared.http.dependencies import From, Now, Person, Raw
from shared.http.fields import Factor, LoginName, Password, Strict
from shared.http.routing import Routes
from shared.http.sign_in_views import Challenged, SignedIn, SignedInByCookie, entered, signed_in

routes = Routes()

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


@routes.post("/account/password", refuses=[WrongPresentPassword, TooManyPasswords, WeakPassword, Outrun])
def post_password(person: Person, chosen: NewPassword, origin: From, now: Now) -> Response[SignedIn | SignedInByCookie]:
    """Change my password. My other sessions end, this one goes on under a new token; API tokens are left alone."""
    opened, given = signed_in(change_password(person, chosen.current_password, chosen.password, origin=origin, now=now))
    return Response(200, JSON, opened, cookies=given)


@routes.post("/invitations/accept", status=204, refuses=[LinkClosed, WeakPassword, Outrun])
def post_acceptance(acceptance: Acceptance, origin: From, now: Now) -> Response[None]:
    """Set the first password with the link from an invitation. The link works once."""
    accept_invitation(acceptance.token, acceptance.password, origin=origin, now=now)
    return Response(204)


@routes.post("/password-reset", status=204, refuses=[TooManyResets])
def post_reset(order: ResetOrder, origin: From, now: Now) -> Response[None]:
    """Send a link to set a new password, if there is such a login. The answer is the same if there is none."""
    ask_for_reset(order.login, origin=origin, now=now)
    return Response(204)


@routes.post(
    "/password-reset/confirm",
    refuses=[LinkClosed, WeakPassword, Outrun, TooManyMessages, TooManyCodes, CodesLocked, AddressNotAllowed],
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


@routes.post("/not-me", status=204, refuses=[LinkClosed, Outrun])
def post_disavowal(disavowal: Disavowal, origin: From, now: Now) -> Response[None]:
    """End everything that a stranger opened, with the link from the e-mail about him. The password no longer opens."""
    it_was_not_me(disavowal.token, origin=origin, now=now)
    return Response(204)


lambda_handler = serve(routes)

"""The answers to a sign-in: a challenge, or a session and its secrets."""

from collections.abc import Sequence
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, Field

from shared.auth.session_opening import NewSession
from shared.domain import identifiers
from shared.domain.challenges import FACTORS, Challenge, masked
from shared.domain.identifiers import Token
from shared.domain.sessions import Session
from shared.http import cookies
from shared.http.bodies import JSON
from shared.http.fields import Instant
from shared.observability import logger


class SessionResponse(BaseModel):
    """A session, without its token."""

    user_id: str
    created_at: Instant
    idle_seconds: int
    idle_until: Instant
    ends_at: Instant
    factors: Annotated[list[str], Field(description="What was proved at sign-in: the password and second factors.")]


class OpenedSession(SessionResponse):
    """A new session with its token, which is shown only in this answer."""

    token: str


class SignedInResponse(BaseModel):
    """A session was opened, and its token is in the body.

    A new device also gets a `device_token`: send it with the next sign-in, so that the device is known.
    """

    session: OpenedSession
    device_token: str | None


class SignedInByCookieResponse(BaseModel):
    """A browser's session was opened. Its secrets are in cookies that scripts cannot read."""

    session: SessionResponse


class ChallengeDetails(BaseModel):
    """A request for a second factor. Answer it with POST /verify-code.

    `channel` is the factor that is asked for; a code of any of the `factors` is accepted. `sms_delayed` is true while
    the SMS carrier has problems: offer another factor if there is one.
    """

    id: str
    channel: Annotated[str, Field(json_schema_extra={"enum": list(FACTORS)})]
    factors: list[Annotated[str, Field(json_schema_extra={"enum": list(FACTORS)})]]
    phone: str | None
    expires_at: Instant
    resend_at: Instant | None
    sms_delayed: bool


class ChallengeResponse(BaseModel):
    """The password is right. Prove a second factor next."""

    challenge: ChallengeDetails


def sign_in_response(
    outcome: Challenge | NewSession, *, shown: Sequence[Token], sms_delayed: bool = False
) -> Response[Any]:
    """Return the answer to a right password: a challenge, or a session if no second factor is needed.

    *shown* are the device tokens in the browser's cookie.
    """
    if isinstance(outcome, NewSession):
        return session_opened_response(outcome, shown=shown)
    return Response(200, JSON, ChallengeResponse(challenge=challenge_details(outcome, sms_delayed=sms_delayed)))


def challenge_details(challenge: Challenge, *, sms_delayed: bool = False) -> ChallengeDetails:
    return ChallengeDetails(
        id=challenge.challenge_id,
        channel=challenge.channel,
        factors=challenge.factors.split(),
        phone=masked(challenge.phone) if challenge.phone else None,
        expires_at=challenge.expires_at,
        resend_at=challenge.resend_at if challenge.phone else None,
        sms_delayed=sms_delayed and challenge.phone is not None,
    )


def session_opened_response(
    opened: NewSession, *, shown: Sequence[Token]
) -> Response[SignedInResponse | SignedInByCookieResponse]:
    """Return the only answer with a session's token: in the body for a program, in a cookie for a browser.

    A browser also gets its device tokens again, so that its cookie lasts as long as its devices are remembered. *shown*
    are those that it has.
    """
    session = opened.session
    logger.info("signed_in", user_id=session.user_id, session_id=session.session_id, factors=session.factors)
    view = session_response(session)
    token = identifiers.write(opened.token)
    if session.transport == "cookie":
        kept = cookies.devices_after(shown, session.user_id, opened.device)
        secrets = [cookies.session(token), *([cookies.device(*kept)] if kept else [])]
        return Response(200, JSON, SignedInByCookieResponse(session=view), cookies=secrets)
    device = identifiers.write(opened.device) if opened.device else None
    opened_session = OpenedSession(token=token, **vars(view))
    return Response(200, JSON, SignedInResponse(session=opened_session, device_token=device))


def session_response(session: Session) -> SessionResponse:
    return SessionResponse(
        user_id=session.user_id,
        created_at=session.created_at,
        idle_seconds=int(session.idle.total_seconds()),
        idle_until=session.idle_until,
        ends_at=session.ends_at,
        factors=session.factors.split(),
    )

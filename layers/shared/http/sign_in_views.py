"""What a sign-in answers: a challenge, or a session and its secrets."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.shared.cookies import Cookie
from pydantic import BaseModel, Field

from shared.auth.session_opening import Admission
from shared.domain import identifiers
from shared.domain.challenges import Challenge, masked
from shared.domain.sessions import Session
from shared.http import cookies
from shared.http.bodies import JSON
from shared.http.fields import FACTORS, Instant
from shared.observability import logger


class SessionView(BaseModel):
    """A session as its holder sees it."""

    user_id: str
    created_at: Instant
    idle_seconds: int
    idle_until: Instant
    ends_at: Instant
    factors: list[str]


class OpenedSession(SessionView):
    """A session whose token is told this once."""

    token: str


class SignedIn(BaseModel):
    """A program's session was opened. `device_token` is there for a new device and makes it known next time."""

    session: OpenedSession
    device_token: str | None


class SignedInByCookie(BaseModel):
    """A browser's session was opened; its secrets are in cookies that no script can read."""

    session: SessionView


class ChallengeView(BaseModel):
    """Answer with POST /verify-code. `channel` is what is asked for; any of `factors` will do.

    `sms_delayed` is true while the carrier has trouble: take another factor if there is one.
    """

    id: str
    channel: Annotated[str, Field(json_schema_extra={"enum": list(FACTORS)})]
    factors: list[Annotated[str, Field(json_schema_extra={"enum": list(FACTORS)})]]
    phone: str | None
    expires_at: Instant
    resend_at: Instant | None
    sms_delayed: bool


class Challenged(BaseModel):
    """The password was right; the second factor comes next."""

    challenge: ChallengeView


def entered(outcome: Challenge | Admission, *, sms_delayed: bool = False) -> Response[Any]:
    """What a right password leads to: a challenge, or a session."""
    if isinstance(outcome, Admission):
        opened, given = signed_in(outcome)
        return Response(200, JSON, opened, cookies=given)
    return Response(200, JSON, Challenged(challenge=challenge_view(outcome, sms_delayed=sms_delayed)))


def challenge_view(challenge: Challenge, *, sms_delayed: bool = False) -> ChallengeView:
    return ChallengeView(
        id=challenge.challenge_id,
        channel=challenge.channel,
        factors=challenge.factors.split(),
        phone=masked(challenge.phone) if challenge.phone else None,
        expires_at=challenge.expires_at,
        resend_at=challenge.resend_at if challenge.phone else None,
        sms_delayed=sms_delayed and challenge.phone is not None,
    )


def signed_in(admitted: Admission) -> tuple[SignedIn | SignedInByCookie, list[Cookie]]:
    """The one answer that carries a session's secret: in the body for a program, in a cookie for a browser."""
    session = admitted.session
    logger.info("signed_in", user_id=session.user_id, session_id=session.session_id, factors=session.factors)
    view = session_view(session)
    token = identifiers.write(admitted.token)
    device = identifiers.write(admitted.device) if admitted.device else None
    if session.transport == "cookie":
        return SignedInByCookie(session=view), [cookies.session(token), *([cookies.device(device)] if device else [])]
    return SignedIn(session=OpenedSession(token=token, **vars(view)), device_token=device), []


def session_view(session: Session) -> SessionView:
    return SessionView(
        user_id=session.user_id,
        created_at=session.created_at,
        idle_seconds=int(session.idle.total_seconds()),
        idle_until=session.idle_until,
        ends_at=session.ends_at,
        factors=session.factors.split(),
    )

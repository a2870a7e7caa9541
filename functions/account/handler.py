"""The door to the Security tab: where am I signed in, on which devices, and an end to it."""

from datetime import timedelta
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, Field, field_validator
from pydantic_core import PydanticCustomError

from account import flow
from shared import cookies, policy
from shared.api import (
    BODY_REFUSALS,
    DONE,
    GRANTED,
    SESSION,
    Caller,
    Instant,
    Now,
    SessionView,
    Strict,
    new_api,
    refusals,
    serve,
    session_view,
)
from shared.domain.devices import Device
from shared.errors import NothingThere, NotSignedIn

app = new_api()

SIGNED_IN = (NotSignedIn, *BODY_REFUSALS)


class ListedSession(SessionView):
    """A session that lives, with where it was opened."""

    id: str
    address: str
    user_agent: str
    used_at: Instant
    current: bool


class Sessions(BaseModel):
    """Every session of the caller that lives, the one last used first."""

    sessions: list[ListedSession]


class ListedDevice(BaseModel):
    """A device that signed in before and is known by a token or cookie of its own."""

    id: str
    name: str
    first_seen_at: Instant
    seen_at: Instant


class Devices(BaseModel):
    """Every device of the caller that is known, the one last seen first."""

    devices: list[ListedDevice]


class SessionLength(Strict):
    """How many minutes without use end a session."""

    idle_minutes: Annotated[int, Field(json_schema_extra={"enum": list(policy.SESSION_IDLE_MINUTES)})]

    @field_validator("idle_minutes", mode="before")
    @classmethod
    def must_be_a_choice(cls, value: object) -> object:
        """A number is one of the choices, and nothing but a whole number is a number."""
        if type(value) is not int or value not in policy.SESSION_IDLE_MINUTES:
            raise PydanticCustomError("not_a_choice", "not one of the choices")
        return value


@app.get("/account/sessions", security=SESSION, responses=GRANTED | refusals(NotSignedIn))
def get_sessions(caller: Caller, now: Now) -> Sessions:
    """Where am I signed in?"""
    listed = [
        ListedSession(
            id=session.session_id,
            address=session.address,
            user_agent=session.user_agent,
            used_at=session.used_at,
            current=session.session_id == caller.session.session_id,
            **vars(session_view(session)),
        )
        for session in flow.living_sessions(caller.user, now=now)
    ]
    return Sessions(sessions=listed)


@app.delete(
    "/account/sessions/<session_id>",
    status_code=204,
    security=SESSION,
    responses=DONE | refusals(NothingThere, *SIGNED_IN),
)
def delete_session(caller: Caller, session_id: str) -> Response[None]:
    """End one of my sessions. The next request with it is refused."""
    flow.end_session(caller.user, session_id)
    return Response(204)


@app.post("/account/logout-everywhere", status_code=204, security=SESSION, responses=DONE | refusals(*SIGNED_IN))
def post_logout_everywhere(caller: Caller, now: Now) -> Response[None]:
    """Log out of all devices, this one included, and void every sign-in that is under way."""
    flow.end_all(caller.user, now=now)
    return Response(204, cookies=[cookies.no_session()] if caller.session.transport == "cookie" else [])


@app.post("/account/logout-others", status_code=204, security=SESSION, responses=DONE | refusals(*SIGNED_IN))
def post_logout_others(caller: Caller, now: Now) -> Response[None]:
    """Log out of all devices but this one, and void every sign-in that is under way."""
    flow.end_others(caller.session, now=now)
    return Response(204)


@app.put("/account/session-length", security=SESSION, responses=GRANTED | refusals(*SIGNED_IN))
def put_session_length(caller: Caller, chosen: SessionLength, now: Now) -> SessionView:
    """Choose after how many minutes without use my sessions end: this one from now on, others as they are opened."""
    idle = timedelta(minutes=chosen.idle_minutes)
    return session_view(flow.choose_idle(caller.user, caller.session, idle, now=now))


@app.get("/account/devices", security=SESSION, responses=GRANTED | refusals(NotSignedIn))
def get_devices(caller: Caller, now: Now) -> Devices:
    """Which devices are known?"""
    return Devices(devices=[_view(device) for device in flow.known_devices(caller.user, now=now)])


@app.delete(
    "/account/devices/<device_id>",
    status_code=204,
    security=SESSION,
    responses=DONE | refusals(NothingThere, *SIGNED_IN),
)
def delete_device(caller: Caller, device_id: str) -> Response[None]:
    """Forget a device: its next sign-in is told by e-mail, as a stranger's is. Its sessions go on."""
    flow.forget_device(caller.user, device_id)
    return Response(204)


def _view(device: Device) -> ListedDevice:
    return ListedDevice(
        id=device.device_id, name=device.name, first_seen_at=device.first_seen_at, seen_at=device.seen_at
    )


lambda_handler = serve(app)

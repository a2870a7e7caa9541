"""The door to the Security tab: where am I signed in, on which devices, an end to it, and what an account asks."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, BeforeValidator, EmailStr, Field
from pydantic_core import PydanticCustomError

from account import (
    activity_door,
    change_settings_flow,
    end_sessions_flow,
    ip_lists_door,
    legacy_api_door,
    manage_devices_flow,
    set_session_length_flow,
)
from shared import policy
from shared.domain.accounts import Account
from shared.domain.devices import Device
from shared.errors import (
    LinkClosed,
    NotAllowedHere,
    NothingThere,
    Outrun,
    TooManyResets,
)
from shared.http import cookies
from shared.http.app import serve
from shared.http.dependencies import From, Now, Person
from shared.http.fields import Instant, Strict
from shared.http.routing import Routes
from shared.http.sign_in_views import SessionView, session_view

routes = Routes()
routes.include(activity_door.routes)
routes.include(legacy_api_door.routes)
routes.include(ip_lists_door.routes)


def _one_of(choices: tuple[int, ...]) -> tuple[BeforeValidator, Any]:
    """A number is one of the choices, and nothing but a whole number is a number."""

    def must_be_a_choice(value: object) -> object:
        if type(value) is not int or value not in choices:
            raise PydanticCustomError("not_a_choice", "not one of the choices")
        return value

    return BeforeValidator(must_be_a_choice), Field(json_schema_extra={"enum": list(choices)})


IdleMinutes = Annotated[int, *_one_of(policy.SESSION_IDLE_MINUTES)]
ChangeDays = Annotated[int, *_one_of(policy.PASSWORD_CHANGE_DAYS)]


class ListedSession(SessionView):
    """A session that lives, with where it was opened."""

    id: str
    address: str
    user_agent: str
    used_at: Instant
    current: bool


class SessionsResponse(BaseModel):
    """Every session of the caller that lives, the one last used first."""

    sessions: list[ListedSession]


class ListedDevice(BaseModel):
    """A device that signed in before and is known by a token or cookie of its own."""

    id: str
    name: str
    first_seen_at: Instant
    seen_at: Instant


class DevicesResponse(BaseModel):
    """Every device of the caller that is known, the one last seen first."""

    devices: list[ListedDevice]


class SessionLength(Strict):
    """How many minutes without use end a session."""

    idle_minutes: IdleMinutes


class EmailOrder(Strict):
    """The address that mails are to go to."""

    email: Annotated[EmailStr, Field(max_length=policy.MAX_LOGIN_CHARACTERS)]


class EmailProof(Strict):
    """The token of the link that was sent to the new address."""

    token: Annotated[str, Field(min_length=1, max_length=policy.MAX_LOGIN_CHARACTERS)]


class Policy(Strict):
    """What the account asks of everybody in it.

    `smsapi` is the platform's published rule for passwords, `nist` asks for length in place of capitals and digits.
    With `remind` a password that is so many days old is told of by e-mail, with `force` a sign-in after that can do
    nothing but change it.
    """

    password_profile: Literal["smsapi", "nist"]
    password_change: Literal["off", "remind", "force"]
    password_change_days: ChangeDays
    longest_idle_minutes: IdleMinutes


@routes.get("/account/sessions")
def get_sessions(person: Person, now: Now) -> SessionsResponse:
    """Where am I signed in?"""
    listed = [
        ListedSession(
            id=session.session_id,
            address=session.address,
            user_agent=session.user_agent,
            used_at=session.used_at,
            current=session.session_id == person.session.session_id,
            **vars(session_view(session)),
        )
        for session in end_sessions_flow.living_sessions(person, now=now)
    ]
    return SessionsResponse(sessions=listed)


@routes.delete("/account/sessions/{session_id}", status=204, refuses=[NothingThere, Outrun])
def delete_session(person: Person, session_id: str, origin: From, now: Now) -> Response[None]:
    """End one of my sessions. The next request with it is refused."""
    end_sessions_flow.end_session(person, session_id, origin=origin, now=now)
    return Response(204)


@routes.post("/account/logout-everywhere", status=204, refuses=[Outrun])
def post_logout_everywhere(person: Person, origin: From, now: Now) -> Response[None]:
    """Log out of all devices, this one included, and void every sign-in that is under way."""
    end_sessions_flow.end_all(person, origin=origin, now=now)
    return Response(204, cookies=[cookies.no_session()] if person.session.transport == "cookie" else [])


@routes.post("/account/logout-others", status=204, refuses=[Outrun])
def post_logout_others(person: Person, origin: From, now: Now) -> Response[None]:
    """Log out of all devices but this one, and void every sign-in that is under way."""
    end_sessions_flow.end_others(person, origin=origin, now=now)
    return Response(204)


@routes.put("/account/session-length", refuses=[NotAllowedHere, Outrun])
def put_session_length(person: Person, chosen: SessionLength, origin: From, now: Now) -> SessionView:
    """Choose after how many minutes without use my sessions end: this one from now on, others as they are opened."""
    idle = timedelta(minutes=chosen.idle_minutes)
    return session_view(set_session_length_flow.choose_idle(person, idle, origin=origin, now=now))


@routes.get("/account/devices")
def get_devices(person: Person, now: Now) -> DevicesResponse:
    """Which devices are known?"""
    return DevicesResponse(
        devices=[_view(device) for device in manage_devices_flow.known_devices(person.user, now=now)]
    )


@routes.delete("/account/devices/{device_id}", status=204, refuses=[NothingThere, Outrun])
def delete_device(person: Person, device_id: str, origin: From, now: Now) -> Response[None]:
    """Forget a device: its next sign-in is told by e-mail, as a stranger's is. Its sessions go on."""
    manage_devices_flow.forget_device(person, device_id, origin=origin, now=now)
    return Response(204)


@routes.post("/account/email", status=204, refuses=[TooManyResets, Outrun])
def post_email(person: Person, order: EmailOrder, origin: From, now: Now) -> Response[None]:
    """Change my e-mail address: a link goes to the new one, and opening it makes the change."""
    change_settings_flow.ask_email(person, order.email, origin=origin, now=now)
    return Response(204)


@routes.post("/email/confirm", status=204, refuses=[LinkClosed, Outrun])
def post_email_confirmation(proof: EmailProof, origin: From, now: Now) -> Response[None]:
    """Prove the new address with the link that was sent there. Both addresses are told."""
    change_settings_flow.prove_email(proof.token, origin=origin, now=now)
    return Response(204)


@routes.get("/account/policy")
def get_policy(person: Person) -> Policy:
    """What does my account ask of everybody in it?"""
    return _policy(person.account)


@routes.put("/account/policy", refuses=[Outrun])
def put_policy(person: Person, wanted: Policy, origin: From, now: Now) -> Policy:
    """Decide what the account asks of everybody in it. Only its owner may."""
    after = replace(
        person.account,
        profile=wanted.password_profile,
        change=wanted.password_change,
        change_every=timedelta(days=wanted.password_change_days),
        longest_idle=timedelta(minutes=wanted.longest_idle_minutes),
    )
    return _policy(change_settings_flow.decide(person, after, origin=origin, now=now))


def _policy(account: Account) -> Policy:
    return Policy.model_validate(
        {
            "password_profile": account.profile,
            "password_change": account.change,
            "password_change_days": account.change_every.days,
            "longest_idle_minutes": account.longest_idle // timedelta(minutes=1),
        }
    )


def _view(device: Device) -> ListedDevice:
    return ListedDevice(
        id=device.device_id, name=device.name, first_seen_at=device.first_seen_at, seen_at=device.seen_at
    )


lambda_handler = serve(routes)

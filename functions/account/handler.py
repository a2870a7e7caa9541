"""The door of the Security tab: sessions, devices and the account's policy."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.shared.cookies import Cookie
from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from account import (
    activity_door,
    decide_policy_flow,
    delivery_reports_door,
    email_door,
    end_sessions_flow,
    ip_lists_door,
    legacy_api_door,
    manage_devices_flow,
    require_factor_flow,
    sending_door,
    set_session_length_flow,
    suspended_door,
)
from shared import policy
from shared.auth.sessions import Person as SignedIn
from shared.auth.sessions import SessionOver
from shared.domain.accounts import Account
from shared.domain.devices import Device
from shared.domain.identifiers import RECORD_CHARACTERS
from shared.errors import (
    InvalidRequest,
    NotAllowedHere,
    NotFound,
    Outrun,
    StepUpNeeded,
    TooManyEndings,
)
from shared.http import cookies
from shared.http.app import serve
from shared.http.dependencies import From, Now, Person, PersonOrOver
from shared.http.fields import Instant, Strict
from shared.http.routing import Routes
from shared.http.sign_in_views import SessionResponse, session_response

routes = Routes()
routes.include(activity_door.routes)
routes.include(email_door.routes)
routes.include(suspended_door.routes)
routes.include(legacy_api_door.routes)
routes.include(sending_door.routes)
routes.include(delivery_reports_door.routes)
routes.include(ip_lists_door.routes)


def _one_of(choices: tuple[int, ...]) -> tuple[BeforeValidator, Any]:
    """Return a validator of an integer that must be one of *choices*, and their list for the contract."""

    def must_be_a_choice(value: object) -> object:
        if type(value) is not int or value not in choices:
            raise PydanticCustomError("not_a_choice", "not one of the choices")
        return value

    return BeforeValidator(must_be_a_choice), Field(json_schema_extra={"enum": list(choices)})


IdleMinutes = Annotated[int, *_one_of(policy.SESSION_IDLE_MINUTES)]
DeviceCursor = Annotated[
    str,
    Field(
        pattern=f"^[0-9A-Za-z]{{{RECORD_CHARACTERS}}}$",
        max_length=RECORD_CHARACTERS,
        examples=["7hY3kQ9zLm2Xc8Vb" + "0" * (RECORD_CHARACTERS - 16)],
    ),
]
Day = Annotated[date, WithJsonSchema({"type": "string", "format": "date", "maxLength": len("2026-01-31")})]
ChangeDays = Annotated[int, *_one_of(policy.PASSWORD_CHANGE_DAYS)]


class ListedSession(SessionResponse):
    """A session that has not ended, and where it was opened."""

    id: str
    address: str
    user_agent: str
    used_at: Instant
    current: bool


class SessionsResponse(BaseModel):
    """The caller's sessions that have not ended, the most recently used first."""

    sessions: list[ListedSession]


class ListedDevice(BaseModel):
    """A device that signed in before, which its own token or cookie identifies."""

    id: str
    name: str
    first_seen_at: Instant
    seen_at: Instant


class DevicesResponse(BaseModel):
    """A page of the caller's known devices, the most recently seen first. The last page has no `next`."""

    devices: list[ListedDevice]
    next: str | None


class SetSessionLengthRequest(Strict):
    """After how many minutes without use a session ends."""

    idle_minutes: IdleMinutes


class ReplacePolicyRequest(Strict):
    """The rules that every user of the account has to follow.

    Passwords follow the platform's published rules (`smsapi`), or those of NIST (`nist`), which ask for length in
    place of capitals and digits. Once a password is `password_change_days` old, `remind` sends a reminder by e-mail,
    and `force` lets a session do nothing but change it. From `second_factor_required_from` on, at midnight UTC, a
    session of a user without a second factor can do nothing but enable one; null requires none. With
    `check_breached_passwords` a password is looked for among leaked ones after a sign-in, if the operator configured a
    list; one that is found must be changed at the next sign-in. These two stay as they are if they are left out.
    """

    password_profile: Literal["smsapi", "nist"]
    password_change: Literal["off", "remind", "force"]
    password_change_days: ChangeDays
    longest_idle_minutes: IdleMinutes
    second_factor_required_from: Day | None = None
    check_breached_passwords: bool = False


class UserWithoutFactor(BaseModel):
    """A user of the account who has no second factor."""

    user_id: str
    login: str
    owner: bool


class UsersWithoutFactorResponse(BaseModel):
    """The enabled users of the account who have no second factor, by login."""

    users: list[UserWithoutFactor]


class PolicyResponse(ReplacePolicyRequest):
    """The rules that every user of the account has to follow."""


@routes.get("/account/sessions")
def get_sessions(person: Person, now: Now) -> SessionsResponse:
    """List the caller's sessions: those that have not ended, the most recently used first."""
    listed = [
        ListedSession(
            id=session.session_id,
            address=session.address,
            user_agent=session.user_agent,
            used_at=session.used_at,
            current=session.session_id == person.session.session_id,
            **vars(session_response(session)),
        )
        for session in end_sessions_flow.living_sessions(person, now=now)
    ]
    return SessionsResponse(sessions=listed)


@routes.delete("/account/sessions/{session_id}", status=204, refuses=[NotFound, Outrun])
def delete_session(person: PersonOrOver, session_id: str, origin: From, now: Now) -> Response[None]:
    """End one session. The next request with it is refused.

    If it is the browser's own, the cookie is removed. The answer is 204 even if a session that ends itself is over.
    """
    is_own = session_id == person.session.session_id
    if isinstance(person, SignedIn):
        end_sessions_flow.end_session(person, session_id, origin=origin, now=now)
    elif not is_own:
        raise person
    return Response(204, cookies=_cookie_removed(person) if is_own else [])


@routes.post("/account/logout-everywhere", status=204, refuses=[Outrun])
def post_logout_everywhere(person: PersonOrOver, origin: From, now: Now) -> Response[None]:
    """End all sessions. This includes the session of the request, and sign-ins that are not completed yet.

    A session that is over ends no others, so with one the answer is 204 only if no other is open.
    """
    if isinstance(person, SignedIn):
        end_sessions_flow.end_all(person, origin=origin, now=now)
    elif end_sessions_flow.has_living_session(person, now=now):
        raise person
    return Response(204, cookies=_cookie_removed(person))


@routes.post("/account/logout-others", status=204, refuses=[TooManyEndings, Outrun])
def post_logout_others(person: Person, origin: From, now: Now) -> Response[None]:
    """End all other sessions. Sign-ins that are not completed yet are cancelled too."""
    end_sessions_flow.end_others(person, origin=origin, now=now)
    return Response(204)


@routes.put("/account/session-length", refuses=[NotAllowedHere, Outrun, StepUpNeeded])
def put_session_length(person: Person, request: SetSessionLengthRequest, origin: From, now: Now) -> SessionResponse:
    """Set the session length: after how many minutes without use a session ends.

    It applies to the session of the request at once, and to sessions that are opened later. A longer one than before
    needs a recent step-up.
    """
    idle = timedelta(minutes=request.idle_minutes)
    return session_response(set_session_length_flow.choose_idle(person, idle, origin=origin, now=now))


@routes.get("/account/devices", refuses=[InvalidRequest])
def get_devices(
    person: Person,
    now: Now,
    *,
    cursor: Annotated[DeviceCursor | None, Query(description="The value of `next` on the previous page.")] = None,
) -> DevicesResponse:
    """List known devices.

    A sign-in from a device that is not in this list sends its user an e-mail.
    """
    known, last = manage_devices_flow.known_devices(person.user, after=cursor or "", now=now)
    return DevicesResponse(devices=[_listed(device) for device in known], next=last)


@routes.delete("/account/devices/{device_id}", status=204, refuses=[NotFound, Outrun])
def delete_device(person: Person, device_id: str, origin: From, now: Now) -> Response[None]:
    """Forget a device. Its next sign-in is reported by e-mail, as from a new device. Its sessions do not end."""
    manage_devices_flow.forget_device(person, device_id, origin=origin, now=now)
    return Response(204)


@routes.get("/account/policy")
def get_policy(person: Person) -> PolicyResponse:
    """Get the account's policy: what it requires of every user."""
    return _policy(person.account)


@routes.put("/account/policy", refuses=[Outrun])
def put_policy(person: Person, request: ReplacePolicyRequest, origin: From, now: Now) -> PolicyResponse:
    """Replace the account's policy: what it requires of every user. Only the owner may do this."""
    after = replace(
        person.account,
        profile=request.password_profile,
        change=request.password_change,
        change_every=timedelta(days=request.password_change_days),
        longest_idle=timedelta(minutes=request.longest_idle_minutes),
        factor_from=_factor_from(request, person.account),
        checks_breaches=_checks_breaches(request, person.account),
    )
    return _policy(decide_policy_flow.decide(person, after, origin=origin, now=now))


def _cookie_removed(person: SignedIn | SessionOver) -> list[Cookie]:
    """Return what makes a browser forget its session; nothing for a program."""
    return [cookies.no_session()] if person.session.transport == "cookie" else []


@routes.get("/account/factors/missing")
def get_missing_factors(person: Person) -> UsersWithoutFactorResponse:
    """List the users of the account who have no second factor. Only the owner may do this."""
    return UsersWithoutFactorResponse(
        users=[
            UserWithoutFactor(user_id=user.user_id, login=user.login, owner=user.owner)
            for user in require_factor_flow.without_factor(person)
        ]
    )


def _factor_from(request: ReplacePolicyRequest, before: Account) -> datetime | None:
    """Return from when on a second factor is required. A client that does not know the field changes nothing."""
    if "second_factor_required_from" not in request.model_fields_set:
        return before.factor_from
    day = request.second_factor_required_from
    return datetime.combine(day, time.min, UTC) if day else None


def _checks_breaches(request: ReplacePolicyRequest, before: Account) -> bool:
    """Return whether leaked passwords are looked for. A client that does not know the field changes nothing."""
    is_sent = "check_breached_passwords" in request.model_fields_set
    return request.check_breached_passwords if is_sent else before.checks_breaches


def _policy(account: Account) -> PolicyResponse:
    return PolicyResponse.model_validate(
        {
            "password_profile": account.profile,
            "password_change": account.change,
            "password_change_days": account.change_every.days,
            "longest_idle_minutes": account.longest_idle // timedelta(minutes=1),
            "second_factor_required_from": account.factor_from.date() if account.factor_from else None,
            "check_breached_passwords": account.checks_breaches,
        }
    )


def _listed(device: Device) -> ListedDevice:
    return ListedDevice(
        id=device.device_id, name=device.name, first_seen_at=device.first_seen_at, seen_at=device.seen_at
    )


lambda_handler = serve(routes)

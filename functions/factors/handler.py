"""The door of second factors: SMS, an authenticator app and recovery codes."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, Field

from factors import flow
from shared import policy
from shared.domain.challenges import masked
from shared.domain.users import User
from shared.errors import (
    ChallengeClosed,
    CodesLocked,
    EnrolmentClosed,
    FactorNeeded,
    NotFound,
    NotMobile,
    Outrun,
    PhoneCountryRefused,
    PhoneInUse,
    TooManyChallenges,
    TooManyCodes,
    TooManyMessages,
    WrongCode,
)
from shared.http.app import serve
from shared.http.dependencies import From, Now, Person
from shared.http.fields import ChallengeId, Code, Strict
from shared.http.routing import Routes
from shared.http.sign_in_views import ChallengeResponse, challenge_details

routes = Routes()


RISK_NOTICE = (
    "SMS protects less than an authenticator app: somebody can get a new SIM card for your number, and messages can be "
    "intercepted. Use an app if you can, and keep SMS as a second way to sign in."
)
"""Shown wherever SMS is switched on (ASVS V6.6.1, NIST SP 800-63B-4 3.2.9)."""


class EnrolSmsRequest(Strict):
    """The mobile number to send codes to, with its country code."""

    phone: Annotated[str, Field(min_length=1, max_length=policy.MAX_PHONE_CHARACTERS, examples=["+48 600 100 200"])]


class ConfirmSmsRequest(Strict):
    """The code that was sent to the new number."""

    challenge_id: ChallengeId
    code: Code


class ConfirmTotpRequest(Strict):
    """A code made by the new authenticator app."""

    code: Code


class SmsFactorState(BaseModel):
    """The number that codes are sent to, with its middle digits hidden."""

    phone: str
    risk_notice: str = RISK_NOTICE


class FactorsResponse(BaseModel):
    """The user's second factors. Recovery codes only stand in for another factor."""

    sms: SmsFactorState | None
    totp: bool
    recovery_codes_left: int


class SmsEnrolmentResponse(ChallengeResponse):
    """The challenge for the code that was sent to the number."""

    risk_notice: str = RISK_NOTICE


class TotpEnrolmentResponse(BaseModel):
    """The secret for an authenticator app, shown only in this answer: to type, as a URI and as a QR code."""

    secret: str
    provisioning_uri: str
    qr_svg: str


class RecoveryCodesResponse(BaseModel):
    """The new recovery codes, shown only in this answer. Each works once in place of a second factor."""

    recovery_codes: list[str]


@routes.get("/account/factors")
def get_factors(person: Person) -> FactorsResponse:
    """Get the second factors of the caller."""
    return _response(person.user, flow.codes_left(person.user))


@routes.post(
    "/account/factors/sms",
    refuses=[
        Outrun,
        NotMobile,
        PhoneCountryRefused,
        PhoneInUse,
        TooManyMessages,
        TooManyChallenges,
        TooManyCodes,
        CodesLocked,
    ],
)
def post_sms(person: Person, request: EnrolSmsRequest, origin: From, now: Now) -> SmsEnrolmentResponse:
    """Enrol SMS as a second factor, or change its number: a code is sent to the new number."""
    challenge = flow.ask_phone(person, request.phone, origin=origin, now=now)
    return SmsEnrolmentResponse(challenge=challenge_details(challenge))


@routes.post(
    "/account/factors/sms/confirm",
    refuses=[Outrun, WrongCode, PhoneInUse, TooManyCodes, CodesLocked, ChallengeClosed],
)
def post_sms_confirmation(person: Person, request: ConfirmSmsRequest, origin: From, now: Now) -> FactorsResponse:
    """Confirm the number for SMS with the code that was sent to it.

    Every sign-in needs a second factor from now on, and the user's other sessions end.
    """
    left = flow.codes_left(person.user)
    return _response(flow.prove_phone(person, request.challenge_id, request.code, origin=origin, now=now), left)


@routes.delete("/account/factors/sms", status=204, refuses=[Outrun, NotFound])
def delete_sms(person: Person, origin: From, now: Now) -> Response[None]:
    """Delete SMS as a second factor. The user's other sessions end."""
    flow.drop(person, "sms", origin=origin, now=now)
    return Response(204)


@routes.post("/account/factors/totp", refuses=[Outrun])
def post_totp(person: Person, now: Now) -> TotpEnrolmentResponse:
    """Enrol an authenticator app: get a new secret for it. It is used once a code of the app confirms it."""
    made = flow.enrol_app(person, now=now)
    return TotpEnrolmentResponse(secret=made.secret, provisioning_uri=made.uri, qr_svg=made.svg)


@routes.post("/account/factors/totp/confirm", refuses=[Outrun, WrongCode, TooManyCodes, CodesLocked, EnrolmentClosed])
def post_totp_confirmation(person: Person, request: ConfirmTotpRequest, origin: From, now: Now) -> FactorsResponse:
    """Confirm the authenticator app with a code that it made.

    It is the first factor to be asked for at every sign-in from now on, and the user's other sessions end.
    """
    left = flow.codes_left(person.user)
    return _response(flow.prove_app(person, request.code, origin=origin, now=now), left)


@routes.delete("/account/factors/totp", status=204, refuses=[Outrun, NotFound])
def delete_totp(person: Person, origin: From, now: Now) -> Response[None]:
    """Delete the authenticator app as a second factor. The user's other sessions end."""
    flow.drop(person, "totp", origin=origin, now=now)
    return Response(204)


@routes.post("/account/factors/recovery-codes", refuses=[Outrun, FactorNeeded])
def post_recovery_codes(person: Person, origin: From, now: Now) -> RecoveryCodesResponse:
    """Create recovery codes. All older ones stop working, and the user's other sessions end."""
    return RecoveryCodesResponse(recovery_codes=flow.make_codes(person, origin=origin, now=now))


def _response(user: User, codes_left: int) -> FactorsResponse:
    return FactorsResponse(
        sms=SmsFactorState(phone=masked(user.phone)) if user.phone else None,
        totp=user.has_totp,
        recovery_codes_left=codes_left,
    )


lambda_handler = serve(routes)

"""The door to second factors: SMS, an authenticator app, and recovery codes."""

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
    NothingThere,
    NotMobile,
    Outrun,
    TooManyCodes,
    TooManyMessages,
    WrongCode,
)
from shared.http.app import serve
from shared.http.dependencies import From, Now, Person
from shared.http.fields import ChallengeId, Code, Strict
from shared.http.routing import Routes
from shared.http.sign_in_views import Challenged, challenge_view

routes = Routes()


RISK_NOTICE = (
    "SMS protects less than an authenticator app: a number can be taken over by somebody who gets a new SIM card for "
    "it, and a message can be read on its way. Use an app where you can, and keep SMS as a second way in."
)
"""Told wherever SMS is switched on (ASVS V6.6.1, NIST SP 800-63B-4 3.2.9)."""


class PhoneOrder(Strict):
    """A mobile number with its country code."""

    phone: Annotated[str, Field(min_length=1, max_length=policy.MAX_PHONE_CHARACTERS, examples=["+48 600 100 200"])]


class PhoneProof(Strict):
    """The code that was sent to the new number."""

    challenge_id: ChallengeId
    code: Code


class AppProof(Strict):
    """A code of the new authenticator app."""

    code: Code


class Sms(BaseModel):
    """Codes go to this number, shown in part."""

    phone: str
    risk_notice: str = RISK_NOTICE


class Factors(BaseModel):
    """What proves me beside my password. Recovery codes count only beside another factor."""

    sms: Sms | None
    totp: bool
    recovery_codes_left: int


class PhoneChallenged(Challenged):
    """A code is on its way to the number."""

    risk_notice: str = RISK_NOTICE


class NewApp(BaseModel):
    """What an authenticator app needs, told this once: as a picture to scan, as an address, and to type by hand."""

    secret: str
    provisioning_uri: str
    qr_svg: str


class RecoveryCodesResponse(BaseModel):
    """Each works once in place of a second factor. They are told this once: print them."""

    recovery_codes: list[str]


@routes.get("/account/factors")
def get_factors(person: Person) -> Factors:
    """Which second factors do I have?"""
    return _view(person.user, flow.codes_left(person.user))


@routes.post("/account/factors/sms", refuses=[Outrun, NotMobile, TooManyMessages, TooManyCodes, CodesLocked])
def post_sms(person: Person, order: PhoneOrder, now: Now) -> PhoneChallenged:
    """Send a code to a mobile number, to switch SMS on or to change the number."""
    return PhoneChallenged(challenge=challenge_view(flow.ask_phone(person, order.phone, now=now)))


@routes.post("/account/factors/sms/confirm", refuses=[Outrun, WrongCode, TooManyCodes, CodesLocked, ChallengeClosed])
def post_sms_confirmation(person: Person, proof: PhoneProof, origin: From, now: Now) -> Factors:
    """Prove the number. From now on every sign-in needs a second factor; my other sessions end."""
    left = flow.codes_left(person.user)
    return _view(flow.prove_phone(person, proof.challenge_id, proof.code, origin=origin, now=now), left)


@routes.delete("/account/factors/sms", status=204, refuses=[Outrun, NothingThere])
def delete_sms(person: Person, origin: From, now: Now) -> Response[None]:
    """Switch SMS off. My other sessions end."""
    flow.drop_phone(person, origin=origin, now=now)
    return Response(204)


@routes.post("/account/factors/totp", refuses=[Outrun])
def post_totp(person: Person, now: Now) -> NewApp:
    """A new secret for an authenticator app. It counts once a code made with it has come back."""
    made = flow.enrol_app(person, now=now)
    return NewApp(secret=made.secret, provisioning_uri=made.uri, qr_svg=made.svg)


@routes.post("/account/factors/totp/confirm", refuses=[Outrun, WrongCode, TooManyCodes, CodesLocked, EnrolmentClosed])
def post_totp_confirmation(person: Person, proof: AppProof, origin: From, now: Now) -> Factors:
    """Prove the app. From now on it is asked for first at every sign-in; my other sessions end."""
    left = flow.codes_left(person.user)
    return _view(flow.prove_app(person, proof.code, origin=origin, now=now), left)


@routes.delete("/account/factors/totp", status=204, refuses=[Outrun, NothingThere])
def delete_totp(person: Person, origin: From, now: Now) -> Response[None]:
    """Switch the authenticator app off. My other sessions end."""
    flow.drop_app(person, origin=origin, now=now)
    return Response(204)


@routes.post("/account/factors/recovery-codes", refuses=[Outrun, FactorNeeded])
def post_recovery_codes(person: Person, origin: From, now: Now) -> RecoveryCodesResponse:
    """Ten new recovery codes. All older ones are void, and my other sessions end."""
    return RecoveryCodesResponse(recovery_codes=flow.make_codes(person, origin=origin, now=now))


def _view(user: User, codes_left: int) -> Factors:
    return Factors(
        sms=Sms(phone=masked(user.phone)) if user.phone else None,
        totp=user.has_totp,
        recovery_codes_left=codes_left,
    )


lambda_handler = serve(routes)

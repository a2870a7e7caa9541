"""The door of second factors at sign-in: /verify-code and /verify-code/resend."""

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from shared import policy
from shared.domain.challenges import Challenge
from shared.errors import (
    AccountSuspended,
    AddressNotAllowed,
    ChallengeClosed,
    CodesLocked,
    FactorUnavailable,
    ResendTooSoon,
    TooManyCodes,
    TooManyMessages,
    TooManyNewDevices,
    WrongCode,
)
from shared.http import preflight
from shared.http.app import serve
from shared.http.dependencies import DevicesShown, From, Now, Raw
from shared.http.fields import AnyCode, ChallengeId, Factor, Instant, Strict
from shared.http.routing import Routes
from shared.http.sign_in_views import SignedInByCookieResponse, SignedInResponse, session_opened_response
from verify_code.flow import find_attempt, find_resendable, resend_code, verify_code

routes = Routes()


class VerifyCodeRequest(Strict):
    """The answer to a challenge: a code of one of its factors.

    Without `factor` the code is taken as one of the challenge's `channel`. A recovery code is recognised by its
    length. Spaces, dashes and full-width digits are accepted.
    """

    challenge_id: ChallengeId
    code: AnyCode
    factor: Factor | None = None

    @property
    def factor_of_code(self) -> str | None:
        """The factor that the code belongs to, or None for the one that was asked for."""
        return "recovery_code" if len(self.code) == policy.RECOVERY_CODE_CHARACTERS else self.factor


class ResendCodeRequest(Strict):
    """The challenge that needs a new code."""

    challenge_id: ChallengeId


class ResendCodeResponse(BaseModel):
    """When the new code expires, and when another one can be sent."""

    expires_at: Instant
    resend_at: Instant


@routes.post(
    "/verify-code",
    refuses=[
        AccountSuspended,
        WrongCode,
        FactorUnavailable,
        ChallengeClosed,
        TooManyCodes,
        TooManyNewDevices,
        CodesLocked,
        AddressNotAllowed,
    ],
)
def post_verify_code(
    request: VerifyCodeRequest, event: Raw, shown: DevicesShown, origin: From, now: Now
) -> Response[SignedInResponse | SignedInByCookieResponse]:
    """Answer a challenge with a code, and get a session. Of codes sent by SMS only the newest is accepted."""
    attempt = find_attempt(request.challenge_id, request.factor_of_code, now=now)
    _must_be_from_panel(attempt.challenge, event)
    return session_opened_response(verify_code(attempt, request.code, origin=origin, now=now), shown=shown)


@routes.post(
    "/verify-code/resend",
    refuses=[
        AccountSuspended,
        WrongCode,
        FactorUnavailable,
        ChallengeClosed,
        ResendTooSoon,
        TooManyMessages,
        TooManyCodes,
        CodesLocked,
    ],
)
def post_resend(request: ResendCodeRequest, event: Raw, now: Now) -> ResendCodeResponse:
    """Send a new code for a challenge. A code that was sent before is no longer accepted."""
    challenge = find_resendable(request.challenge_id, now=now)
    _must_be_from_panel(challenge, event)
    after = resend_code(challenge, now=now)
    return ResendCodeResponse(expires_at=after.expires_at, resend_at=after.resend_at)


def _must_be_from_panel(challenge: Challenge, event: Raw) -> None:
    """Raise CrossSite if a browser's sign-in is continued from elsewhere than the panel."""
    if challenge.transport == "cookie":
        preflight.must_be_same_origin(event)


lambda_handler = serve(routes)

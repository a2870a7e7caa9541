"""The door for codes: /verify-code and /verify-code/resend."""

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from shared import policy
from shared.domain.challenges import Challenge
from shared.errors import (
    AddressNotAllowed,
    ChallengeClosed,
    CodesLocked,
    FactorUnavailable,
    ResendTooSoon,
    TooManyCodes,
    TooManyMessages,
    WrongCode,
)
from shared.http import preflight
from shared.http.app import serve
from shared.http.bodies import JSON
from shared.http.dependencies import From, Now, Raw
from shared.http.fields import AnyCode, ChallengeId, Factor, Instant, Strict
from shared.http.routing import Routes
from shared.http.sign_in_views import SignedIn, SignedInByCookie, signed_in
from verify_code.flow import find_attempt, find_resendable, resend_code, verify_code

routes = Routes()


class CodeAnswer(Strict):
    """A challenge and the code of one of its factors; without `factor` it is the one that was asked for.

    Blanks, dashes and full-width digits are forgiven. A recovery code is known by its length.
    """

    challenge_id: ChallengeId
    code: AnyCode
    factor: Factor | None = None

    @property
    def meant(self) -> str | None:
        return "recovery_code" if len(self.code) == policy.RECOVERY_CODE_CHARACTERS else self.factor


class ResendOrder(Strict):
    """The challenge whose code did not arrive."""

    challenge_id: ChallengeId


class Resent(BaseModel):
    """A new code is on its way; the one before is void."""

    expires_at: Instant
    resend_at: Instant


@routes.post(
    "/verify-code",
    refuses=[WrongCode, FactorUnavailable, ChallengeClosed, TooManyCodes, CodesLocked, AddressNotAllowed],
)
def post_verify_code(answer: CodeAnswer, event: Raw, origin: From, now: Now) -> Response[SignedIn | SignedInByCookie]:
    """Answer a challenge with a code, the newest where it was sent, and get a session."""
    attempt = find_attempt(answer.challenge_id, answer.meant, now=now)
    _must_be_from_its_page(attempt.challenge, event)
    opened, given = signed_in(verify_code(attempt, answer.code, origin=origin, now=now))
    return Response(200, JSON, opened, cookies=given)


@routes.post(
    "/verify-code/resend",
    refuses=[WrongCode, FactorUnavailable, ChallengeClosed, ResendTooSoon, TooManyMessages, TooManyCodes, CodesLocked],
)
def post_resend(order: ResendOrder, event: Raw, now: Now) -> Resent:
    """Send a new code for the same challenge, or the first one. An old one is void from this moment."""
    challenge = find_resendable(order.challenge_id, now=now)
    _must_be_from_its_page(challenge, event)
    after = resend_code(challenge, now=now)
    return Resent(expires_at=after.expires_at, resend_at=after.resend_at)


def _must_be_from_its_page(challenge: Challenge, event: Raw) -> None:
    """A sign-in that a browser began ends in that browser, on the panel's own page."""
    if challenge.transport == "cookie":
        preflight.must_be_same_origin(event)


lambda_handler = serve(routes)

"""The door for codes: /verify-code and /verify-code/resend."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from pydantic import AfterValidator, BaseModel, Field

from shared import policy, requests
from shared.api import (
    BODY_REFUSALS,
    GRANTED,
    JSON,
    From,
    Instant,
    Now,
    Raw,
    SignedIn,
    SignedInByCookie,
    Strict,
    new_api,
    refusals,
    serve,
    signed_in,
)
from shared.domain.challenges import Challenge, clean
from shared.errors import (
    ChallengeClosed,
    CodesLocked,
    ResendTooSoon,
    TooManyCodes,
    TooManyMessages,
    WrongCode,
)
from verify_code.flow import find_challenge, resend_code, verify_code

app = new_api()

ChallengeId = Annotated[str, Field(min_length=1, max_length=64)]
Code = Annotated[str, Field(max_length=32), AfterValidator(clean), Field(pattern=f"^[0-9]{{{policy.CODE_DIGITS}}}$")]


class CodeAnswer(Strict):
    """A challenge and the code that was sent for it. Blanks, dashes and full-width digits are forgiven."""

    challenge_id: ChallengeId
    code: Code


class ResendOrder(Strict):
    """The challenge whose code did not arrive."""

    challenge_id: ChallengeId


class Resent(BaseModel):
    """A new code is on its way; the one before is void."""

    expires_at: Instant
    resend_at: Instant


@app.post(
    "/verify-code",
    responses=GRANTED | refusals(WrongCode, ChallengeClosed, TooManyCodes, CodesLocked, *BODY_REFUSALS),
)
def post_verify_code(answer: CodeAnswer, event: Raw, origin: From, now: Now) -> Response[SignedIn | SignedInByCookie]:
    """Answer a challenge with the code that was sent last, and get a session."""
    challenge = find_challenge(answer.challenge_id, now=now)
    _must_be_from_its_page(challenge, event)
    opened, given = signed_in(verify_code(challenge, answer.code, origin=origin, now=now))
    return Response(200, JSON, opened, cookies=given)


@app.post(
    "/verify-code/resend",
    responses=GRANTED
    | refusals(WrongCode, ChallengeClosed, ResendTooSoon, TooManyMessages, TooManyCodes, CodesLocked, *BODY_REFUSALS),
)
def post_resend(order: ResendOrder, event: Raw, now: Now) -> Resent:
    """Send a new code for the same challenge. The old one is void from this moment."""
    challenge = find_challenge(order.challenge_id, now=now)
    _must_be_from_its_page(challenge, event)
    after = resend_code(challenge, now=now)
    return Resent(expires_at=after.expires_at, resend_at=after.resend_at)


def _must_be_from_its_page(challenge: Challenge, event: Raw) -> None:
    """A sign-in that a browser began ends in that browser, on the panel's own page."""
    if challenge.transport == "cookie":
        requests.must_be_same_origin(event)


lambda_handler = serve(app)

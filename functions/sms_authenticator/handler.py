"""The door of SMS Authenticator with SMSAPI's requests and answers: /mfa/codes and /mfa/codes/verifications."""

import re
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, Field

from shared import policy, settings
from shared.domain import phone_numbers
from shared.domain.messages import Recipient
from shared.domain.mfa_codes import must_have_placeholder, read_code
from shared.domain.sender_names import is_default
from shared.errors import (
    AbroadRefused,
    CodeEmpty,
    CodeExpired,
    CodeMalformed,
    CodeNotFound,
    ContentWithoutCode,
    CountryRefused,
    InvalidPhoneNumber,
    KeyMalformed,
    KeyReused,
    LimitReached,
    NoPoints,
    NotMobile,
    NumberRepeated,
    Outrun,
    OutsideHours,
    PartsExceeded,
    ResendTooSoon,
    SenderNotAllowed,
    SendingOff,
    TooManyCodes,
    TooManyMessages,
)
from shared.http.app import serve
from shared.http.bodies import JSON, header
from shared.http.dependencies import ApiClient, From, Now, Raw
from shared.http.routing import Routes
from shared.http.smsapi.parameters import Flag, Lenient, Text
from sms_authenticator import flow

routes = Routes()


CODES, VERIFICATIONS = "/mfa/codes", "/mfa/codes/verifications"

Number = Annotated[Text, Field(max_length=policy.MAX_PHONE_CHARACTERS, examples=["48600100200"])]
CodeId = Annotated[Text, Field(min_length=1, max_length=64)]


class VerifyMfaCodeRequest(Lenient):
    """The code that a customer's user typed, and the number that it was sent to.

    With `id` only the code with that id is accepted. Spaces, dashes and full-width digits are accepted in a code.
    """

    phone_number: Number
    code: Annotated[Text, Field(max_length=32, examples=["123456"])] = ""
    id: CodeId | None = None


class SendMfaCodeRequest(Lenient):
    """Where to send a code. `content` is the customer's own text, with `[%code%]` in place of the code."""

    phone_number: Number
    from_: Annotated[Text | None, Field(alias="from", max_length=16)] = None
    content: Annotated[Text | None, Field(examples=["Your code for the shop: [%code%]"])] = None
    fast: Annotated[Flag, Field(description="Has no effect: every code is sent at once.")] = True


class MfaCodeResponse(BaseModel):
    """The code that was sent. `code` is empty for a token with `hide_codes`."""

    id: str
    code: str
    phone_number: Annotated[str, Field(description="The digits of the number, as it was sent in the request.")]
    from_: Annotated[str | None, Field(alias="from")]


@routes.post(
    CODES,
    status=201,
    success="The code was sent.",
    refuses=[
        InvalidPhoneNumber,
        ContentWithoutCode,
        KeyMalformed,
        KeyReused,
        PartsExceeded,
        SenderNotAllowed,
        SendingOff,
        OutsideHours,
        AbroadRefused,
        CountryRefused,
        NoPoints,
        LimitReached,
        NumberRepeated,
        ResendTooSoon,
        TooManyMessages,
        Outrun,
    ],
)
def post_code(client: ApiClient, request: SendMfaCodeRequest, event: Raw, now: Now) -> Response[MfaCodeResponse]:
    """Send a code to a phone number. A code that the same user sent to the number before is no longer accepted.

    With a header `Idempotency-Key`, a repeated request of the same user gets the same answer and sends no second
    message, as long as both tokens see codes or both have `hide_codes`.
    """
    order = _wanted(request, header(event, "idempotency-key"), hidden=client.rights.hides_codes)
    sent = flow.send(client, order, now=now)
    code = "" if order.hidden else sent.code
    view = {"id": sent.code_id, "code": code, "phone_number": _digits(request.phone_number), "from": sent.sender}
    return Response(201, JSON, MfaCodeResponse.model_validate(view))


@routes.post(
    VERIFICATIONS,
    status=204,
    refuses=[InvalidPhoneNumber, CodeEmpty, CodeMalformed, CodeNotFound, CodeExpired, TooManyCodes],
)
def post_verification(client: ApiClient, request: VerifyMfaCodeRequest, origin: From, now: Now) -> Response[None]:
    """Verify a code: only the newest code that the same user sent to the number is accepted, and only once."""
    number, code = _number(request.phone_number), read_code(request.code)
    flow.verify(client, number, code, request.id, origin=origin, now=now)
    return Response(204)


def _wanted(request: SendMfaCodeRequest, key: str, *, hidden: bool) -> flow.WantedCode:
    """Return the code to send. Raises KeyMalformed, InvalidPhoneNumber or ContentWithoutCode."""
    if not re.fullmatch(f"[ -~]{{0,{policy.MFA_KEY_CHARACTERS}}}", key):
        raise KeyMalformed
    number, country = _mobile(request.phone_number)
    if request.content is not None:
        must_have_placeholder(request.content)
    to = Recipient(number, country, request.phone_number)
    return flow.WantedCode(to, _sender(request.from_ or ""), request.content, key or None, hidden)


def _sender(asked_for: str) -> str | None:
    return None if is_default(asked_for) else asked_for


def _number(typed: str) -> str:
    return _mobile(typed)[0]


def _mobile(typed: str) -> tuple[str, str]:
    """Return the number in E.164 form, and its country. Raises InvalidPhoneNumber."""
    try:
        return phone_numbers.recipient(typed, home=settings.HOME_COUNTRY)
    except NotMobile as failure:
        raise InvalidPhoneNumber from failure


def _digits(typed: str) -> str:
    return "".join(filter(str.isdecimal, typed))


lambda_handler = serve(routes)

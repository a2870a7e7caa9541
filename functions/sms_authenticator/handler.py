"""The door to SMS Authenticator, as the SMSAPI clients know it: /mfa/codes and /mfa/codes/verifications."""

import re
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, Field

from shared import policy, settings
from shared.domain import phone_numbers
from shared.domain.messages import Recipient
from shared.domain.mfa_codes import must_have_placeholder, read_code
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


class CodeToCheck(Lenient):
    """Number and code are enough. With `id` it is that code and no newer one that is meant.

    Blanks, dashes and full-width digits in a code are forgiven.
    """

    phone_number: Number
    code: Annotated[Text, Field(max_length=32, examples=["123456"])] = ""
    id: CodeId | None = None


class CodeOrder(Lenient):
    """`content` is the customer's own text, with `[%code%]` where the code is to stand."""

    phone_number: Number
    from_: Annotated[Text | None, Field(alias="from", max_length=16)] = None
    content: Annotated[Text | None, Field(examples=["Your code for the shop: [%code%]"])] = None
    fast: Annotated[Flag, Field(description="Means nothing here: every code goes out at once.")] = True


class SentCode(BaseModel):
    """A code that is on its way. `code` is empty for a token that hides them."""

    id: str
    code: str
    phone_number: Annotated[str, Field(description="The digits, as they were sent.")]
    from_: Annotated[str | None, Field(alias="from")]


@routes.post(
    CODES,
    status=201,
    yes="On its way.",
    refuses=[
        InvalidPhoneNumber,
        ContentWithoutCode,
        KeyMalformed,
        KeyReused,
        PartsExceeded,
        SenderNotAllowed,
        OutsideHours,
        AbroadRefused,
        CountryRefused,
        NoPoints,
        LimitReached,
        NumberRepeated,
        ResendTooSoon,
        TooManyMessages,
        TooManyCodes,
        Outrun,
    ],
)
def post_code(client: ApiClient, asked: CodeOrder, event: Raw, now: Now) -> Response[SentCode]:
    """Send a new code to that number; an older one is void from this moment.

    With a header `Idempotency-Key` the same request gets the same answer for 24 hours, and no second message.
    """
    sent = flow.send(client, _order(asked, header(event, "idempotency-key")), now=now)
    code = "" if client.rights.hides_codes else sent.code
    view = {"id": sent.code_id, "code": code, "phone_number": _digits(asked.phone_number), "from": sent.sender}
    return Response(201, JSON, SentCode.model_validate(view))


@routes.post(
    VERIFICATIONS,
    status=204,
    refuses=[InvalidPhoneNumber, CodeEmpty, CodeMalformed, CodeNotFound, CodeExpired, TooManyCodes],
)
def post_verification(client: ApiClient, asked: CodeToCheck, origin: From, now: Now) -> Response[None]:
    """Is this the newest code that was sent to that number? Each code is good once."""
    number, code = _number(asked.phone_number), read_code(asked.code)
    flow.verify(client, number, code, asked.id, origin=origin, now=now)
    return Response(204)


def _order(asked: CodeOrder, key: str) -> flow.WantedCode:
    if not re.fullmatch(f"[ -~]{{0,{policy.MFA_KEY_CHARACTERS}}}", key):
        raise KeyMalformed
    number, country = _mobile(asked.phone_number)
    if asked.content is not None:
        must_have_placeholder(asked.content)
    to = Recipient(number, country, asked.phone_number)
    return flow.WantedCode(to, asked.from_ or None, asked.content, key or None)


def _number(typed: str) -> str:
    return _mobile(typed)[0]


def _mobile(typed: str) -> tuple[str, str]:
    """The number in E.164 form, and its country."""
    try:
        return phone_numbers.recipient(typed, home=settings.HOME_COUNTRY)
    except NotMobile as failure:
        raise InvalidPhoneNumber from failure


def _digits(typed: str) -> str:
    return "".join(filter(str.isdecimal, typed))


lambda_handler = serve(routes)

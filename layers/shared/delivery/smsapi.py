"""Delivery: SMS by SMSAPI, over HTTP."""

import json
from functools import cache
from hashlib import sha256
from http import HTTPStatus

import urllib3
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetSecretError

from shared import clients, policy, settings
from shared.delivery.sending import SendingFailed

_ALREADY_SENT = 53
"""SMSAPI's answer to an idx that it has seen within 24 hours."""

_OF_ONE_NUMBER = {13, 32, 52, 57, 59, 112}
"""SMSAPI's answers to a number that is wrong, abroad, had too many or wants none. Anything else is about our account,
about SMSAPI itself, or about our words, which are much the same in every message: it would hit the next as well."""

# A repetition is safe here, unlike with AWS, since SMSAPI knows the notice by its idx. A redirection is not
# followed, as the token would go with it; and nobody waits as long as an answer asks, as the queue does that.
_HTTP = urllib3.PoolManager(
    timeout=urllib3.Timeout(connect=policy.CONNECT_WITHIN.total_seconds(), read=policy.ANSWER_WITHIN.total_seconds()),
    retries=urllib3.Retry(total=1, redirect=False, other=0, allowed_methods=["POST"], respect_retry_after_header=False),
)


def send(phone: str, text: str, *, notice_id: str, sender: str) -> bool:
    """SMSAPI sends a notice once, however often it is asked, so there is always an end that is known."""
    answer = _post(
        {
            "to": phone.removeprefix("+"),
            "message": text,
            "encoding": "utf-8",
            "format": "json",
            "idx": _idx(notice_id),
            "check_idx": "1",
        }
        | ({"from": sender} if sender else {})
    )
    _judge(answer)
    return True


def _idx(notice_id: str) -> str:
    """Letters and digits, far fewer than the 255 that an idx may have, whatever a notice's id looks like."""
    return sha256(notice_id.encode()).hexdigest()[:32]


def _post(fields: dict[str, str]) -> urllib3.BaseHTTPResponse:
    try:
        return _HTTP.request(
            "POST",
            f"{settings.SMSAPI_URL}/sms.do",
            fields=fields,
            encode_multipart=False,
            headers={"Authorization": f"Bearer {_token()}"},
        )
    except urllib3.exceptions.HTTPError as failure:
        raise SendingFailed(f"smsapi: {type(failure).__name__}") from None


def _judge(answer: urllib3.BaseHTTPResponse) -> None:
    if answer.status != HTTPStatus.OK:
        raise SendingFailed(f"smsapi: HTTP {answer.status}")
    error = _error(answer.data)
    if error and error != _ALREADY_SENT:
        raise SendingFailed(f"smsapi: error {error}", carrier_in_trouble=error not in _OF_ONE_NUMBER)


def _error(body: bytes) -> int:
    """SMSAPI says what went wrong under HTTP 200, as a number; a success has none and lists what was sent."""
    match _json(body):
        case {"error": int(number)}:
            return number
        case {"list": [_, *_]}:
            return 0
    raise SendingFailed("smsapi: an answer that says neither yes nor no")


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _token() -> str:
    try:
        return str(_secrets().get(settings.SMSAPI_TOKEN_SECRET, max_age=_TOKEN_MAX_AGE)).strip()
    except GetSecretError:
        raise SendingFailed("smsapi: its token can't be read") from None


_TOKEN_MAX_AGE = int(policy.CARRIER_TOKEN_KEPT_FOR.total_seconds())


@cache
def _secrets() -> SecretsProvider:
    return SecretsProvider(boto3_session=clients.session(), boto_config=clients.DELIVERY)

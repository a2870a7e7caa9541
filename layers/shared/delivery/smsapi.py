"""Delivery: SMS by SMSAPI, over HTTP."""

import json
from datetime import timedelta
from functools import cache
from hashlib import sha256
from http import HTTPStatus

import urllib3
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetSecretError

from shared import clients, policy, settings
from shared.delivery import carrier_reports
from shared.delivery.sending import CarrierBusy, SendingFailed, SendingRefused

_ALREADY_SENT = 53
"""SMSAPI's error for an idx that it has had within 24 hours."""

_NUMBER_ERRORS = {13, 32, 57, 59, 112}
"""SMSAPI's errors about one number: wrong, abroad or blocked. Any other but the next is about our account, our texts,
which are much the same in every message, or SMSAPI itself, and would meet the next message too.
"""

_TOO_MANY_FOR_NUMBER = 52
"""SMSAPI's error for a number that got too many messages within a minute."""

# A retry is safe here, unlike with AWS, because SMSAPI recognises the notice by its idx. A redirect is not followed, as
# the token would go with it. Retry-After is not obeyed, as the queue waits instead.
_HTTP = urllib3.PoolManager(
    timeout=urllib3.Timeout(connect=policy.CONNECT_WITHIN.total_seconds(), read=policy.ANSWER_WITHIN.total_seconds()),
    retries=urllib3.Retry(total=1, redirect=False, other=0, allowed_methods=["POST"], respect_retry_after_header=False),
)


def send(
    phone: str,
    text: str,
    *,
    notice_id: str,
    sender: str,
    reported_as: str,
    lifetime: timedelta | None,  # noqa: ARG001 - what its parameter for that is called could not be read
) -> bool:
    """Send through SMSAPI, which sends a notice once however often it is asked. So the result is never unknown."""
    answer = _post(
        {
            "to": phone.removeprefix("+"),
            "message": text,
            "encoding": "utf-8",
            "format": "json",
            "idx": reported_as or _idx(notice_id),
            "check_idx": "1",
        }
        | ({"from": sender} if sender else {})
        | ({"notify_url": url} if reported_as and (url := carrier_reports.url()) else {})
    )
    _raise_if_refused(answer)
    return True


def _idx(notice_id: str) -> str:
    """Return the notice's idx: 32 hexadecimal digits, whatever the form of its id. An idx may have 255 characters."""
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


def _raise_if_refused(answer: urllib3.BaseHTTPResponse) -> None:
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise CarrierBusy("smsapi: HTTP 429")
    if answer.status != HTTPStatus.OK:
        raise SendingFailed(f"smsapi: HTTP {answer.status}")
    error = _error_number(answer.data)
    if error and error != _ALREADY_SENT:
        if error in _NUMBER_ERRORS:
            raise SendingRefused(f"smsapi: error {error}")
        raise SendingFailed(f"smsapi: error {error}", carrier_in_trouble=error != _TOO_MANY_FOR_NUMBER)


def _error_number(body: bytes) -> int:
    """Return SMSAPI's error number, 0 for a success. Errors come under HTTP 200 too; a success lists what was sent."""
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
    return SecretsProvider(boto3_session=clients.session(clients.DELIVERY), boto_config=clients.DELIVERY.config)

"""Check passwords against a list of known breaches, by the k-anonymity API of Pwned Passwords.

Only the first digits of a password's SHA-1 leave this process, so the list's host does not learn the password.
"""

import re
from hashlib import sha1
from http import HTTPStatus

import urllib3
from aws_lambda_powertools.metrics import MetricUnit

from shared import policy, settings
from shared.domain.passwords import prepared
from shared.observability import logger, metrics

ASKED_DIGITS = 5
"""Digits sent, of the 40 hexadecimal digits of SHA-1. About a thousand breached passwords share any five."""

LIST = re.compile(rb"([0-9A-F]{35}:[0-9]+(\r?\n|$))+")
"""The form of an answer: a line for each breached hash with these first digits: its other digits, and a count."""

# The connection is closed at once: password changes are rare, and a connection does not survive a frozen function.
HEADERS = {"Add-Padding": "true", "Connection": "close"}
"""With padding the answer has made-up lines with a count of 0, so that its length does not tell which digits were sent.
"""

_HTTP = urllib3.PoolManager(timeout=urllib3.Timeout(total=policy.BREACHES_ANSWER_WITHIN.total_seconds()))


class NoAnswer(Exception):
    """The list did not answer properly. The message says what went wrong, and never what was asked."""


def is_breached(password: str) -> bool:
    """Return whether *password* was seen in a breach (ASVS V6.2.12). False if no list is configured.

    Also False, with a warning and the metric BreachCheckSkipped, if the list does not answer.
    """
    # Fail open: the list is another company's service. While it is down users must still be able to replace a stolen
    # password, which is worse than a breached one that the list of common passwords does not hold.
    if not settings.BREACHED_PASSWORDS_URL:
        return False
    digits = sha1(prepared(password).encode(), usedforsecurity=False).hexdigest().upper()
    try:
        return _contains(_query(digits[:ASKED_DIGITS]), digits[ASKED_DIGITS:])
    except NoAnswer as failure:
        logger.warning("breaches_unreachable", reason=str(failure))
        metrics.add_metric("BreachCheckSkipped", MetricUnit.Count, 1)
        return False


def _query(first: str) -> bytes:
    """Return the answer for these first digits. Raises NoAnswer."""
    url = f"{settings.BREACHED_PASSWORDS_URL}/{first}"
    try:  # no retries, since a person waits; no redirects, since the digits are for this host alone
        answer = _HTTP.request("GET", url, headers=HEADERS, retries=False, redirect=False)
    except urllib3.exceptions.HTTPError as failure:
        raise NoAnswer(type(failure).__name__) from None
    if answer.status != HTTPStatus.OK:
        raise NoAnswer(f"HTTP {answer.status}")
    return answer.data


def _contains(answer: bytes, rest: str) -> bool:
    """Return whether the answer lists *rest* with a count above 0. Raises NoAnswer if the answer is malformed."""
    if not LIST.fullmatch(answer):
        raise NoAnswer("no list of hashes")
    return re.search(rf"^{rest}:0*[1-9]".encode(), answer, re.MULTILINE) is not None

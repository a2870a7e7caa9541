"""Check passwords against a list of known breaches, by the k-anonymity API of Pwned Passwords.

A password that is set is checked at once, one that was used to sign in is checked later, by what `trace` says of it.
Only the first digits of a password's SHA-1 are sent to the list, so its host does not learn the password.
"""

import re
from dataclasses import dataclass, field
from hashlib import sha1
from http import HTTPStatus

import urllib3
from aws_lambda_powertools.metrics import MetricUnit

from shared import policy, settings
from shared.crypto import seal
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


LISTED = re.compile(rb"^([0-9A-F]{35}):0*[1-9]", re.MULTILINE)
"""A line for a hash that was seen in a breach."""


@dataclass(frozen=True)
class Trace:
    """What may leave a sign-in of its password: the digits that the list is asked by, and a seal of the whole hash.

    Without the sealing key the seal tells nothing, and the digits are those of about a thousand breached passwords.
    """

    first: str
    sealed: str = field(repr=False)


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
    digits = _digits(password)
    try:
        return _contains(_query(digits[:ASKED_DIGITS]), digits[ASKED_DIGITS:])
    except NoAnswer as failure:
        _record_failure(failure)
        return False


def trace(user_id: str, password: str) -> Trace:
    """Return what is needed to look for the user's password later."""
    digits = _digits(password)
    return Trace(digits[:ASKED_DIGITS], seal.seal("breach", user_id, digits))


def is_listed(user_id: str, traced: Trace) -> bool:
    """Return whether the password of which `trace` was taken was seen in a breach.

    False as `is_breached` is: if no list is configured, or the list does not answer.
    """
    if not settings.BREACHED_PASSWORDS_URL:
        return False
    try:
        found = LISTED.findall(_listed(_query(traced.first)))
    except NoAnswer as failure:
        _record_failure(failure)
        return False
    return any(seal.matches(traced.sealed, "breach", user_id, traced.first + rest.decode()) for rest in found)


def _digits(password: str) -> str:
    """Return the SHA-1 of *password* as the list writes it."""
    return sha1(prepared(password).encode(), usedforsecurity=False).hexdigest().upper()


def _record_failure(failure: NoAnswer) -> None:
    logger.warning("breaches_unreachable", reason=str(failure))
    metrics.add_metric("BreachCheckSkipped", MetricUnit.Count, 1)


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
    return rest.encode() in LISTED.findall(_listed(answer))


def _listed(answer: bytes) -> bytes:
    """Return *answer*. Raises NoAnswer if it is malformed."""
    if not LIST.fullmatch(answer):
        raise NoAnswer("no list of hashes")
    return answer

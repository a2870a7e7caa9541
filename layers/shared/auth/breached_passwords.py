"""Passwords that leaked somewhere: asked for by the first digits of their hash, so that nobody learns which it is."""

import re
from hashlib import sha1
from http import HTTPStatus

import urllib3
from aws_lambda_powertools.metrics import MetricUnit

from shared import policy, settings
from shared.domain.passwords import prepared
from shared.observability import logger, metrics

ASKED_DIGITS = 5
"""Of the 40 hexadecimal digits of SHA-1: a thousand breached passwords share them, so they give nothing away."""

LIST = re.compile(rb"([0-9A-F]{35}:[0-9]+(\r?\n|$))+")
"""An answer: the other digits of each breached hash that begins as asked, and how often it was breached."""

# The connection is closed at once: changes are rare, and one kept over a frozen function's sleep would be dead.
HEADERS = {"Add-Padding": "true", "Connection": "close"}
"""Padding are made-up lines with a count of 0: no one on the wire learns the digits from the answer's length."""

_HTTP = urllib3.PoolManager(timeout=urllib3.Timeout(total=policy.BREACHES_ANSWER_WITHIN.total_seconds()))


class NoAnswer(Exception):
    """The list can't be asked. Says what went wrong, never what was asked."""


def is_breached(password: str) -> bool:
    """Whether *password* was seen in a breach (ASVS V6.2.12). Never, where no list is set up.

    It fails open: a list that does not answer lets the password pass, with a warning and the metric
    BreachCheckSkipped. It is somebody else's service; if it were down, nobody could leave a stolen password behind,
    which is worse than a breached one that the shipped list does not know.
    """
    if not settings.BREACHED_PASSWORDS_URL:
        return False
    digits = sha1(prepared(password).encode(), usedforsecurity=False).hexdigest().upper()
    try:
        return _lists(_ask(digits[:ASKED_DIGITS]), digits[ASKED_DIGITS:])
    except NoAnswer as failure:
        logger.warning("breaches_unreachable", reason=str(failure))
        metrics.add_metric("BreachCheckSkipped", MetricUnit.Count, 1)
        return False


def _ask(first: str) -> bytes:
    """Raises NoAnswer. Neither asked twice nor sent elsewhere: a person waits, and the digits are for one host."""
    url = f"{settings.BREACHED_PASSWORDS_URL}/{first}"
    try:
        answer = _HTTP.request("GET", url, headers=HEADERS, retries=False, redirect=False)
    except urllib3.exceptions.HTTPError as failure:
        raise NoAnswer(type(failure).__name__) from None
    if answer.status != HTTPStatus.OK:
        raise NoAnswer(f"HTTP {answer.status}")
    return answer.data


def _lists(answer: bytes, rest: str) -> bool:
    """Whether *rest* stands in the answer, with a count above 0. Raises NoAnswer for what is no such list."""
    if not LIST.fullmatch(answer):
        raise NoAnswer("no list of hashes")
    return re.search(rf"^{rest}:0*[1-9]".encode(), answer, re.MULTILINE) is not None

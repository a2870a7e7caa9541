"""Flow of the canary: what a customer does every day, through the public address, with an account of its own."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import urllib3
from pyotp import TOTP

from shared import policy

if TYPE_CHECKING:
    from canary.keys import Keys

PHONE = "+48500000000"
"""The number of the test message, which is not sent."""

SECONDS = 10.0
"""How long an answer may take. Somebody who waits at a form does not wait for longer."""


class StepFailed(Exception):
    """A step did not work. The reason is a status, or a code that the API documents: a body could repeat secrets."""

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(step, reason)
        self.step, self.reason = step, reason


def run(keys: "Keys", *, now: datetime) -> None:
    """Sign in with the authenticator app, ask who is signed in, try to send a message, sign out. Raises StepFailed."""
    challenge = _sign_in(keys)
    session = _prove(keys, challenge, now=now)
    try:
        _call(keys, "session", "GET", "/session", shown=session)
        _try_to_send(keys)
    finally:
        _call(keys, "sign_out", "POST", "/logout", shown=session)


def _sign_in(keys: "Keys") -> str:
    """Give the password, and return the id of the challenge."""
    proof = {"login": keys.login, "password": keys.password, "device_token": keys.device_token}
    answer = _call(keys, "sign_in", "POST", "/login", proof)
    return _text(answer, "sign_in", "challenge", "id")


def _prove(keys: "Keys", challenge: str, *, now: datetime) -> str:
    """Give a code of the app, and return the session's token.

    A code works once, and AWS may run a schedule twice: if the present code is used, the next one is taken as well.
    """
    app, step = TOTP(keys.totp), policy.TOTP_STEP
    try:
        return _give(keys, challenge, app.at(now))
    except StepFailed as failure:
        if failure.reason != "401 wrong_code":
            raise
        return _give(keys, challenge, app.at(now + step))


def _give(keys: "Keys", challenge: str, code: str) -> str:
    answer = _call(keys, "second_factor", "POST", "/verify-code", {"challenge_id": challenge, "code": code})
    return _text(answer, "second_factor", "session", "token")


def _try_to_send(keys: "Keys") -> None:
    """Order a message with test=1: it is checked and priced by everything that a message is, and not sent."""
    order = {"to": PHONE, "message": "Furtka canary", "format": "json", "test": "1"}
    answer = _call(keys, "send", "POST", "/sms.do", order, shown=keys.api_token)
    if answer.get("count") != 1:  # SMSAPI's errors come under 200
        raise StepFailed("send", f"error {answer.get('error')}")


def _call(
    keys: "Keys", step: str, method: str, path: str, body: Mapping[str, str] | None = None, *, shown: str = ""
) -> dict[str, Any]:
    """Return the body of the answer. Raises StepFailed if there is none in time, or if it is a refusal."""
    headers = {"User-Agent": "Furtka canary"} | ({"Authorization": f"Bearer {shown}"} if shown else {})
    try:
        answer = _http().request(
            method, keys.url + path, json=body, headers=headers, timeout=SECONDS, retries=False, redirect=False
        )
    except urllib3.exceptions.HTTPError as failure:
        raise StepFailed(step, type(failure).__name__) from None
    content = _read(answer.data)
    if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
        raise StepFailed(step, f"{answer.status} {_code(content)}".strip())
    return content


def _read(data: bytes) -> dict[str, Any]:
    """Return a JSON object; an empty one for anything else."""
    try:
        content = json.loads(data or b"{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _code(content: dict[str, Any]) -> str:
    """Return the code of a refusal as the API documents it: a word, never a text that could repeat what was sent."""
    code = str(content.get("error", ""))
    return code if code.replace("_", "").isalnum() and len(code) <= policy.CANARY_CODE_CHARACTERS else ""


def _text(answer: dict[str, Any], step: str, *path: str) -> str:
    """Return what stands at that place of the answer. Raises StepFailed if nothing does."""
    found: Any = answer
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    if not isinstance(found, str):
        raise StepFailed(step, f"no {'.'.join(path)} in the answer")
    return found


@cache
def _http() -> urllib3.PoolManager:
    return urllib3.PoolManager()

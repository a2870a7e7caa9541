"""The demo account, created as any account is: by an operator's command, an accepted invitation, a first sign-in."""

import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import requests

from furtka.complaint import Complaint

LOGIN = "demo"
EMAIL = "demo@example.com"
PHONE = "+48500100200"
LANGUAGE = "en"
POINTS = "1000"

PATIENCE = 60  # seconds, for the invitation to arrive
INVITATION = re.compile(r"furtka_invitation_[0-9A-Za-z]+")
CODE = re.compile(r"#([0-9]+)\s*$")

TOKEN = {"name": "Demo", "scopes": "sms sms_sender sms_authenticator contacts profile subusers tokens"}


type Messages = Callable[[], list[dict[str, Any]]]


def seed(
    url: str, environment: Mapping[str, str], outbox: Messages, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Create the demo account with an API token, and return what one needs to use it.

    *headers* are sent with each request: those of the proxy, where the stack is behind one.
    """
    api = requests.Session()
    api.trust_env = False  # no .netrc that would add a password
    api.headers.update(headers or {})
    password = f"{secrets.token_urlsafe(12)}-Q7"  # a new one each time: it is nobody's default
    _create(environment)
    accepted = {"token": _wait_for(INVITATION, "invitation", outbox), "password": password}
    _post(api, f"{url}/invitations/accept", accepted)
    return {
        "login": LOGIN,
        "password": password,
        "phone": PHONE,
        "email": EMAIL,
        "api_token": _api_token(api, url, password, outbox),
    }


def _create(environment: Mapping[str, str]) -> None:
    options = ("--login", LOGIN, "--email", EMAIL, "--phone", PHONE, "--language", LANGUAGE, "--points", POINTS)
    command = subprocess.run(
        [sys.executable, "-m", "furtka", "accounts", "create", *options],
        env=dict(environment),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    if command.returncode != 0:
        raise Complaint(f"the demo account can't be created: {_last_line(command.stderr)}")


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["the command printed no error"])[-1]


def _api_token(api: requests.Session, url: str, password: str, outbox: Messages) -> str:
    """Sign in, create an API token, sign out, and return the token."""
    asked = _post(api, f"{url}/login", {"login": LOGIN, "password": password})
    answer = {"challenge_id": asked["challenge"]["id"], "code": _wait_for(CODE, "code", outbox)}
    session = _post(api, f"{url}/verify-code", answer)["session"]["token"]
    token: str = _post(api, f"{url}/tokens", TOKEN, session=session)["access_token"]
    _post(api, f"{url}/logout", {}, session=session)
    return token


def _wait_for(secret: re.Pattern[str], name: str, outbox: Messages) -> str:
    """Wait for a message that contains *secret*, and return it. Raises Complaint if none arrives."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for message in outbox():
            if found := secret.search(message["text"]):
                return found[secret.groups]
        time.sleep(0.05)
    raise Complaint(f"the demo account's {name} did not arrive; what went wrong is in the functions' log")


def _post(api: requests.Session, address: str, body: dict[str, Any], *, session: str = "") -> Any:
    headers = {"Authorization": f"Bearer {session}"} if session else {}
    answer = api.post(address, json=body, headers=headers, timeout=PATIENCE)
    if not answer.ok:
        raise Complaint(f"the demo account can't be set up: {answer.text[:200]}")
    return answer.json() if answer.content else None

"""The demo account, made as any account is: an operator's command, an e-mail, and an accepted invitation."""

import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests

from furtka.complaint import Complaint

LOGIN = "demo"
EMAIL = "demo@example.com"
PHONE = "+48500100200"
LANGUAGE = "en"

PATIENCE = 20  # seconds, for the invitation to arrive
INVITATION = re.compile(r"furtka_invitation_[0-9A-Za-z]+")


type Messages = Callable[[], list[dict[str, Any]]]


def seed(url: str, environment: Mapping[str, str], outbox: Messages) -> dict[str, Any]:
    password = f"{secrets.token_urlsafe(12)}-Q7"  # a new one each time: it is nobody's default
    _create(environment)
    _accept(url, _invitation(outbox), password)
    return {"login": LOGIN, "password": password, "phone": PHONE, "email": EMAIL, "api_token": None}


def _create(environment: Mapping[str, str]) -> None:
    options = ("--login", LOGIN, "--email", EMAIL, "--phone", PHONE, "--language", LANGUAGE)
    command = subprocess.run(
        [sys.executable, "-m", "furtka", "accounts", "create", *options],
        env=dict(environment),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    if command.returncode != 0:
        raise Complaint(f"the demo account can't be made: {_last_line(command.stderr)}")


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it says nothing"])[-1]


def _invitation(outbox: Messages) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for message in outbox():
            if found := INVITATION.search(message["text"]):
                return found[0]
        time.sleep(0.05)
    raise Complaint("the demo account's invitation did not arrive; what went wrong is in the functions' log")


def _accept(url: str, token: str, password: str) -> None:
    answer = requests.post(f"{url}/invitations/accept", json={"token": token, "password": password}, timeout=PATIENCE)
    if answer.status_code != HTTPStatus.NO_CONTENT:
        raise Complaint(f"the demo account's invitation was refused: {answer.text[:200]}")

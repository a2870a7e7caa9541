"""Harness: somebody with a login, a mailbox, a phone and perhaps an authenticator app."""

import re
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pyotp
import requests

from tests.journeys.client import Stack

PASSWORD = "Trzy-Sowy-4-Razy"
NEW_PASSWORD = "Cztery-Koty-5-Razy"
NUMBERS = count(600_200_100)

CONFIRMED_FOR = timedelta(minutes=10)
"""As the contract says: then a sensitive change asks for the password again."""


class Person:
    """Someone with an account of their own, so that no journey uses up another's limits."""

    def __init__(self, stack: Stack, *, phone: bool = True) -> None:
        self.stack, number = stack, next(NUMBERS)
        self.login, self.phone = f"person-{number % 10_000}", f"+48{number}"
        self.email = f"{self.login}@example.com"
        self.password = PASSWORD
        self.app: pyotp.TOTP | None = None
        self.device: str | None = None
        self._order(phone=phone)
        self.link = self.link_for("invitation")
        assert self.accept().status_code == 204

    def _order(self, *, phone: bool) -> None:
        """The operator makes an account."""
        made = self.stack.furtka(
            *("accounts", "create", "--url", self.stack.url, "--login", self.login, "--email", self.email),
            *(("--phone", self.phone) if phone else ()),
        )
        assert made.returncode == 0, made.stderr

    def accept(self, password: str = PASSWORD) -> requests.Response:
        return self.stack.post("/invitations/accept", {"token": self.link, "password": password})

    # --- Signing in ---

    def login_with(self, password: str | None = None, **more: object) -> requests.Response:
        return self.stack.post("/login", {"login": self.login, "password": password or self.password, **more})

    def challenge(self) -> tuple[str, str]:
        """A fresh challenge and its code."""
        before = len(self.stack.outbox())
        answer = self.login_with()
        assert answer.status_code == 200, answer.text
        return answer.json()["challenge"]["id"], self.stack.code(self.phone, after=before)

    def verify(self, challenge_id: str, code: str, **more: object) -> requests.Response:
        return self.stack.post("/verify-code", {"challenge_id": challenge_id, "code": code, **more})

    def sign_in(self, **more: object) -> str:
        """The token of a session, earned with the password and whatever is asked for then."""
        before = len(self.stack.outbox())
        return self.go_on(self.login_with(**more), after=before)

    def go_on(self, answer: requests.Response, *, after: int) -> str:
        """The token of the session that *answer* leads to. A code by SMS lies behind *after* messages."""
        assert answer.status_code == 200, answer.text
        if challenge := answer.json().get("challenge"):
            sent = challenge["channel"] == "sms"
            answer = self.verify(challenge["id"], self.stack.code(self.phone, after=after) if sent else self.app_code())
            assert answer.status_code == 200, answer.text
        self.device = answer.json()["device_token"] or self.device
        return str(answer.json()["session"]["token"])

    def confirm(self, token: str) -> str:
        """Password and second factor once more. The token of the session that takes the place of *token*'s."""
        before = len(self.stack.outbox())
        return self.go_on(self.asks(token, "POST", "/session/confirm", {"password": self.password}), after=before)

    # --- What they do with a session ---

    def asks(self, token: str, method: str, path: str, body: object = None) -> requests.Response:
        return self.stack.call(method, path, body, headers={"Authorization": f"Bearer {token}"})

    def gets(self, token: str, method: str, path: str, body: object = None) -> Any:
        """The same where the answer is yes: what it says."""
        answer = self.asks(token, method, path, body)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def me(self, token: str) -> requests.Response:
        return self.asks(token, "GET", "/session")

    def is_in(self, token: str) -> bool:
        return self.me(token).status_code == 200

    def adds_app(self, token: str) -> None:
        """An authenticator app that reads what its QR code says."""
        made = self.gets(token, "POST", "/account/factors/totp")
        self.app = pyotp.parse_uri(made["provisioning_uri"])
        self.gets(token, "POST", "/account/factors/totp/confirm", {"code": self.app_code()})
        self.stack.let(timedelta(seconds=30))  # the app shows the next code, since this one is used up

    def app_code(self, at: datetime | None = None) -> str:
        assert self.app
        return str(self.app.at(at or self.stack.now))

    # --- What they get ---

    def mail(self, about: str, *, after: int = 0) -> str:
        return self.stack.message("email", self.email, after=after, about=about)

    def link_for(self, what: str, *, after: int = 0, to: str | None = None) -> str:
        """The token in the next link of that kind."""
        text = self.stack.message("email", to or self.email, after=after, about=f"#token=furtka_{what}_")
        found = re.search(rf"#token=(furtka_{what}_[0-9A-Za-z]+)", text)
        assert found
        return found[1]

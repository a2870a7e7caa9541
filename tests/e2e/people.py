"""Harness: somebody with a login, a mailbox and a phone, in front of Furtka as it was deployed."""

import json
import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.e2e.deployment import PANEL_ORIGIN, Stack, run
from tests.e2e.emulator import ROOT

PASSWORD = "Zamknij-Brame-7"
FROM_PANEL = {"Origin": PANEL_ORIGIN, "Sec-Fetch-Site": "same-origin"}

ARRIVED_WITHIN = 120  # seconds, through the queue and out, on a machine that is busy with other tests

HTTP = urllib3.PoolManager(retries=False, timeout=120.0)

_numbers = count(1)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str
    headers: urllib3.HTTPHeaderDict = field(repr=False)

    @property
    def body(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True)
class Person:
    """Has a name and a number of their own, so that no two tests meet. What they read is what ministack sent."""

    stack: Stack
    login: str = field(default_factory=lambda: f"gosc-{next(_numbers)}")
    phone: str = field(default_factory=lambda: f"+4850{next(_numbers):07}")

    @property
    def email(self) -> str:
        return f"{self.login}@example.com"

    # --- What they do ---

    def sends(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        answer = HTTP.request(method, self.stack.url + path, json=body, headers=headers)
        return Answer(answer.status, answer.data.decode(), answer.headers)

    def accepts_invitation(self, password: str = PASSWORD) -> Answer:
        return self.sends("POST", "/invitations/accept", {"token": self.invitation(), "password": password})

    def signs_in(self, password: str = PASSWORD, *, headers: Mapping[str, str] | None = None, **more: str) -> Answer:
        return self.sends("POST", "/login", {"login": self.login, "password": password, **more}, headers)

    def challenge(self, **more: Any) -> str:
        """The id of a challenge whose code was just sent."""
        answer = self.signs_in(**more)
        assert answer.status == 200, answer
        return str(answer.body["challenge"]["id"])

    def answers(self, challenge: str, code: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.sends("POST", "/verify-code", {"challenge_id": challenge, "code": code}, headers)

    def asks_again(self, challenge: str) -> Answer:
        return self.sends("POST", "/verify-code/resend", {"challenge_id": challenge})

    def opens_session(self) -> str:
        """The token of a session, earned by password and code."""
        got = len(self.messages())
        answer = self.answers(self.challenge(), self.code(got + 1))
        assert answer.status == 200, answer
        return str(answer.body["session"]["token"])

    def may(self, token: str, method: str, path: str, body: object = None) -> Any:
        """What is answered to somebody who is signed in and may do so."""
        answer = self.sends(method, path, body, bearer(token))
        assert answer.status in {200, 204}, answer
        return answer.body if answer.text else None

    def is_in(self, token: str) -> bool:
        return self.sends("GET", "/session", headers=bearer(token)).status == 200

    # --- What they get ---

    def invitation(self) -> str:
        """What the link in the invitation carries."""
        return self.link("invitation", "Set the password of your login")

    def link(self, page: str, subject: str) -> str:
        """What the link to a *page* of the panel carries, in the letter with this *subject*."""
        return re.findall(re.escape(f"{PANEL_ORIGIN}/{page}") + r"#token=(\w+)", self.letter(subject))[0]

    def letter(self, subject: str) -> str:
        """The text of the letter with this *subject*, as soon as it is there."""
        return self._awaits(subject, lambda: [text for about, text in self.letters() if about == subject])

    def letters(self) -> list[tuple[str, str]]:
        """Subject and text of each, oldest first."""
        sent = [letter for account in self.stack.shows("ses/messages")["messages"].values() for letter in account]
        return [(letter["Subject"], letter["BodyText"]) for letter in sent if letter["To"] == [self.email]]

    def code(self, number: int = 1) -> str:
        """The code in the *number*th SMS that this phone got, as soon as it is there."""
        text = self._awaits(f"SMS {number}", lambda: self.messages()[number - 1 :])
        return re.findall(r"\b([0-9]{6})\b", text)[0]

    def text(self) -> str:
        """The first SMS that this phone got, as soon as it is there."""
        return self._awaits("SMS", self.messages)

    def messages(self) -> list[str]:
        """The text of each SMS, oldest first."""
        sent = self.stack.shows("sns/sms-messages")["sms_messages"].get(self.phone, [])
        return [message["Message"] for message in sent]

    def _awaits(self, what: str, look: Callable[[], list[str]]) -> str:
        give_up = time.monotonic() + ARRIVED_WITHIN
        while not (found := look()):
            if time.monotonic() > give_up:
                pytest.fail(f"{what}: not here after {ARRIVED_WITHIN} s\n{self.stack.emulator.tail()}")
            time.sleep(0.1)
        return found[0]


def invited(stack: Stack, *, sources: Path = ROOT) -> Person:
    """Somebody for whom the operator made an account."""
    person = Person(stack)
    operate(person, "create", "--email", person.email, "--phone", person.phone, sources=sources)
    return person


def operate(person: Person, action: str, *more: str, sources: Path = ROOT) -> None:
    """The operator does *action* to an account with the `furtka accounts` of these *sources*."""
    where = ["--stack", person.stack.name, "--login", person.login]
    command = [sys.executable, "-m", "furtka", "accounts", action, *where, *more]
    run(person.stack.emulator, command, sources=sources)


def member(stack: Stack, *, sources: Path = ROOT) -> Person:
    """Somebody who has set their password."""
    person = invited(stack, sources=sources)
    accepted = person.accepts_invitation()
    assert accepted.status == 204, accepted
    return person


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}

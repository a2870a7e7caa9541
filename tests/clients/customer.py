"""Harness: a customer of the platform with points and a token, and requests made by hand as other clients make them."""

from dataclasses import dataclass
from typing import Any

import requests

from shared.domain.scopes import SCOPES
from tests.journeys.client import Stack
from tests.journeys.people import Person

POINTS = 100

API_PASSWORD = "Quiet-Harbour-93-Lamps"

SENDER = "Shop"
"""A name that an operator has approved."""


@dataclass(frozen=True)
class Customer:
    """The owner of an account, and a token of theirs that may do everything."""

    owner: Person
    token: str

    @classmethod
    def of(cls, owner: Person) -> "Customer":
        found = cls(owner, _token(owner, scopes=sorted(SCOPES)))
        _operate(owner, "points", str(POINTS))
        _operate(owner, "countries", "DE")
        assert found.post("/sms/sendernames", json={"sender": SENDER}).status_code == 201
        _operate(owner, "sender", SENDER)
        return found

    @property
    def stack(self) -> Stack:
        return self.owner.stack

    @property
    def url(self) -> str:
        """With a slash at its end: Python's, Java's and Go's clients put their paths behind it as they are."""
        return f"{self.stack.url}/"

    @property
    def points(self) -> float:
        return float(self.get("/profile").json()["points"])

    def another_token(self, **facts: Any) -> str:
        """One that may do less. *facts* are fields of the order."""
        return _token(self.owner, **facts)

    def employ(self, name: str, **facts: Any) -> str:
        """A token of a new sub-user, who may do what they can. *facts* are fields of the order for them."""
        given, own = {"login": name, "password": "Kwiat-Paproci-7"}, "Tulip-Wagon-42"
        order = {"credentials": {"username": name, "password": given["password"]}, "active": True, **facts}
        assert self.post("/subusers", json=order).status_code == 201
        first = self.stack.post("/login", given).json()["session"]["token"]
        change = {"current_password": given["password"], "password": own}
        session = self.owner.gets(first, "POST", "/account/password", change)["session"]["token"]
        order = {"name": "Till", "scopes": ["sms", "contacts", "profile", "sms_sender"]}
        return str(self.owner.gets(session, "POST", "/tokens", order)["access_token"])

    def let_passwords_in(self) -> str:
        """Return the owner's API password, which the account accepts from this machine from now on."""
        session = self.owner.sign_in(device_token=self.owner.device)
        listed = {"enabled": True, "entries": [{"source": "127.0.0.1"}]}
        self.owner.gets(session, "PUT", "/account/ip-lists/api", listed)
        self.owner.gets(session, "PUT", "/account/legacy-api", {"enabled": True})
        self.owner.gets(session, "PUT", "/account/api-password", {"password": API_PASSWORD})
        return API_PASSWORD

    def allow_changes_by_get(self, *, on: bool) -> None:
        session = self.owner.sign_in(device_token=self.owner.device)
        self.owner.gets(session, "PUT", "/account/legacy-api", {"changes_by_get": on})

    # --- Requests, as they are ---

    def ask(self, method: str, path: str, *, token: str | None = None, **request: Any) -> requests.Response:
        """*request* is what `requests` takes: `headers` come on top of the token's, and no redirect is followed."""
        headers = {"Authorization": f"Bearer {token or self.token}", **request.pop("headers", {})}
        url = self.stack.url + path
        return requests.request(method, url, headers=headers, timeout=30, allow_redirects=False, **request)

    def get(self, path: str, **request: Any) -> requests.Response:
        return self.ask("GET", path, **request)

    def post(self, path: str, **request: Any) -> requests.Response:
        return self.ask("POST", path, **request)

    def put(self, path: str, **request: Any) -> requests.Response:
        return self.ask("PUT", path, **request)

    def delete(self, path: str, **request: Any) -> requests.Response:
        return self.ask("DELETE", path, **request)

    def made(self, path: str, **fields: Any) -> dict[str, Any]:
        """What there is now that was not there before."""
        answer = self.post(path, json=fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


def _token(owner: Person, **facts: Any) -> str:
    return str(
        owner.gets(owner.sign_in(device_token=owner.device), "POST", "/tokens", {"name": "Shop", **facts})[
            "access_token"
        ]
    )


def _operate(owner: Person, action: str, *arguments: str) -> None:
    """What an operator does with the account."""
    command = ("accounts", action, "--url", owner.stack.url, "--login", owner.login)
    done = owner.stack.furtka(*command, *arguments)
    assert done.returncode == 0, done.stderr

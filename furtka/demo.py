"""`furtka demo`: play a whole sign-in in the terminal, against any stack."""

import argparse
import json
import re
import sys
import time
from getpass import getpass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests

from furtka import arguments as words
from furtka.complaint import Complaint

URL = "http://127.0.0.1:3000"

PATIENCE = 60  # seconds for an answer, and for the SMS
SHOWN = 20  # characters of a token: its kind and the beginning of its id
TOKENS = {"token", "device_token"}
HIDDEN = {"password"}

CODE = re.compile(r"#([0-9]+)\s*$|\b([0-9]{6})\b")


def register(subparsers: Any) -> None:
    about = "Play a whole sign-in and show each request and answer, the SMS that arrives, and the session."
    demo = subparsers.add_parser("demo", help="play a whole sign-in", description=about)
    demo.add_argument("--url", type=words.address, default=URL, help=f"address of the stack (default: {URL})")
    demo.add_argument("--login", help="login to sign in with (default: the local stack's demo account)")
    demo.add_argument("--password", help="password of --login; without it you are asked for it")
    demo.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    if arguments.password and not arguments.login:
        raise Complaint("--password is that of --login: name both, or neither for the demo account")
    api = Api(arguments.url)
    login, password = _credentials(api, arguments)
    outbox = Outbox(api)
    opened = api.call("POST", "/login", {"login": login, "password": password})
    if challenge := opened.get("challenge"):
        code = outbox.code() if outbox.exists and challenge["channel"] == "sms" else _ask_for_code(challenge)
        opened = api.call("POST", "/verify-code", {"challenge_id": challenge["id"], "code": code})
    token = opened["session"]["token"]
    api.call("GET", "/session", token=token)
    api.call("POST", "/logout", token=token)
    api.call("GET", "/session", token=token, expected=401)
    print("Signed in, recognised, signed out.")


def _credentials(api: "Api", arguments: argparse.Namespace) -> tuple[str, str]:
    """Return login and password: from the options, or of the local stack's demo account."""
    if arguments.login:
        return arguments.login, arguments.password or getpass()
    account = api.get("/_local/demo")
    if not isinstance(account, dict):
        raise Complaint("this stack has no demo account: name a login with --login")
    return account["login"], account["password"]


def _ask_for_code(challenge: dict[str, Any]) -> str:
    """Ask the user for the code."""
    sent = f"The code sent to {challenge.get('phone', 'your phone')}: "
    try:
        return input(sent if challenge["channel"] == "sms" else "The code of your authenticator app: ")
    except EOFError as error:
        raise Complaint("no code was typed") from error


class Api:
    """A client that prints every request and answer, with passwords and tokens hidden."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = requests.Session()
        self._http.trust_env = False  # no proxy, and no .netrc that would add a password

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        expected: int | None = None,
    ) -> Any:
        print(f"→ {method} {path}")
        if token:
            print(f"  Authorization: Bearer {_short(token)}")
        if body:
            _show(body)
        answer = self._send(method, path, body, token)
        took = answer.elapsed.total_seconds() * 1000
        print(f"← {answer.status_code} {HTTPStatus(answer.status_code).phrase} in {took:.0f} ms")
        content = _content(answer)
        if content:
            _show(content)
        print()
        if answer.status_code != expected if expected else not answer.ok:
            said = f"{method} {path} was answered {answer.status_code}: {_reason(content)}"
            raise Complaint(said + self._until(answer))
        return content

    def _until(self, answer: requests.Response) -> str:
        """Return how long whoever asked too often has to wait, and how a stack on this machine spares them that."""
        seconds = answer.headers.get("Retry-After", "")
        if not seconds.isdecimal():
            return ""
        told = f" It takes {-(-int(seconds) // 60)} minutes"
        if not isinstance(self.get("/_local/clock"), dict):
            return f"{told}."
        ahead = json.dumps({"advance_seconds": int(seconds)})
        return (
            f"{told}, or move the clock of the stack: "
            f"curl -s {self._url}/_local/clock -H 'Content-Type: application/json' -d '{ahead}'"
        )

    def get(self, path: str) -> Any:
        """Return what the local stack has at *path* without printing it, or None for another stack."""
        answer = self._send("GET", path)
        return _content(answer) if answer.ok else None

    def _send(self, method: str, path: str, body: Any = None, token: str | None = None) -> requests.Response:
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        try:
            return self._http.request(
                method, self._url + path, json=body, headers=headers, timeout=PATIENCE, allow_redirects=False
            )
        except requests.RequestException as error:
            raise Complaint(f"nothing answers at {self._url}: is it started (`make run`)?") from error


class Outbox:
    """The local stack's outbox, if there is one. Messages that arrived before are ignored."""

    def __init__(self, api: Api) -> None:
        self._api = api
        messages = api.get("/_local/outbox")
        self.exists = isinstance(messages, list)
        self._seen = len(messages) if self.exists else 0

    def code(self) -> str:
        """Wait for an SMS with a code, print it, and return the code."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for message in self._api.get("/_local/outbox")[self._seen :]:
                if message["kind"] == "sms" and (found := CODE.search(message["text"])):
                    _print_sms(message)
                    return found[1] or found[2]
            time.sleep(0.05)
        raise Complaint(
            "no SMS arrived; what went wrong is in the functions' log (of `make run`: .furtka/functions.log)"
        )


def _print_sms(message: dict[str, str]) -> None:
    print(f"✉ SMS to {message['to']}")
    for line in message["text"].splitlines():
        print(f"  │ {line}")
    print()


def _content(answer: requests.Response) -> Any:
    try:
        return answer.json() if answer.content else {}
    except requests.JSONDecodeError as error:
        raise Complaint(f"{urlsplit(answer.url).netloc} answered without JSON: it is not Furtka") from error


def _reason(content: Any) -> str:
    return str(content.get("message") or content) if isinstance(content, dict) else str(content)


def _show(body: Any) -> None:
    for line in json.dumps(_without_secrets(body), indent=2, ensure_ascii=False).splitlines():
        print(f"  {line}")
    sys.stdout.flush()


def _without_secrets(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _without_secrets(one, key) for key, one in value.items()}
    if name in HIDDEN:
        return "…"
    return _short(value) if name in TOKENS and isinstance(value, str) else value


def _short(token: str) -> str:
    return f"{token[:SHOWN]}…"

"""`furtka canary`: makes the account that the stack's canary signs in with, and keeps its secrets in the stack."""

import argparse
import json
import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from string import ascii_lowercase
from typing import Any

import boto3
import pyotp
import requests
from botocore.exceptions import BotoCoreError, ClientError

import furtka.paths  # noqa: F401 - finds `shared`
from furtka import arguments, target
from furtka.complaint import Complaint
from shared import policy

PATIENCE = 30  # seconds
OFF = "this stack has no canary: deploy it, or start it, with the parameter Canary=on"
SCOPE = "sms:test"
OVERWRITTEN = "AWSPREVIOUS"
TOKEN = {"name": "canary", "scopes": SCOPE, "rate_limit": policy.CANARY_REQUESTS_A_MINUTE}


def register(subparsers: Any) -> None:
    about = "Make the account of the canary, which signs in and tries to send every five minutes."
    canary = subparsers.add_parser("canary", help="make the account of the canary", description=about)
    actions = canary.add_subparsers(metavar="ACTION", required=True)
    about = "create an account for the canary, and keep its secrets in the stack; the account before is suspended"
    create = actions.add_parser("create", help=about, description=about)
    create.add_argument("--email", required=True, help="the team's address: warnings about the account go there")
    about = "the public address of this stack's API, which gets the new account's secrets (default: its output Url)"
    create.add_argument("--address", type=arguments.address, help=about)
    target.add_options(create)
    create.set_defaults(run=run)


def run(given: argparse.Namespace) -> None:
    now = target.connect(given)
    secret = Secret(_name_of_secret(given))
    address = given.address or _address(given)
    with target.answering(), _refusals_told():
        login = _replace(secret, address, given.email, now=now)
    print(f"The canary signs in as {login} at {address}. Its first run is within five minutes.")


def _replace(secret: "Secret", address: str, email: str, *, now: datetime) -> str:
    """Make an account, keep its secrets, and suspend that of before; return the login of the canary."""
    name, before = f"canary-{_letters(8)}", secret.read()
    with _suspended_if_it_fails(_owner_of(name), now=now):
        made = create(name, address, email=email, now=now)
        _suspend(before, now=now)
        secret.write(made)
    # Usually that of before; or else of whoever made a canary at the same time, whose secrets nobody reads now.
    _suspend(secret.read(OVERWRITTEN), now=now)
    if secret.read().get("login") != name:
        _suspend(made, now=now)
        raise Complaint(f"somebody else made a canary at the same time, and theirs counts: {name} is suspended")
    return name


@contextmanager
def _refusals_told() -> Iterator[None]:
    from shared.errors import Refusal, Unavailable  # noqa: PLC0415 - found only now

    try:
        yield
    except Unavailable:
        raise
    except Refusal as refusal:
        raise Complaint(refusal.message) from refusal


@contextmanager
def _suspended_if_it_fails(owner: str, *, now: datetime) -> Iterator[None]:
    """Suspend the account of *owner* if what follows fails or is stopped.

    Until it is done the owner's login is enabled, so that whoever reads the mailbox could set a password for it.
    """
    try:
        with _ending_by(signal.default_int_handler):
            yield
    except BaseException:
        try:
            with _ending_by(signal.SIG_IGN):  # somebody in a hurry presses Ctrl-C twice
                _suspend({"login": owner}, now=now)
        except Exception as failure:
            what_to_do = (
                f"whoever reads its mailbox gets in. For this stack run `furtka accounts suspend --login {owner}`"
            )
            raise Complaint(f"the account of {owner} was made, and can't be suspended: {what_to_do}") from failure
        raise


@contextmanager
def _ending_by(handler: Any) -> Iterator[None]:
    """Let *handler* handle the signals that end a command, also that of a terminal that is closed."""
    before = {one: signal.signal(one, handler) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for one, usual in before.items():
            signal.signal(one, usual)


def _suspend(held: dict[str, str], *, now: datetime) -> None:
    """Suspend the account of the login in *held*, if there is one, as a whole: a thief may have made others of it.

    It may be suspended already, by whoever saw the thief first, or be gone with the tables it was in.
    """
    if not held.get("login"):
        return
    from furtka import accounts  # noqa: PLC0415 - reads the environment that was just set
    from shared.errors import Outrun, UnknownLogin  # noqa: PLC0415 - found only now

    with suppress(Outrun, UnknownLogin):
        accounts.suspend(held["login"], on=True, now=now)


def create(name: str, address: str, *, email: str, now: datetime) -> dict[str, str]:
    """Create an account with the sub-user *name*, through the API; return what a sign-in as them needs.

    The sub-user has no points, no phone, no right but to try sending, and one token for that. Nobody ever sees a
    password. The owner's is forgotten, and their login disabled: what is returned opens nothing that is theirs.
    """
    from furtka import accounts  # noqa: PLC0415 - reads the environment that was just set

    given, owner = _password(), _owner(address, _owner_of(name), email=email, now=now)
    # `tokens` until they have made theirs: then whoever has their secrets cannot make another.
    wanted = {"credentials": {"username": name, "password": given}, "active": True, "permissions": [SCOPE, "tokens"]}
    subuser = owner.post("/subusers", wanted)["id"]
    held = _settled(address, name, given, now=now)
    owner.put(f"/subusers/{subuser}", {"permissions": [SCOPE]})
    owner.post("/logout")
    accounts.switch(_owner_of(name), enabled=False, now=now)
    return held


def _owner_of(name: str) -> str:
    return f"{name}-owner"


def _owner(address: str, login: str, *, email: str, now: datetime) -> "Api":
    """Store an account, and return the API with a session of its owner. Their invitation is sent to nobody."""
    from furtka import accounts  # noqa: PLC0415 - reads the environment that was just set

    owner = accounts.new_owner(login, email=email, phone=None, language="en")
    token, password = accounts.add(owner, now=now).token, _password()
    api = Api(address)
    api.post("/invitations/accept", {"token": token, "password": password})
    api.session = api.post("/login", {"login": owner.login, "password": password})["session"]["token"]
    return api


def _settled(address: str, login: str, given: str, *, now: datetime) -> dict[str, str]:
    """Sign in as the sub-user with the password that was *given*, and set up a password, an app and a token."""
    api, password = Api(address), _password()
    opened = api.post("/login", {"login": login, "password": given})
    api.session = opened["session"]["token"]
    changed = api.post("/account/password", {"current_password": given, "password": password})
    api.session = changed["session"]["token"]
    app = api.post("/account/factors/totp")["secret"]
    api.post("/account/factors/totp/confirm", {"code": pyotp.TOTP(app).at(now)})
    api_token = api.post("/tokens", TOKEN)["access_token"]
    api.post("/logout")
    return {
        "url": address,
        "login": login,
        "password": password,
        "totp": app,
        "device_token": opened["device_token"],
        "api_token": api_token,
    }


def _password() -> str:
    """Return a random password that every profile of passwords takes."""
    return f"{secrets.token_urlsafe(24)}-Q7"


def _letters(count: int) -> str:
    """Return random letters: with digits or dots a login may read like a telephone number, or like a host."""
    return "".join(secrets.choice(ascii_lowercase) for _ in range(count))


class Api:
    """The API at its public address. `session` is shown once there is one."""

    def __init__(self, address: str) -> None:
        self.session = ""
        self._address = address.rstrip("/")
        self._http = requests.Session()
        self._http.trust_env = False  # no .netrc that would add a password

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Return the answer. Raises Complaint, which repeats nothing of *body*."""
        return self._ask("POST", path, body or {})

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """As `post`."""
        return self._ask("PUT", path, body)

    def _ask(self, method: str, path: str, body: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {self.session}"} if self.session else {}
        try:
            answer = self._http.request(
                method, self._address + path, json=body, headers=headers, timeout=PATIENCE, allow_redirects=False
            )
        except requests.RequestException as failure:
            raise Complaint(f"nothing answers at {self._address}: {type(failure).__name__}") from failure
        if not answer.ok:
            raise Complaint(f"{method} {path} was answered {answer.status_code}: {_message(answer)}")
        return answer.json() if answer.content else {}


def _message(answer: requests.Response) -> str:
    try:
        return str(answer.json().get("message"))
    except (ValueError, AttributeError):
        return "this is not Furtka's API"


class Secret:
    """The secret of the stack that holds what the canary signs in with."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._client = boto3.client("secretsmanager")

    def read(self, stage: str = "AWSCURRENT") -> dict[str, str]:
        """Return what it holds, or with OVERWRITTEN what it held. Raises Complaint."""
        try:
            found = self._client.get_secret_value(SecretId=self._name, VersionStage=stage)
            return dict(json.loads(found["SecretString"]))
        except (BotoCoreError, ClientError, ValueError) as failure:
            raise Complaint(f"the canary's secret can't be read: {_why(failure)}") from failure

    def write(self, held: dict[str, str]) -> None:
        """Let it hold *held*. Raises Complaint."""
        try:
            self._client.put_secret_value(SecretId=self._name, SecretString=json.dumps(held))
        except (BotoCoreError, ClientError) as failure:
            # The cause would show what was to be written.
            raise Complaint(f"the canary's secret can't be written: {_why(failure)}") from None


def _why(failure: Exception) -> str:
    return getattr(failure, "response", {}).get("Error", {}).get("Code") or type(failure).__name__


def _name_of_secret(given: argparse.Namespace) -> str:
    if not given.stack:
        name = os.environ.get("CANARY_SECRET")
        if not name:
            raise Complaint(OFF)
        return name
    try:
        found = boto3.client("cloudformation").describe_stack_resource(
            StackName=given.stack, LogicalResourceId="CanarySecret"
        )
    except (BotoCoreError, ClientError) as failure:
        raise Complaint(OFF) from failure
    return str(found["StackResourceDetail"]["PhysicalResourceId"])


def _address(given: argparse.Namespace) -> str:
    """Return the address of the stack on this machine, or the output Url of the one in AWS."""
    if not given.stack:
        return str(given.url or target.LOCAL)
    try:
        outputs = boto3.client("cloudformation").describe_stacks(StackName=given.stack)["Stacks"][0]["Outputs"]
        return next(output["OutputValue"] for output in outputs if output["OutputKey"] == "Url")
    except (BotoCoreError, ClientError, StopIteration) as failure:
        raise Complaint("the stack does not say its address: name it with --address") from failure

"""`furtka canary`: makes the account that the stack's canary signs in with, and keeps its secrets in the stack."""

import argparse
import json
import os
import secrets
from datetime import datetime
from string import ascii_lowercase
from typing import Any

import boto3
import pyotp
import requests
from botocore.exceptions import BotoCoreError, ClientError

import furtka.paths  # noqa: F401 - finds `shared`
from furtka import target
from furtka.complaint import Complaint

PATIENCE = 30  # seconds
OFF = "this stack has no canary: deploy it, or start it, with the parameter Canary=on"
TOKEN = {"name": "canary", "scopes": "sms:test"}


def register(subparsers: Any) -> None:
    about = "Make the account of the canary, which signs in and tries to send every five minutes."
    canary = subparsers.add_parser("canary", help="make the account of the canary", description=about)
    actions = canary.add_subparsers(metavar="ACTION", required=True)
    about = "create an account for the canary, and keep its secrets in the stack; the one before is disabled"
    create = actions.add_parser("create", help=about, description=about)
    create.add_argument("--email", required=True, help="the team's address: warnings about the account go there")
    create.add_argument("--address", help="the public address of the API (default: the stack's output Url)")
    target.add_options(create)
    create.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    now = target.connect(arguments)
    secret = Secret(_name_of_secret(arguments))
    before = secret.read()
    address = arguments.address or _address(arguments)
    made = _with_refusals_told(address, arguments.email, before.get("login"), now=now)
    secret.write(made)
    print(f"The canary signs in as {made['login']} at {address}. Its first run is within five minutes.")


def _with_refusals_told(address: str, email: str, before: str | None, *, now: datetime) -> dict[str, str]:
    from furtka import accounts  # noqa: PLC0415 - reads the environment that was just set
    from shared.errors import Refusal  # noqa: PLC0415

    try:
        made = create(address, email=email, now=now)
        if before:
            accounts.switch(before, enabled=False, now=now)
    except Refusal as refusal:
        raise Complaint(refusal.message) from refusal
    return made


def create(address: str, *, email: str, now: datetime) -> dict[str, str]:
    """Create an account as its owner would do it, through the API, and return all that a sign-in of it needs.

    It has no points, no phone, and one token, which can only try to send. Nobody ever sees its password.
    """
    api = Api(address)
    login, token = _invited(email, now=now)
    password = f"{secrets.token_urlsafe(24)}-Q7"  # as every profile of passwords asks for
    api.post("/invitations/accept", {"token": token, "password": password})
    opened = api.post("/login", {"login": login, "password": password})
    api.session = opened["session"]["token"]
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


def _invited(email: str, *, now: datetime) -> tuple[str, str]:
    """Store an account, and return its login and the token of its invitation, which is not sent to anybody."""
    from furtka import accounts  # noqa: PLC0415 - reads the environment that was just set

    owner = accounts.new_owner(f"canary-{_letters(8)}", email=email, phone=None, language="en")
    return owner.login, accounts.add(owner, now=now).token


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

    def post(self, path: str, body: dict[str, str] | None = None) -> Any:
        """Return the answer. Raises Complaint, which repeats nothing of *body*."""
        headers = {"Authorization": f"Bearer {self.session}"} if self.session else {}
        try:
            answer = self._http.post(
                self._address + path, json=body or {}, headers=headers, timeout=PATIENCE, allow_redirects=False
            )
        except requests.RequestException as failure:
            raise Complaint(f"nothing answers at {self._address}: {type(failure).__name__}") from failure
        if not answer.ok:
            raise Complaint(f"POST {path} was answered {answer.status_code}: {_message(answer)}")
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

    def read(self) -> dict[str, str]:
        try:
            return dict(json.loads(self._client.get_secret_value(SecretId=self._name)["SecretString"]))
        except (BotoCoreError, ClientError, ValueError) as failure:
            raise Complaint(f"the canary's secret can't be read: {_why(failure)}") from failure

    def write(self, held: dict[str, str]) -> None:
        try:
            self._client.put_secret_value(SecretId=self._name, SecretString=json.dumps(held))
        except (BotoCoreError, ClientError) as failure:
            raise Complaint(
                f"the canary's secret can't be written: {_why(failure)}. Its account {held['login']} is of no use: "
                "disable it with `furtka accounts disable`, and run this again"
            ) from None  # the cause would show what was to be written


def _why(failure: Exception) -> str:
    return getattr(failure, "response", {}).get("Error", {}).get("Code") or type(failure).__name__


def _name_of_secret(arguments: argparse.Namespace) -> str:
    if not arguments.stack:
        name = os.environ.get("CANARY_SECRET")
        if not name:
            raise Complaint(OFF)
        return name
    try:
        found = boto3.client("cloudformation").describe_stack_resource(
            StackName=arguments.stack, LogicalResourceId="CanarySecret"
        )
    except (BotoCoreError, ClientError) as failure:
        raise Complaint(OFF) from failure
    return str(found["StackResourceDetail"]["PhysicalResourceId"])


def _address(arguments: argparse.Namespace) -> str:
    """Return the address of the stack on this machine, or the output Url of the one in AWS."""
    if not arguments.stack:
        return str(arguments.url or target.LOCAL)
    try:
        outputs = boto3.client("cloudformation").describe_stacks(StackName=arguments.stack)["Stacks"][0]["Outputs"]
        return next(output["OutputValue"] for output in outputs if output["OutputKey"] == "Url")
    except (BotoCoreError, ClientError, StopIteration) as failure:
        raise Complaint("the stack does not say its address: name it with --address") from failure

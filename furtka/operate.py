"""`furtka accounts`: an operator's hand on a stack, in AWS or on this machine."""

import argparse
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import boto3
import requests
from botocore.exceptions import BotoCoreError, ClientError

import furtka.paths  # noqa: F401 - finds `shared`
from furtka.complaint import Complaint
from shared.domain import points

PATIENCE = 30  # seconds


def register(subparsers: Any) -> None:
    about = "Make an account, invite its owner again, switch it off and on, open its IP lists, give it points."
    accounts = subparsers.add_parser("accounts", help="make and manage accounts", description=about)
    actions = accounts.add_subparsers(metavar="ACTION", required=True)
    create = _action(actions, "create", _create, "make an account; its owner gets a link to set the password")
    create.add_argument("--email", required=True, help="where links and warnings go")
    create.add_argument("--phone", help="a mobile number as +48600100200; with it every sign-in needs a code")
    create.add_argument("--company", default="", help="whose account it is; no password may hold its name")
    create.add_argument("--language", choices=["en", "pl"], default="en", help="of messages")
    create.add_argument("--points", default="0", help="what it can send messages for")
    _action(actions, "invite", _invite, "send a new link to set the password")
    _action(actions, "disable", _disable, "let nobody in, and end every session")
    _action(actions, "enable", _enable, "let the owner in again")
    _codes_action(actions)
    sender = _action(actions, "sender", _sender, "let a sender name of the account be used")
    sender.add_argument("name", help="as its owner wrote it")
    sender.add_argument("--off", action="store_true", help="let it be used no more")
    _action(actions, "open-lists", _open_lists, "switch both IP lists off, and tell everybody in the account")
    points = _action(actions, "points", _points, "add points that the account has bought")
    points.add_argument("amount", help="as 100 or 0.5")
    countries = _action(actions, "countries", _countries, "say where the account may send to, besides home")
    countries.add_argument("countries", metavar="COUNTRIES", help="as DE,CZ; or '' for home only")


def _codes_action(actions: Any) -> None:
    codes = _action(actions, "codes", _codes, "say how long SMS Authenticator's codes are, and how long they live")
    codes.add_argument("--digits", type=int, default=6, help="4 to 10; fewer than six give fewer tries")
    codes.add_argument("--minutes", type=int, default=5, help="1 to 10")


def _action(actions: Any, name: str, do: Callable[..., None], about: str) -> argparse.ArgumentParser:
    action: argparse.ArgumentParser = actions.add_parser(name, help=about, description=about)
    action.add_argument("--login", required=True, help="whose account")
    where = action.add_mutually_exclusive_group()
    where.add_argument("--stack", metavar="NAME", help="the CloudFormation stack in AWS")
    where.add_argument("--url", help="a stack on this machine (http://127.0.0.1:3000)")
    action.set_defaults(run=lambda arguments: _run(do, arguments))
    return action


def _run(do: Callable[..., None], arguments: argparse.Namespace) -> None:
    now = _reach(arguments)
    from furtka import accounts  # noqa: PLC0415  # reads the environment that was just set
    from shared.errors import Refusal, UnknownLogin  # noqa: PLC0415

    try:
        do(accounts, arguments, now=now)
    except UnknownLogin as refusal:
        raise Complaint(f"there is no login {arguments.login}") from refusal
    except Refusal as refusal:
        raise Complaint(refusal.message) from refusal


def _create(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    account_id = accounts.create(
        login=arguments.login,
        email=arguments.email,
        phone=arguments.phone,
        language=arguments.language,
        company=arguments.company,
        bought=_amount(arguments.points),
        now=now,
    )
    print(f"Account {account_id} is made. A link to set the password is on its way to its owner.")


def _invite(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    accounts.invite(arguments.login, now=now)
    print("A new link is on its way to the owner.")


def _disable(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    accounts.switch(arguments.login, enabled=False, now=now)
    print("Nobody gets in with this login, and its sessions have ended.")


def _enable(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    accounts.switch(arguments.login, enabled=True, now=now)
    print("This login works again.")


def _sender(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    accounts.approve(arguments.login, arguments.name, active=not arguments.off, now=now)
    print("Nothing is sent under this name any more." if arguments.off else "Messages can be sent under this name.")


def _open_lists(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    accounts.open_lists(arguments.login, now=now)
    print("Both IP lists are off. Everybody in the account is told.")


def _points(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    balance = accounts.add_points(arguments.login, _amount(arguments.amount), now=now)
    print(f"The account has {points.told(balance):g} points.")


def _amount(amount: str) -> int:
    try:
        found = points.read(amount)
    except ValueError as failure:
        raise Complaint("points are a number with at most four decimals") from failure
    if found < 0:
        raise Complaint("points can only be added")
    return found


def _countries(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    countries = sorted({country.strip().upper() for country in arguments.countries.split(",") if country.strip()})
    accounts.open_countries(arguments.login, countries, now=now)
    print(f"Besides home the account may send to: {' '.join(countries) or 'nowhere'}.")


def _codes(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    try:
        accounts.set_codes(
            arguments.login, digits=arguments.digits, lifetime=timedelta(minutes=arguments.minutes), now=now
        )
    except ValueError as failure:
        raise Complaint("codes have 4 to 10 digits and live for 1 to 10 minutes") from failure
    print(f"From now on codes have {arguments.digits} digits and live for {arguments.minutes} minutes.")


def _reach(arguments: argparse.Namespace) -> datetime:
    """Set the environment that the stack's functions have: the names of tables, queue and keys. Says what time it is.

    The clock of a stack on this machine may have been moved, and a link made by another would be dead at once.
    """
    if arguments.stack:
        os.environ |= _environment_in_aws(arguments.stack)
    elif arguments.url or "LOGINS_TABLE" not in os.environ:
        url = arguments.url or "http://127.0.0.1:3000"
        os.environ |= _shown(url, "environment")
        return datetime.fromisoformat(_shown(url, "clock")["now"])
    return datetime.now(UTC)


def _environment_in_aws(stack: str) -> dict[str, str]:
    try:
        outputs = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
        function = next(output["OutputValue"] for output in outputs if output["OutputKey"] == "LoginFunction")
        configuration = boto3.client("lambda").get_function_configuration(FunctionName=function)
    except (BotoCoreError, ClientError, StopIteration) as failure:
        raise Complaint(f"the stack {stack} can't be reached in AWS: {failure}") from failure
    return dict(configuration["Environment"]["Variables"])


def _shown(url: str, what: str) -> dict[str, str]:
    """What the stack on this machine tells of itself."""
    try:
        return dict(requests.get(f"{url}/_local/{what}", timeout=PATIENCE).json())
    except (requests.RequestException, ValueError) as failure:
        raise Complaint(f"no stack answers at {url}: start one with `make run`, or name one with --stack") from failure

"""`furtka accounts`: operators' commands for a stack in AWS or on this machine."""

import argparse
from collections.abc import Callable
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any

import furtka.paths  # noqa: F401 - finds `shared`
from furtka import arguments as words
from furtka import target
from furtka.complaint import Complaint
from shared.domain import points


def register(subparsers: Any) -> None:
    about = "Create and manage accounts of a stack in AWS (--stack) or on this machine (--url)."
    accounts = subparsers.add_parser("accounts", help="create and manage accounts", description=about)
    actions = accounts.add_subparsers(metavar="ACTION", required=True)
    create = _action(actions, "create", _create, "create an account; its owner gets a link to set the password")
    create.add_argument("--email", required=True, help="the owner's address, for links and warnings")
    create.add_argument("--phone", help="the owner's mobile number, as +48600100200; every sign-in then needs a code")
    create.add_argument("--company", default="", help="name of the company; no password may contain it")
    create.add_argument("--language", choices=["en", "pl"], default="en", help="language of messages (default: en)")
    create.add_argument("--points", default="0", help="points to start with, as 100 or 0.5 (default: 0)")
    _action(actions, "invite", _invite, "send the owner a new link to set the password")
    _action(actions, "disable", _disable, "disable one user's login; `suspend` is for their whole account")
    _action(actions, "enable", _enable, "enable one user's login again")
    _action(actions, "suspend", _suspend, "suspend the account: nobody gets in, nothing is sent; its users are told")
    _action(actions, "resume", _resume, "end the suspension of the account, and tell its users")
    _codes_action(actions)
    sender = _action(actions, "sender", _sender, "approve a sender name of the account, or withdraw that")
    sender.add_argument("name", help="the sender name, as its owner wrote it")
    sender.add_argument("--off", action="store_true", help="withdraw the approval")
    sending = _action(actions, "sending", _sending, "let the account's programs send, or stop what they send")
    until = (
        "stop messages and codes until the owner or an operator lets them leave; `suspend` holds against the owner too"
    )
    sending.add_argument("--off", action="store_true", help=until)
    _action(actions, "open-lists", _open_lists, "turn off both IP lists, and tell every user of the account")
    points = _action(actions, "points", _points, "add points that the account has bought")
    points.add_argument("amount", help="points to add, as 100 or 0.5")
    _bouncing_action(actions)
    _recovery_actions(actions)
    countries = _action(actions, "countries", _countries, "set the countries abroad that the account may send to")
    countries.add_argument("countries", metavar="COUNTRIES", help="country codes, as DE,CZ; '' for none")
    abroad = _action(actions, "abroad", _abroad, "set how many messages a day the account may send to a country abroad")
    abroad.add_argument("messages", metavar="MESSAGES", type=words.number, help="messages to each country in a UTC day")


def _bouncing_action(actions: Any) -> None:
    """Unlike the others, it is about all accounts."""
    about = "list the users, of all accounts, whose mailbox bounces or reported an e-mail as spam; reads all users"
    target.add_action(actions, "bouncing", lambda arguments: _run(_bouncing, arguments), about)


def _recovery_actions(actions: Any) -> None:
    change = _action(
        actions, "change", _change, "change the address or the phone of a login, or switch off its factors"
    )
    recover = _action(actions, "recover", _recover, "do more than one of these, after a hold of three days")
    for action in (change, recover):
        action.add_argument("--email", help="the new e-mail address")
        action.add_argument("--phone", help="the new mobile number, as +48600100200")
        action.add_argument(
            "--drop-factors",
            action="store_true",
            help="switch off every second factor, and send a link to set a new password",
        )
    end = recover.add_mutually_exclusive_group()
    end.add_argument("--finish", action="store_true", help="carry it out, once the hold is over")
    end.add_argument("--cancel", action="store_true", help="cancel it")


def _codes_action(actions: Any) -> None:
    codes = _action(actions, "codes", _codes, "set length and lifetime of the account's SMS Authenticator codes")
    codes.add_argument(
        "--digits",
        type=words.number,
        default=6,
        help="digits of a code (default: 6); with fewer digits fewer attempts are allowed",
    )
    codes.add_argument("--minutes", type=words.number, default=5, help="minutes until a code expires (default: 5)")


def _action(actions: Any, name: str, do: Callable[..., None], about: str) -> argparse.ArgumentParser:
    action = target.add_action(actions, name, lambda arguments: _run(do, arguments), about)
    action.add_argument("--login", required=True, help="a login of the account; for `create` its owner's")
    return action


def _run(do: Callable[..., None], arguments: argparse.Namespace) -> None:
    now = target.connect(arguments)
    from furtka import accounts  # noqa: PLC0415  # reads the environment that was just set
    from shared.errors import Refusal, UnknownLogin  # noqa: PLC0415 - found only now

    try:
        do(accounts, arguments, now=now)
    except UnknownLogin as refusal:
        raise Complaint(f"there is no login {arguments.login}") from refusal
    except Refusal as refusal:
        raise Complaint(refusal.message) from refusal


def _must_know_the_panel() -> None:
    """Raise Complaint if the stack has no address that a link could lead to: the invitation would wait in vain."""
    from shared import settings  # noqa: PLC0415 - found only now

    if not settings.PANEL_ORIGIN:
        raise Complaint("the stack does not know the panel's address yet: run `make deploy`, or set PanelOrigin")


def _create(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    _must_know_the_panel()
    account_id = accounts.create(
        login=arguments.login,
        email=arguments.email,
        phone=arguments.phone,
        language=arguments.language,
        company=arguments.company,
        bought=_amount(arguments.points),
        now=now,
    )
    print(f"Account {account_id} is created. A link to set the password is on its way to its owner.")


def _invite(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    _must_know_the_panel()
    accounts.invite(arguments.login, now=now)
    print("A new link is on its way to the owner.")


def _disable(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    accounts.switch(arguments.login, enabled=False, now=now)
    print("The login is disabled, and its sessions have ended. Other users of the account are not affected.")


def _enable(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    accounts.switch(arguments.login, enabled=True, now=now)
    print("The login is enabled.")


def _suspend(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    _switch_suspension(accounts, arguments, on=True, now=now)
    print("The account is suspended. Every user of it gets an e-mail about it.")


def _resume(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    _switch_suspension(accounts, arguments, on=False, now=now)
    print("The account is no longer suspended. Every user of it gets an e-mail about it.")


def _switch_suspension(accounts: ModuleType, arguments: argparse.Namespace, *, on: bool, now: datetime) -> None:
    from shared.errors import Outrun  # noqa: PLC0415 - found only now

    try:
        accounts.suspend(arguments.login, on=on, now=now)
    except Outrun as refusal:
        raise Complaint("the account is suspended already" if on else "the account is not suspended") from refusal


def _sender(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    from shared.errors import SenderUnknown  # noqa: PLC0415 - found only now

    try:
        accounts.approve(arguments.login, arguments.name, active=not arguments.off, now=now)
    except SenderUnknown as refusal:
        raise Complaint(
            f"the account has no sender name {arguments.name}; its owner has to create it first"
        ) from refusal
    print("Nothing is sent under this name any more." if arguments.off else "Messages can be sent under this name.")


def _sending(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    from shared.errors import Outrun  # noqa: PLC0415 - found only now

    try:
        accounts.switch_sending(arguments.login, on=not arguments.off, now=now)
    except Outrun as refusal:
        raise Complaint("sending is off already" if arguments.off else "sending is on already") from refusal
    print(
        "Nothing is sent for the account's programs any more. What is due meanwhile is not sent, and its points come "
        "back. Codes for a sign-in are sent as before."
        if arguments.off
        else "Messages and codes of the account's programs are sent again."
    )


def _open_lists(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    accounts.open_lists(arguments.login, now=now)
    print("Both IP lists are off. Every user of the account gets an e-mail about it.")


def _bouncing(accounts: ModuleType, _: argparse.Namespace, *, now: datetime) -> None:  # noqa: ARG001 - as the others
    found = accounts.in_mail_trouble()
    for login, account_id, reason, at in found:
        print(f"{at:%Y-%m-%d %H:%M} UTC  {reason:10}  {account_id}  {login}")
    print(f"{len(found)} in all." if found else "Every mailbox takes its e-mails, as far as SES tells.")


def _points(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    balance = accounts.add_points(arguments.login, _amount(arguments.amount), now=now)
    print(f"The account has {points.told(balance):g} points.")


def _amount(amount: str) -> int:
    try:
        found = points.read(amount)
    except ValueError as failure:
        raise Complaint("points are a number with at most four decimals") from failure
    if found < 0:
        raise Complaint("points can only be added, so the number must not be negative")
    return found


def _countries(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    countries = sorted({country.strip().upper() for country in arguments.countries.split(",") if country.strip()})
    accounts.open_countries(arguments.login, countries, now=now)
    print(f"Countries abroad that the account may send to: {' '.join(countries) or 'none'}.")


def _abroad(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    try:
        accounts.limit_abroad(arguments.login, arguments.messages, now=now)
    except ValueError as failure:
        raise Complaint(str(failure)) from failure
    print(f"Messages that the account may send to each country abroad in a UTC day: {arguments.messages}.")


def _change(_: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    from furtka import recovery  # noqa: PLC0415 - found only now

    recovery.change(arguments.login, _wanted(recovery, arguments), now=now)
    print("It is changed, and the sessions have ended. The user is told, with a link to undo it.")


def _recover(_: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    from furtka import recovery  # noqa: PLC0415 - found only now

    if (arguments.cancel or arguments.finish) and _changes(recovery, arguments).kinds:
        raise Complaint("what is changed was said when it was asked for: --finish and --cancel go alone")
    if arguments.cancel:
        recovery.cancel(arguments.login, now=now)
        print("The recovery is cancelled.")
    elif arguments.finish:
        recovery.finish(arguments.login, now=now)
        print("The login is recovered. A link to set the password is on its way.")
    else:
        due_at = recovery.ask(arguments.login, _wanted(recovery, arguments), now=now)
        print(f"Every address and phone of the login is told. Finish it from {due_at:%Y-%m-%d %H:%M} UTC on.")


def _wanted(recovery: ModuleType, arguments: argparse.Namespace) -> Any:
    wanted = _changes(recovery, arguments)
    if not wanted.kinds:
        raise Complaint("say what to change: --email, --phone or --drop-factors")
    return wanted


def _changes(recovery: ModuleType, arguments: argparse.Namespace) -> Any:
    return recovery.Wanted(arguments.email, arguments.phone, arguments.drop_factors)


def _codes(accounts: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    try:
        accounts.set_codes(
            arguments.login, digits=arguments.digits, lifetime=timedelta(minutes=arguments.minutes), now=now
        )
    except ValueError as failure:
        raise Complaint(_allowed_codes()) from failure
    print(f"From now on codes have {arguments.digits} digits and expire after {arguments.minutes} minutes.")


def _allowed_codes() -> str:
    from shared import policy  # noqa: PLC0415 - found only now

    (fewest, most), (shortest, longest) = policy.MFA_CODE_DIGITS, (at.seconds // 60 for at in policy.MFA_CODE_LIFETIME)
    return f"codes have {fewest} to {most} digits and expire after {shortest} to {longest} minutes"

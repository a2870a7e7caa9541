"""`furtka restore`: the steps after a table was restored under another name. See docs/recovery.md."""

import argparse
import sys
from collections.abc import Callable
from datetime import datetime
from types import ModuleType
from typing import Any

import boto3

import furtka.paths  # noqa: F401 - finds `shared`
from furtka import target
from furtka.complaint import Complaint, must_be_meant

MOMENT = "write date, time and time zone as in 2026-03-01T12:00Z or 2026-03-01T13:00+01:00"


def register(subparsers: Any) -> None:
    about = "Bring back a table of a stack that was restored under another name. See docs/recovery.md for the order."
    restore = subparsers.add_parser("restore", help="bring a restored table back", description=about)
    actions = restore.add_subparsers(metavar="ACTION", required=True)
    back = _action(actions, "table", _table, "copy the rows of a restored table, and set what a restore leaves out")
    back.add_argument("table", help="logical name of the table in template.yaml, such as TokensTable")
    back.add_argument("--from", required=True, dest="restored", metavar="NAME", help="name of the restored table")
    voiding = _action(actions, "void", _void, "void sessions, links, access tokens, and tokens changed since a moment")
    voiding.add_argument(
        "--since", required=True, type=_moment, help="the moment that was restored, as 2026-03-01T12:00Z"
    )


def _action(actions: Any, name: str, do: Callable[..., None], about: str) -> argparse.ArgumentParser:
    return target.add_action(actions, name, lambda arguments: _run(do, arguments), about)


def _moment(text: str) -> datetime:
    """Return the moment of ISO 8601, with its time zone. Raises Complaint, which says how it is written."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as failure:
        raise Complaint(f"--since: {text!r} is no moment: {MOMENT}") from failure
    if moment.tzinfo is None:
        raise Complaint(f"--since: {text!r} needs a time zone: {MOMENT}")
    return moment


def _run(do: Callable[..., None], arguments: argparse.Namespace) -> None:
    now = target.connect(arguments)
    from furtka import restoring  # noqa: PLC0415  # reads the environment that was just set

    try:
        with target.answering():
            do(restoring, arguments, now=now)
    except restoring.CannotRestore as refusal:
        raise Complaint(str(refusal)) from refusal


def _table(restoring: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:  # noqa: ARG001
    known = restoring.tables()
    if arguments.table not in known:
        raise Complaint(f"the template has no table {arguments.table} (there is {', '.join(known)})")
    restoring.bring_back(boto3.client("dynamodb"), arguments.table, arguments.restored, tell=_tell)


def _void(restoring: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    if arguments.since > now:
        raise Complaint(f"--since is the moment that was restored, and {arguments.since.isoformat()} is yet to come")
    if arguments.stack:
        must_be_meant(
            arguments.stack, "Everybody will be signed out; links, access tokens and changed tokens are void."
        )
    done = restoring.void(since=arguments.since, now=now, tell=_tell)
    print(f"void: every session of {done.users} users, {done.links} links, {done.access_tokens} access tokens")
    print(f"removed, since they were changed or deleted after that moment: {len(done.tokens)} tokens")
    for token_id in done.tokens:
        print(f"  {token_id}")
    print(f"to be looked at: {len(done.to_look_at)} changes that the restored rows may lack")
    for entry in done.to_look_at:
        what = " ".join(filter(None, (entry.event, entry.detail, entry.about)))
        print(f"  {entry.at.isoformat()} {what} user {entry.user_id} by {entry.actor}")


def _tell(line: str) -> None:
    """Tell how far a command is, apart from what it prints."""
    print(line, file=sys.stderr, flush=True)

"""`furtka keys`: rotates the sealing keys of a stack in AWS or on this machine."""

import argparse
import sys
import time
from collections.abc import Callable
from datetime import datetime
from types import ModuleType
from typing import Any

import furtka.paths  # noqa: F401 - finds `shared`
from furtka import target
from furtka.complaint import Complaint


def register(subparsers: Any) -> None:
    about = "Rotate the keys that seal tokens and codes, in AWS (--stack) or on this machine (--url). See docs/keys.md."
    keys = subparsers.add_parser("keys", help="rotate the sealing keys", description=about)
    actions = keys.add_subparsers(metavar="ACTION", required=True)
    _action(actions, "rotate", _rotate, "add a key, wait until every function knows it, and make it the newest")
    _action(actions, "status", _status, "show the keys, and count the rows under each")
    retire = _action(actions, "retire", _retire, "remove a key that no row needs any more")
    retire.add_argument("version", help="version of the key, as `status` shows it")
    retire.add_argument(
        "--void", action="store_true", help="even if rows need it: their tokens, links and codes are void"
    )


def _action(actions: Any, name: str, do: Callable[..., None], about: str) -> argparse.ArgumentParser:
    return target.add_action(actions, name, lambda arguments: _run(do, arguments), about)


def _run(do: Callable[..., None], arguments: argparse.Namespace) -> None:
    now = target.connect(arguments)
    from furtka import rotation  # noqa: PLC0415  # reads the environment that was just set

    try:
        with target.answering():
            do(rotation, arguments, now=now)
    except rotation.CannotRetire as refusal:
        raise Complaint(str(refusal)) from refusal


def _rotate(rotation: ModuleType, _: argparse.Namespace, *, now: datetime) -> None:  # noqa: ARG001
    version = rotation.rotate(sleep=time.sleep, tell=_tell)
    print(f"Key {version} is the newest.")


def _status(rotation: ModuleType, _: argparse.Namespace, *, now: datetime) -> None:
    keyring, counted = rotation.kept().keyring, rotation.count(now=now, tell=_tell)
    versions = sorted({*keyring.keys, *(version for _, version in counted.rows)}, key=int)
    width = max((len(what) for what, _ in counted.rows), default=0)
    print(f"{'key':{width}}" + "".join(f"{version:>9}" for version in versions))
    for what in sorted({what for what, _ in counted.rows}):
        print(f"{what:{width}}" + "".join(f"{counted.rows[what, version]:9}" for version in versions))
    print(f"Key {keyring.newest} is the newest." + (f" Key {keyring.added} is added." if keyring.added else ""))
    for version in sorted(set(versions) - keyring.keys.keys(), key=int):
        print(f"Key {version} is gone, and what it sealed is void.")


def _retire(rotation: ModuleType, arguments: argparse.Namespace, *, now: datetime) -> None:
    rotation.retire(arguments.version, void=arguments.void, now=now, tell=_tell)
    print(f"Key {arguments.version} is removed.")


def _tell(line: str) -> None:
    """Tell how far a command is, apart from what it prints."""
    print(line, file=sys.stderr, flush=True)

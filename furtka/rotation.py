"""What `furtka keys` does: the sealing keys in the secret store, and what lies in the tables under each."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import boto3

from shared import policy, settings
from shared.crypto import keyring, randomness
from shared.crypto.keyring import Keyring
from shared.storage import sealed_rows

A_STEP = timedelta(seconds=15)
"""How long a wait goes on before it is told again."""

MOST_NAMED = 10
"""How many rows a refusal names."""

type Tell = Callable[[str], None]
type Sleep = Callable[[float], None]


class CannotRetire(Exception):
    """A key cannot be retired. The message says why."""


@dataclass(frozen=True)
class Kept:
    """The keys as the secret store has them, and for how long it has had them so."""

    keyring: Keyring
    unchanged_for: timedelta

    @property
    def known_in(self) -> timedelta:
        """How long it takes until every function knows them as they are."""
        return max(policy.KEYS_KNOWN_AFTER - self.unchanged_for, timedelta(0))


@dataclass(frozen=True)
class Count:
    """How many rows of each kind live under each key, and the names of some of them, by version."""

    rows: Counter[tuple[str, str]]
    some: dict[str, list[str]]

    def under(self, version: str) -> int:
        return sum(count for (_, of), count in self.rows.items() if of == version)


def kept() -> Kept:
    """Read the keys as they are now."""
    answer = _secrets().get_secret_value(SecretId=settings.SEALING_KEYS_SECRET)
    return Kept(keyring.read(json.loads(answer["SecretString"])), _now(answer) - answer["CreatedDate"])


def rotate(*, sleep: Sleep, tell: Tell) -> str:
    """Add a key, wait until every function knows it, make it the newest, and return its version.

    If an earlier run died in between, this one goes on with its key.
    """
    now = kept()
    if now.keyring.added is None:
        added = str(int(now.keyring.versions[-1]) + 1)
        _put(replace(now.keyring, keys={**now.keyring.keys, added: randomness.sealing_key()}))
        tell(f"Key {added} is added. It seals nothing before every function knows it.")
    while (now := kept()).keyring.added and now.known_in:
        tell(f"Every function knows key {now.keyring.added} in {_minutes(now.known_in)}.")
        sleep(min(now.known_in, A_STEP).total_seconds())
    if now.keyring.added:  # otherwise another operator was first
        _put(replace(now.keyring, newest=now.keyring.added))
    return now.keyring.added or now.keyring.newest


def count(*, now: datetime, tell: Tell) -> Count:
    """Count the rows that live at *now*, by what they are and by the version of their key. Reads the tables."""
    rows: Counter[tuple[str, str]] = Counter()
    some: dict[str, list[str]] = defaultdict(list)
    read, table = 0, ""
    for table, found in sealed_rows.find(now=now):
        for one in found:
            rows[one.what, one.version] += 1
            if len(some[one.version]) < MOST_NAMED:
                some[one.version].append(f"{one.what}: {one.name}")
        read += len(found)
        tell(f"{table}: {read} rows so far")
    return Count(rows, some)


def retire(version: str, *, void: bool, now: datetime, tell: Tell) -> None:
    """Remove a key from the secret store.

    Raises CannotRetire if there is no such key, if it is or was just now the newest, or if rows that live need it; with
    *void* these are void from then on.
    """
    at = kept()
    if version not in at.keyring.keys:
        raise CannotRetire(f"there is no key {version}")
    if version == at.keyring.newest:
        raise CannotRetire(f"key {version} is the newest: `furtka keys rotate` replaces it")
    if at.known_in:
        raise CannotRetire(f"functions may still seal with key {version}: try again in {_minutes(at.known_in)}")
    counted = count(now=now, tell=tell)
    if counted.under(version) and not void:
        names = "\n  ".join(counted.some[version])
        raise CannotRetire(f"{counted.under(version)} rows need key {version}, among them\n  {names}")
    # Read anew: another operator may have added a key while the tables were read.
    left = kept().keyring
    _put(replace(left, keys={one: key for one, key in left.keys.items() if one != version}))


def _put(keys: Keyring) -> None:
    _secrets().put_secret_value(SecretId=settings.SEALING_KEYS_SECRET, SecretString=json.dumps(keyring.written(keys)))


def _now(answer: Any) -> datetime:
    """Return the time by the clock of the secret store, which dates its secrets, or else by this machine's."""
    said = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(said) if said else datetime.now(UTC)


def _minutes(time: timedelta) -> str:
    minutes, seconds = divmod(round(time.total_seconds()), 60)
    return f"{minutes}:{seconds:02} minutes"


def _secrets() -> Any:
    return boto3.client("secretsmanager")

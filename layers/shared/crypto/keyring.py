"""The form in which the secret store keeps the sealing keys: `{"1": …, "2": …, "newest": "1"}`.

A key is added before it is the newest: functions cache the secret, and every one must know a key before another seals
with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

NEWEST = "newest"


@dataclass(frozen=True)
class Keyring:
    """The sealing keys by version, and the version that new seals are made with."""

    keys: Mapping[str, str] = field(repr=False)
    newest: str

    @property
    def versions(self) -> list[str]:
        """The versions, oldest first."""
        return sorted(self.keys, key=int)

    @property
    def added(self) -> str | None:
        """The version of a key that is to be the newest, and is not yet."""
        last = self.versions[-1]
        return last if int(last) > int(self.newest) else None


def read(secret: Mapping[str, str]) -> Keyring:
    """Return the keys in *secret*. Without the name of the newest, as in a new stack, it is the highest version.

    Raises ValueError if there is no key.
    """
    keys = {version: key for version, key in secret.items() if version.isdecimal()}
    if not keys:
        raise ValueError("no sealing key")
    named = secret.get(NEWEST, "")
    return Keyring(keys, named if named in keys else max(keys, key=int))


def written(keyring: Keyring) -> dict[str, str]:
    """Return what the secret store keeps."""
    return {**keyring.keys, NEWEST: keyring.newest}

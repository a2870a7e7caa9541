"""Networks that sign-ins come from: which ones a login used before, and from which too many sign-ins failed."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from shared import policy
from shared.crypto import seal
from shared.domain.failed_sign_ins import FailedSignIns
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.errors import TooManyPasswords
from shared.storage import networks
from shared.storage.engine import Key, Row, Write

NAME_CHARACTERS = 16
"""How much of a fingerprint names a network or a login: 96 bits, too many to find two alike."""


@dataclass(frozen=True)
class Failing:
    """Failed sign-ins of unknown devices from the place of *origin*, over all logins, as they were read.

    *kind* keeps those with passwords of people and of programs apart.
    """

    kind: str
    login: str
    origin: Origin
    before: FailedSignIns = field(default_factory=FailedSignIns)

    def must_not_wait(self, *, now: datetime) -> None:
        """Raise TooManyPasswords if so many failed from here that the next one has to wait."""
        if (wait := self.before.wait(self.origin.part, now=now)) > now - now:
            raise TooManyPasswords(retry_after=wait)

    def recording(self, *, now: datetime) -> Write:
        """Count a failure. It may be one too many by what is in flight, but none is lost."""
        share = self.before.share_for(self.origin.part, self._name, now=now)
        return networks.failing(_about(self.kind, self.origin), share, self.before, now=now)

    def forgiving(self, *, now: datetime) -> list[Write]:
        """Take back the failures of this login from this network after a right password, and no others."""
        shares = self.before.of_login(self.origin.part, self._name)
        return [networks.forgiving(_about(self.kind, self.origin), shares, now=now)] if shares else []

    @property
    def _name(self) -> str:
        return seal.login(self.login)[:NAME_CHARACTERS]


def keys(kind: str, login: str, origin: Origin) -> list[Key]:
    """Return the keys of what failed from here, and of the networks of *login*."""
    return [failures_key(kind, origin), known_key(login)]


def known_key(login: str) -> Key:
    """Return the key of the networks of *login*."""
    return networks.networks_key(_networks(login))


def failures_key(kind: str, origin: Origin) -> Key:
    """Return the key of what failed from here."""
    return networks.failures_key(_about(kind, origin))


def failing(kind: str, login: str, origin: Origin, row: Row) -> Failing:
    """Return what failed from here, from the row under the first of `keys`."""
    return Failing(kind, login, origin, networks.failures_in(row))


def is_known(owner: Login | None, origin: Origin, row: Row, *, now: datetime) -> bool:
    """Whether *owner* signed in from this network lately. *row* is the one under `known_key`."""
    if owner is None:
        return False
    at = networks.networks_in(row).get(_network(owner.user_id, origin))
    # Who reported somebody else's sign-in does not want that one's network known.
    return at is not None and at > owner.devices_since and now < at + policy.NETWORK_REMEMBERED_FOR


def invited(user_id: str, origin: Origin, *, now: datetime) -> dict[str, Any]:
    """Return the fields of a login that say when and from where its invitation was accepted."""
    return {"invited_at": now, "invited_from": _network(user_id, origin)}


def is_invited(owner: Login | None, origin: Origin, *, now: datetime) -> bool:
    """Whether *owner* accepted an invitation in this network just before: they know that they sign in."""
    if owner is None or now >= owner.invited_at + policy.INVITED_FOR:
        return False
    return owner.invited_from == _network(owner.user_id, origin)


def remembering(login: str, user_id: str, origin: Origin, *, now: datetime) -> Write:
    """Record that the user signed in from this network."""
    network = _network(user_id, origin)
    place = int.from_bytes(sha256(network.encode()).digest()) % policy.NETWORKS_REMEMBERED
    return networks.remembering(_networks(login), network, place, now=now)


def _about(kind: str, origin: Origin) -> str:
    return f"{kind}-failed-from:{origin.site}"


def _networks(login: str) -> str:
    return "networks:" + seal.login(login)


def _network(user_id: str, origin: Origin) -> str:
    return _name("network", f"{user_id} {origin.network}")


def _name(purpose: str, value: str) -> str:
    return seal.fingerprint(purpose, value)[:NAME_CHARACTERS]

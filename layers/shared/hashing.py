"""The slow hash of passwords: Argon2id, its parameters stored with each hash."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared import policy
from shared.domain.passwords import prepared

_hasher = PasswordHasher(
    time_cost=policy.ARGON2_PASSES, memory_cost=policy.ARGON2_MEMORY_KIB, parallelism=policy.ARGON2_LANES
)

_COST = f"m={policy.ARGON2_MEMORY_KIB},t={policy.ARGON2_PASSES},p={policy.ARGON2_LANES}"

NOBODYS_HASH = f"$argon2id$v=19${_COST}${'A' * 22}${'A' * 43}"
"""Salt and hash are zeros. It costs to verify what any hash costs, and a fresh function has it at no cost at all."""


def hash_password(password: str) -> str:
    """A salted hash that only `is_password` can read."""
    return _hasher.hash(prepared(password))


def is_password(hashed: str | None, password: str) -> bool:
    """Whether *password* is the one that was hashed. Without a hash it is wrong, at the same cost (ASVS V6.3.8)."""
    try:
        return _hasher.verify(hashed or NOBODYS_HASH, prepared(password)) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(hashed: str) -> bool:
    """Whether policy moved on since *hashed* was made. Asked after `is_password` said yes, so it is a whole hash."""
    return _hasher.check_needs_rehash(hashed)

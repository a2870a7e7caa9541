"""The slow hash of passwords: Argon2id, its parameters stored with each hash."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared import policy
from shared.domain.passwords import prepared

_hasher = PasswordHasher(
    time_cost=policy.ARGON2_PASSES, memory_cost=policy.ARGON2_MEMORY_KIB, parallelism=policy.ARGON2_LANES
)


def hash_password(password: str) -> str:
    """A salted hash that only `is_password` can read."""
    return _hasher.hash(prepared(password))


def is_password(hashed: str | None, password: str) -> bool:
    """Whether *password* is the one that was hashed. Without a hash it is wrong, at the same cost (ASVS V6.3.8)."""
    try:
        return _hasher.verify(hashed or _nobodys_hash(), prepared(password)) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    """A hash of nothing in particular, made once per process with the parameters of today."""
    return _hasher.hash("nobody")

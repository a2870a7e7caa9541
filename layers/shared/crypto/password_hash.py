"""Password hashes: Argon2id, with its parameters stored in each hash."""

import hashlib

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared import policy
from shared.crypto import seal
from shared.domain.passwords import prepared

_hasher = PasswordHasher(
    time_cost=policy.ARGON2_PASSES, memory_cost=policy.ARGON2_MEMORY_KIB, parallelism=policy.ARGON2_LANES
)

_COST = f"m={policy.ARGON2_MEMORY_KIB},t={policy.ARGON2_PASSES},p={policy.ARGON2_LANES}"

NOBODYS_HASH = f"$argon2id$v=19${_COST}${'A' * 22}${'A' * 43}"
"""A hash that no password has: salt and hash are zeros. It takes as long to verify as any, and no time to make."""

MD5_HEX = "[0-9A-Fa-f]{32}"

OF_MD5, API_OF_MD5 = "md5:", "api-md5:"
"""Prefixes of hashes made from an MD5 digest in hex, which older clients send in place of a new password.

The password itself is right, never the digest: whoever reads a digest that is accepted needs no password any more. The
second marks API passwords, whose strength `api_clients` judges when they are shown.
"""

_known: set[str] = set()
"""Sealed pairs of hash and password that were verified before, in this process only."""


def hash_password(password: str) -> str:
    """Return the salted hash of *password*, for `is_password`."""
    return _hasher.hash(prepared(password))


def hash_md5(md5: str, prefix: str) -> str:
    """Return the salted hash of a password of which only the MD5 digest in hex is known, behind one of the prefixes."""
    return prefix + _hasher.hash(md5.lower())


def md5_of(password: str) -> str:
    """Return the MD5 digest of *password* in hex, as older clients send it."""
    return hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()


def is_unjudged(hashed: str) -> bool:
    """Whether *hashed* is of an API password of which nothing but the MD5 digest was known when it was set."""
    return hashed.startswith(API_OF_MD5)


def is_password(hashed: str | None, password: str) -> bool:
    """Whether *password* is the one in *hashed*. Without a hash it is wrong, after the same time (ASVS V6.3.8)."""
    prefix, slow = _split_prefix(hashed or NOBODYS_HASH)
    try:
        return _hasher.verify(slow, _text_to_verify(prefix, password)) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def was_verified(hashed: str | None, password: str) -> bool:
    """Whether this process has verified *password* against *hashed* before. Takes no slow hash."""
    return hashed is not None and _pair(hashed, password) in _known


def remember_verified(hashed: str, password: str) -> None:
    """Remember, in memory only and sealed, that *password* is the one in *hashed*."""
    if len(_known) >= policy.API_PASSWORDS_KNOWN:
        _known.clear()
    _known.add(_pair(hashed, password))


def is_outdated(hashed: str) -> bool:
    """Whether *hashed* has other parameters than policy has now. *hashed* must be one that `is_password` accepted."""
    return _hasher.check_needs_rehash(_split_prefix(hashed)[1])


def _split_prefix(hashed: str) -> tuple[str, str]:
    """Return the prefix of *hashed*, empty if it has none, and the Argon2id hash."""
    prefix = next((prefix for prefix in (OF_MD5, API_OF_MD5) if hashed.startswith(prefix)), "")
    return prefix, hashed.removeprefix(prefix)


def _text_to_verify(prefix: str, password: str) -> str:
    """Return the text that was hashed if *password* is right. Clients take the MD5 of the password as it was typed."""
    if not prefix:
        return prepared(password)
    return md5_of(password)


def _pair(hashed: str, password: str) -> str:
    """Return the member of `_known` for this pair. After a change of password the old pair matches nothing."""
    return seal.seal("known-password", hashed, prepared(password))

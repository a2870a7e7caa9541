"""The slow hash of passwords: Argon2id, its parameters stored with each hash."""

import hashlib
import re

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
"""Salt and hash are zeros. It costs to verify what any hash costs, and a fresh function has it at no cost at all."""

MD5_HEX = "[0-9A-Fa-f]{32}"

OF_MD5, OF_MD5_OR_PLAIN = "md5:", "api-md5:"
"""How a hash begins that was made of an MD5 in hexadecimal, as older clients send it in place of a password.

A person types the password itself. A program shows that or the MD5, as its client has it (Python, Java).
"""

_known: set[str] = set()


def hash_password(password: str) -> str:
    """A salted hash that only `is_password` can read."""
    return _hasher.hash(prepared(password))


def hash_md5(md5: str, mark: str) -> str:
    """The same of a password that only its MD5, in hexadecimal, is known of. *mark* says what will be shown."""
    return mark + _hasher.hash(md5.lower())


def is_password(hashed: str | None, password: str) -> bool:
    """Whether *password* is the one that was hashed. Without a hash it is wrong, at the same cost (ASVS V6.3.8)."""
    mark, slow = _read(hashed or NOBODYS_HASH)
    try:
        return _hasher.verify(slow, _as_hashed(mark, password)) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def is_known(hashed: str | None, password: str) -> bool:
    """Whether this function found out before, and keeps in mind, that they belong together. No slow hash."""
    return hashed is not None and _mark(hashed, password) in _known


def keep_in_mind(hashed: str, password: str) -> None:
    """Said of a *password* that was right. Neither can be read from what is kept, in memory and nowhere else."""
    if len(_known) >= policy.API_PASSWORDS_KNOWN:
        _known.clear()
    _known.add(_mark(hashed, password))


def is_outdated(hashed: str) -> bool:
    """Whether policy moved on since *hashed* was made. Asked after `is_password` said yes, so it is a whole hash."""
    return _hasher.check_needs_rehash(_read(hashed)[1])


def _read(hashed: str) -> tuple[str, str]:
    """Its mark, if it has one, and the slow hash."""
    mark = next((mark for mark in (OF_MD5, OF_MD5_OR_PLAIN) if hashed.startswith(mark)), "")
    return mark, hashed.removeprefix(mark)


def _as_hashed(mark: str, password: str) -> str:
    """What was hashed, if *password* is right. Clients take the MD5 of the bytes as they are typed."""
    if not mark:
        return prepared(password)
    if mark == OF_MD5_OR_PLAIN and re.fullmatch(MD5_HEX, password):
        return password.lower()
    return hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()


def _mark(hashed: str, password: str) -> str:
    """Another hash makes another mark, so that a password that was changed is forgotten at once."""
    return seal.seal("known-password", hashed, prepared(password))

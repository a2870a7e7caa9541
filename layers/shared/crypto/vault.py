"""Encryption of values that must be read again, under the sealing keys: AES-256-GCM, bound to their place.

Unlike `kms` it needs no call, and has no limit of size; unlike `seal` it can be opened.
"""

import hmac
from base64 import b64decode, b64encode
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.crypto import randomness, seal
from shared.errors import Unavailable

NONCE_BYTES = 12
"""96 bits, as NIST SP 800-38D 8.2 recommends. A key encrypts far fewer than 2^32 values, so random ones may be used."""


def shut(text: str, *, place: str) -> str:
    """Return *text* encrypted with the newest key, as `<key version>.<base64>`. Only `opened` for *place* reads it."""
    version, key = seal.newest_key()
    nonce = randomness.nonce(NONCE_BYTES)
    blob = nonce + _cipher(key).encrypt(nonce, text.encode(), place.encode())
    return f"{version}.{b64encode(blob).decode()}"


def opened(shut: str, *, place: str) -> str:
    """Return the text again.

    Raises Unavailable if its key is gone, or ValueError if it was altered or belongs to another place.
    """
    version, _, text = shut.partition(".")
    key = seal.key_of(version)
    if key is None:
        raise Unavailable
    blob = b64decode(text)
    try:
        return _cipher(key).decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], place.encode()).decode()
    except InvalidTag:
        raise ValueError("not shut for this place") from None


def _cipher(key: str) -> AESGCM:
    """Return the cipher of a sealing key, with a key of its own derived from it (NIST SP 800-108)."""
    return AESGCM(hmac.digest(key.encode(), b"vault", sha256))

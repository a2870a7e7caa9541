"""The only holder of the sealing keys and of the naming key. A sealed secret can be recognised again, but not read.

The sealing keys rotate: each seal says with which one it was made, and is recognised as long as that one is there. The
naming key makes the names of rows about input of strangers. It does not rotate, since under another one no row would
be found. What must be read again is in `vault`, or in `kms`.
"""

import hmac
from base64 import b64encode
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256

from shared import secret_store, settings
from shared.crypto import keyring
from shared.crypto.keyring import Keyring
from shared.domain.identifiers import Token
from shared.errors import Unavailable


def token(token: Token) -> str:
    """Return *token* sealed, as it is stored."""
    return seal(token.kind, token.id, token.secret)


def is_token(sealed: str, token: Token) -> bool:
    return matches(sealed, token.kind, token.id, token.secret)


def matching(sealed: Iterable[str], token: Token) -> str | None:
    """Return the one of *sealed* that was made of *token*, or None."""
    return next((one for one in sealed if is_token(one, token)), None)


def code(challenge: str, code: str) -> str:
    """Return *code* sealed for one challenge, named by the key of its row, as it is stored."""
    return seal("code", challenge, code)


def is_code(sealed: str, challenge: str, code: str) -> bool:
    return matches(sealed, "code", challenge, code)


def is_outdated(sealed: str) -> bool:
    """Whether *sealed* was made with another key than the newest. Then its next write makes it anew."""
    return sealed.partition(".")[0] != newest_key()[0]


def number_code(user_id: str, number: str, code: str, *, like: str = "") -> str:
    """Return a code of SMS Authenticator, or a guess at one, sealed for one number of one user.

    With *like*, another seal, it is made with the key of that one, if there still is one, so that the two can be
    compared; else with the newest.
    """
    version = like.partition(".")[0]
    key = key_of(version) if version else None
    return f"{version}.{_mac(key, 'mfa', (user_id, number, code))}" if key else seal("mfa", user_id, number, code)


def fingerprint(purpose: str, value: str) -> str:
    """Return a name for *value* that does not show it, for keys of rows about input of strangers."""
    return _mac(_naming_key(), purpose, (value,))


def login(login: str) -> str:
    """Return the name of a login among counts. It is worked out once for the logins that were last asked for."""
    return _login(login, _naming_key())


@lru_cache(maxsize=16)
def _login(login: str, key: str) -> str:
    return _mac(key, "login", (login,))


def seal(purpose: str, *parts: str) -> str:
    """Return the HMAC-SHA-256 of *parts* with the newest key, as `<key version>.<base64>` (ASVS V11.2.2)."""
    version, key = newest_key()
    return f"{version}.{_mac(key, purpose, parts)}"


def matches(sealed: str, purpose: str, *parts: str) -> bool:
    """Whether *sealed* is the seal of these parts, compared in constant time (ASVS V11.2.4)."""
    version, _, mac = sealed.partition(".")
    key = key_of(version)
    return key is not None and hmac.compare_digest(mac.encode(), _mac(key, purpose, parts).encode())


def code_again(salt: str, digits: int, *, version: str = "") -> tuple[str, str]:
    """Return the code that the key of *version* derives from *salt*, and that version; the newest key if it is empty.

    The same salt and version give the same code again, so that the code need not be stored. Raises Unavailable if there
    is no such key any more.
    """
    version = version or newest_key()[0]
    key = key_of(version)
    if key is None:
        raise Unavailable
    number = int.from_bytes(hmac.digest(key.encode(), _message("code-again", (salt,)), sha256))
    return str(number % 10**digits).zfill(digits), version


def digest(purpose: str, *parts: str) -> str:
    """Return the SHA-256 of *parts* in base64, without a key: for secrets that must outlive the sealing keys.

    Only for secrets of 112 random bits or more, which cannot be guessed (ASVS V6.5.2).
    """
    return b64encode(sha256(_message(purpose, parts)).digest()).decode()


def newest_key() -> tuple[str, str]:
    """Return the newest sealing key after its version, for `vault`."""
    keyring = _keyring()
    return keyring.newest, keyring.keys[keyring.newest]


def key_of(version: str) -> str | None:
    """Return the sealing key of *version*; None if there is none any more."""
    # A version that the cache does not know may be the key that a rotation has just added.
    return _keyring().keys.get(version) or _keyring(fresh=True).keys.get(version)


def _mac(key: str, purpose: str, parts: tuple[str, ...]) -> str:
    return b64encode(hmac.digest(key.encode(), _message(purpose, parts), sha256)).decode()


def _message(purpose: str, parts: tuple[str, ...]) -> bytes:
    """Return *parts* as one message. Each is preceded by its length, so no two lists give the same message."""
    return "".join(f"{len(part)}:{part}" for part in (purpose, *parts)).encode()


def _keyring(*, fresh: bool = False) -> Keyring:
    """Return the sealing keys. Raises Unavailable if the secret store does not answer, or has none."""
    try:
        return keyring.read(secret_store.json_object(settings.SEALING_KEYS_SECRET, fresh=fresh))
    except ValueError as failure:
        raise Unavailable from failure


def _naming_key() -> str:
    """Return the naming key. Raises Unavailable if the secret store does not answer."""
    return secret_store.text(settings.NAMING_KEY_SECRET)

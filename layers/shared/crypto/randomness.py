"""The only source of randomness: the operating system's (ASVS V6.5.3)."""

import secrets
from base64 import b32encode

from shared import policy
from shared.domain import identifiers, recovery
from shared.domain.identifiers import BASE62, Token
from shared.domain.messages import SHIPMENT_CHARACTERS


def code(digits: int = policy.CODE_DIGITS) -> str:
    """A code for a message: each of its digits equally likely."""
    return _text(digits, "0123456789")


def totp_secret() -> str:
    """What an authenticator app and we share, in base 32 as every app reads it."""
    return b32encode(secrets.token_bytes(policy.TOTP_SECRET_BYTES)).decode()


def recovery_codes() -> list[str]:
    """A fresh list of them, in canonical form."""
    return [_text(policy.RECOVERY_CODE_CHARACTERS, recovery.ALPHABET) for _ in range(policy.RECOVERY_CODES)]


def token(kind: str, user_id: str) -> Token:
    """A fresh secret that belongs to *user_id*."""
    return Token(kind=kind, id=record_id(user_id), secret=_text(identifiers.SECRET_CHARACTERS))


def access_token(client_id: str) -> Token:
    """A fresh secret for the client, that lives for a while."""
    access_id = _continue(client_id, identifiers.ACCESS_CHARACTERS)
    return Token(kind="access", id=access_id, secret=_text(identifiers.SECRET_CHARACTERS))


def account_id() -> str:
    return _text(identifiers.ACCOUNT_CHARACTERS)


def user_id(account_id: str) -> str:
    return _continue(account_id, identifiers.USER_CHARACTERS)


def record_id(user_id: str) -> str:
    return _continue(user_id, identifiers.RECORD_CHARACTERS)


def challenge_id(user_id: str) -> str:
    return _continue(user_id, identifiers.CHALLENGE_CHARACTERS)


def shipment_id() -> str:
    """88 random bits in hexadecimal digits. It is no secret."""
    return _text(SHIPMENT_CHARACTERS, "0123456789abcdef")


def pause(longest: float) -> float:
    """Seconds to wait before trying again, so that two who collided do not collide again."""
    return secrets.randbelow(1000) / 1000 * longest


def _continue(owner: str, characters: int) -> str:
    return owner + _text(characters - len(owner))


def _text(characters: int, alphabet: str = BASE62) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(characters))

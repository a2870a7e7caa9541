"""The only source of random values: the operating system's generator (ASVS V6.5.3)."""

import secrets
from base64 import b32encode
from datetime import datetime

from shared import policy
from shared.domain import contacts, identifiers, recovery
from shared.domain.identifiers import BASE62, Token
from shared.domain.messages import SHIPMENT_CHARACTERS


def code(digits: int = policy.CODE_DIGITS) -> str:
    """Return a new code of decimal digits."""
    return _text(digits, "0123456789")


def totp_secret() -> str:
    """Return a new secret for an authenticator app, in base 32 (RFC 4226, RFC 6238)."""
    return b32encode(secrets.token_bytes(policy.TOTP_SECRET_BYTES)).decode()


def recovery_codes() -> list[str]:
    """Return a new list of recovery codes in canonical form."""
    return [_text(policy.RECOVERY_CODE_CHARACTERS, recovery.ALPHABET) for _ in range(policy.RECOVERY_CODES)]


def token(kind: str, user_id: str) -> Token:
    """Return a new secret of *kind* that belongs to *user_id*."""
    return Token(kind=kind, id=record_id(user_id), secret=_text(identifiers.SECRET_CHARACTERS))


def access_token(client_id: str) -> Token:
    """Return a new access token for an OAuth client."""
    access_id = _id_within(client_id, identifiers.ACCESS_CHARACTERS)
    return Token(kind="access", id=access_id, secret=_text(identifiers.SECRET_CHARACTERS))


def account_id() -> str:
    return _text(identifiers.ACCOUNT_CHARACTERS)


def user_id(account_id: str) -> str:
    return _id_within(account_id, identifiers.USER_CHARACTERS)


def record_id(user_id: str) -> str:
    return _id_within(user_id, identifiers.RECORD_CHARACTERS)


def challenge_id(user_id: str) -> str:
    return _id_within(user_id, identifiers.CHALLENGE_CHARACTERS)


def contact_id(account_id: str, generation: int, *, now: datetime) -> str:
    """Return a new id of a contact, with 41 random bits among those of its millisecond."""
    return contacts.contact_id(account_id, generation, now=now, chance=_text(contacts.CHANCE_CHARACTERS))


def shipment_id() -> str:
    """Return a new id of 88 random bits, in hexadecimal digits. It is no secret."""
    return _text(SHIPMENT_CHARACTERS, "0123456789abcdef")


def sealing_key() -> str:
    """Return a new sealing key, of some 380 random bits."""
    return _text(64)


def request_token() -> str:
    """Return a name for one transaction, by which DynamoDB knows its other attempts. It is no secret."""
    return _text(36)


def nonce(size: int) -> bytes:
    """Return *size* random bytes, for one encryption."""
    return secrets.token_bytes(size)


def pause(longest: float) -> float:
    """Return seconds to wait, up to *longest*, so that two requests that collided do not collide again."""
    return secrets.randbelow(1000) / 1000 * longest


def _id_within(owner: str, characters: int) -> str:
    """Return a new id of so many characters that begins with its owner's id."""
    return owner + _text(characters - len(owner))


def _text(characters: int, alphabet: str = BASE62) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(characters))

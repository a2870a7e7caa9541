"""How ids and secrets are written. An id begins with its owner's, so that one read can fetch both."""

import re
import zlib
from dataclasses import dataclass, field

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

ACCOUNT_CHARACTERS = 10
USER_CHARACTERS = ACCOUNT_CHARACTERS + 6
RECORD_CHARACTERS = USER_CHARACTERS + 12
"""A session's, device's or invitation's id: 71 random bits behind its user's id. It is no secret."""

SECRET_CHARACTERS = 43
"""256 bits. ASVS V7.2.3 asks for 128."""

CHECKSUM_CHARACTERS = 6
"""CRC-32 in base62: a mistyped or made-up token is refused without a read, and scanners have few false alarms."""

ACCESS_CHARACTERS = RECORD_CHARACTERS + 12
"""An access token's id: 71 random bits behind its client's id."""

KINDS = ("session", "device", "invitation", "reset", "email", "notme", "api", "client", "access")

TOKEN_PATTERN = (
    f"furtka_({'|'.join(KINDS)})_([0-9A-Za-z]{{{ACCESS_CHARACTERS}}}|[0-9A-Za-z]{{{RECORD_CHARACTERS}}})"
    f"([0-9A-Za-z]{{{SECRET_CHARACTERS}}})([0-9A-Za-z]{{{CHECKSUM_CHARACTERS}}})"
)
"""The published regular expression of every secret that Furtka hands out. Only access tokens have the longer id.

It stands first, or a scanner would find a part of one, whose checksum is wrong.
"""

CHALLENGE_CHARACTERS = USER_CHARACTERS + 22
"""A challenge's id stands alone, without a secret: 131 random bits behind its user's id (ASVS V11.5.1)."""


@dataclass(frozen=True)
class Token:
    """A secret that its holder carries, with the id that leads to its row."""

    kind: str
    id: str
    secret: str = field(repr=False)

    @property
    def user_id(self) -> str:
        return self.id[:USER_CHARACTERS]

    @property
    def account_id(self) -> str:
        return account_of(self.id)


def account_of(identifier: str) -> str:
    """The account that a user, session, device or token belongs to."""
    return identifier[:ACCOUNT_CHARACTERS]


def user_of(identifier: str) -> str:
    """The user that a session, device or challenge belongs to."""
    return identifier[:USER_CHARACTERS]


def client_of(access_id: str) -> str:
    """The client that an access token was given to."""
    return access_id[:RECORD_CHARACTERS]


def write(token: Token) -> str:
    """The token as its holder sees it, once."""
    body = f"furtka_{token.kind}_{token.id}{token.secret}"
    return body + checksum(body)


def read(text: str, *, kind: str) -> Token | None:
    """The token in *text*, or None where the kind, the shape or the checksum is wrong. Reads no table."""
    match = re.fullmatch(TOKEN_PATTERN, text, re.ASCII)
    if not match or match[1] != kind or checksum(text[:-CHECKSUM_CHARACTERS]) != match[4]:
        return None
    if len(match[2]) != (ACCESS_CHARACTERS if kind == "access" else RECORD_CHARACTERS):
        return None
    return Token(kind=kind, id=match[2], secret=match[3])


def is_for_programs(text: str) -> bool:
    """Whether *text* says of itself that it is an API token or an access token."""
    return text.startswith(("furtka_api_", "furtka_access_"))


def is_challenge_id(text: str) -> bool:
    """Whether a row could stand under *text*. Garbage is refused without a read."""
    return len(text) == CHALLENGE_CHARACTERS and text.isascii() and text.isalnum()


def is_record_id(text: str) -> bool:
    """Whether *text* could be the id of a session or a device."""
    return len(text) == RECORD_CHARACTERS and text.isascii() and text.isalnum()


def checksum(body: str) -> str:
    """CRC-32 of *body* in base62, most significant digit first, padded with zeros."""
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(CHECKSUM_CHARACTERS):
        number, digit = divmod(number, len(BASE62))
        digits = BASE62[digit] + digits
    return digits

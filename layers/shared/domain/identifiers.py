"""The form of ids and secrets. An id begins with that of its owner, so one round trip can read both rows."""

import re
import zlib
from dataclasses import dataclass, field

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

ACCOUNT_CHARACTERS = 10
USER_CHARACTERS = ACCOUNT_CHARACTERS + 6
RECORD_CHARACTERS = USER_CHARACTERS + 12
"""Length of the id of a session, device, link or token: 71 random bits after the user's id. It is no secret."""

SECRET_CHARACTERS = 43
"""256 bits in base62. ASVS V7.2.3 asks for 128."""

CHECKSUM_CHARACTERS = 6
"""CRC-32 in base62: a mistyped or invented token is refused without a read, and secret scanners err less often."""

ACCESS_CHARACTERS = RECORD_CHARACTERS + 12
"""Length of an access token's id: 71 random bits after its client's id."""

KINDS = (
    *("session", "device", "invitation", "reset", "email", "notme", "undo", "recovery", "pass"),
    *("api", "client", "access"),
)

TOKEN_PATTERN = (
    f"furtka_({'|'.join(KINDS)})_([0-9A-Za-z]{{{ACCESS_CHARACTERS}}}|[0-9A-Za-z]{{{RECORD_CHARACTERS}}})"
    f"([0-9A-Za-z]{{{SECRET_CHARACTERS}}})([0-9A-Za-z]{{{CHECKSUM_CHARACTERS}}})"
)
"""The published regular expression of every secret that Furtka issues.

Only access tokens have the longer id. It is the first alternative: otherwise a scanner would match only a part of an
access token, and find its checksum wrong.
"""

LIKE_A_SECRET = re.compile(
    f"furtka_({'|'.join(KINDS)})_[0-9A-Za-z]*|[0-9A-Za-z]{{{SECRET_CHARACTERS},}}", re.ASCII | re.IGNORECASE
)
"""Whatever begins like a secret, and whatever is as long: also a part of one, one with something behind it, or one
whose beginning was changed, as in furtka%5Fapi%5F….
"""

TAKEN_OUT = "[secret]"
"""Stands for a secret in what strangers wrote and we keep."""

CHALLENGE_CHARACTERS = USER_CHARACTERS + 22
"""Length of a challenge's id: 131 random bits after the user's id, as it has no secret beside it (ASVS V11.5.1)."""


@dataclass(frozen=True)
class Token:
    """A secret that Furtka issued, and the id under which its row is found."""

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
    """Return the id of the account that a user, session, device or token belongs to."""
    return identifier[:ACCOUNT_CHARACTERS]


def user_of(identifier: str) -> str:
    """Return the id of the user that a session, device, token or challenge belongs to."""
    return identifier[:USER_CHARACTERS]


def client_of(access_id: str) -> str:
    """Return the id of the OAuth client that an access token was issued to."""
    return access_id[:RECORD_CHARACTERS]


def write(token: Token) -> str:
    """Return *token* as its holder gets it: `furtka_<kind>_<id><secret><checksum>`."""
    body = f"furtka_{token.kind}_{token.id}{token.secret}"
    return body + checksum(body)


def read(text: str, *, kind: str) -> Token | None:
    """Return the token in *text*; None if its kind, form or checksum is wrong. Reads no table."""
    match = re.fullmatch(TOKEN_PATTERN, text, re.ASCII)
    if not match or match[1] != kind or checksum(text[:-CHECKSUM_CHARACTERS]) != match[4]:
        return None
    if len(match[2]) != (ACCESS_CHARACTERS if kind == "access" else RECORD_CHARACTERS):
        return None
    return Token(kind=kind, id=match[2], secret=match[3])


def without_secrets(text: str) -> str:
    """Return *text* with TAKEN_OUT for whatever in it begins like a secret of ours, or is as long."""
    return LIKE_A_SECRET.sub(TAKEN_OUT, text)


def is_for_programs(text: str) -> bool:
    """Whether *text* begins like an API token or an access token."""
    return text.startswith(("furtka_api_", "furtka_access_"))


def is_for_clients(text: str) -> bool:
    """Whether *text* begins like the secret of an OAuth client."""
    return text.startswith("furtka_client_")


def is_for_people(text: str) -> bool:
    """Whether *text* begins like the token of a session."""
    return text.startswith("furtka_session_")


def is_challenge_id(text: str) -> bool:
    """Whether *text* has the form of a challenge's id, so that other text is refused without a read."""
    return len(text) == CHALLENGE_CHARACTERS and text.isascii() and text.isalnum()


def is_record_id(text: str) -> bool:
    """Whether *text* has the form of the id of a session, device or token."""
    return len(text) == RECORD_CHARACTERS and text.isascii() and text.isalnum()


def is_access_id(text: str) -> bool:
    """Whether *text* has the form of the id of an access token."""
    return len(text) == ACCESS_CHARACTERS and text.isascii() and text.isalnum()


def checksum(body: str) -> str:
    """Return the CRC-32 of *body* in base62, most significant digit first, padded with zeros."""
    return in_base62(zlib.crc32(body.encode()), CHECKSUM_CHARACTERS)


def in_base62(number: int, characters: int) -> str:
    """Return *number* in so many digits, the most significant first. Texts sort like their numbers."""
    digits = ""
    for _ in range(characters):
        number, digit = divmod(number, len(BASE62))
        digits = BASE62[digit] + digits
    return digits


def from_base62(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number * len(BASE62) + BASE62.find(digit)
    return number

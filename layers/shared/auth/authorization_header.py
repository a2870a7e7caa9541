"""Parsing the Authorization header: a bearer token, or a login with its password."""

from base64 import b64decode
from dataclasses import dataclass, field

from shared import policy
from shared.domain.logins import canonical


@dataclass(frozen=True)
class Basic:
    """A login, in canonical form, and the password that came with it (RFC 7617)."""

    login: str
    password: str = field(repr=False)


def bearer(header: str) -> str:
    """Return the token of the scheme Bearer (RFC 6750 2.1), or an empty string."""
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def is_basic(header: str) -> bool:
    """Return whether the header is of the scheme Basic."""
    return header.partition(" ")[0].lower() == "basic"


def pair(header: str) -> tuple[str, str] | None:
    """Return name and password of the scheme Basic (RFC 7617) as they were sent, or None if they are malformed.

    Programs send UTF-8 or, mostly older ones, Latin-1. Hardly any text in Latin-1 can be read as UTF-8 by mistake.
    """
    try:
        sent = b64decode(header.partition(" ")[2].strip(), validate=True)
    except ValueError:
        return None
    name, colon, password = _text(sent).partition(":")
    return (name, password) if colon and is_basic(header) else None


def _text(sent: bytes) -> str:
    try:
        return sent.decode()
    except UnicodeDecodeError:
        return sent.decode("latin-1")


def basic(header: str) -> Basic | None:
    """Return the canonical login with its password, or None if the header is malformed or either is too long."""
    name, password = pair(header) or ("", "")
    login = canonical(name)
    is_one = 0 < len(login) <= policy.MAX_LOGIN_CHARACTERS and 0 < len(password) <= policy.PASSWORD_MAX_CHARACTERS
    return Basic(login, password) if is_one else None

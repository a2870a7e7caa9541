"""E-mail addresses: the form in which they are stored, and the one that SES takes."""

import idna

from shared import policy
from shared.errors import LocalPartNotAscii, NotAnEmail


def canonical(typed: str) -> str:
    """Return the address as it was typed, with its domain in Unicode and lower case. Raises NotAnEmail.

    A name beside the address, as in `Mia <mia@example.com>`, is refused, not left out.
    """
    # Imported when it is first needed: it takes long.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    if len(typed) > policy.MAX_LOGIN_CHARACTERS:
        raise NotAnEmail
    try:
        return validate_email(typed.strip(), check_deliverability=False).normalized
    except EmailNotValidError as failure:
        raise NotAnEmail from failure


def mailable(typed: str) -> str:
    """Return the address as `canonical` does, if we can send mail to it. Raises NotAnEmail or LocalPartNotAscii."""
    address = canonical(typed)
    if not address.rpartition("@")[0].isascii():
        raise LocalPartNotAscii
    return address


def mailbox(address: str) -> str:
    """Return one name for all spellings of *address* that usually reach one mailbox: other case, and tags after `+`."""
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}".casefold()


def with_ascii_domain(address: str) -> str:
    """Return the address with its domain in Punycode (RFC 5891), as SES takes it. What is no address stays as it is."""
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError:
        return address

"""Addresses for delivery reports: which URLs a customer may name, and which IP addresses may be connected to."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from shared import policy
from shared.errors import NotifyUrlRefused

HTTPS_PORT = 443

WRITTEN = re.compile(r"https://[!-~]+", re.IGNORECASE)
"""Printable ASCII without blanks. Other characters are to be percent-encoded, as RFC 3986 asks."""

HOST = re.compile(r"(?=.{4,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
"""A host name with a top-level domain of letters, in lower case (RFC 1123). An address in numbers is none: no
certificate is issued for it by the authorities that we trust, and each spelling of it would be one more way around
`is_reachable`. So are `localhost` and other names without a dot.
"""

GLOBAL_UNICAST = IPv6Network("2000::/3")
"""What IANA has handed out of IPv6 (RFC 4291 2.4)."""

LEADS_ELSEWHERE = (
    IPv6Network("2001::/23"),  # Teredo and other protocol assignments (RFC 2928, RFC 4380)
    IPv6Network("2002::/16"),  # 6to4, which contains an IPv4 address (RFC 3056)
    IPv6Network("2001:db8::/32"),  # documentation (RFC 3849)
    IPv6Network("3fff::/20"),  # documentation (RFC 9637)
    IPv4Network("192.88.99.0/24"),  # relays of 6to4 (RFC 7526)
)
"""Networks within what is globally unicast by their number, but which lead to no host of their own, or to another."""


@dataclass(frozen=True)
class NotifyUrl:
    """Where to send delivery reports: a host name and, from the first slash on, what follows it."""

    host: str
    target: str

    @property
    def text(self) -> str:
        return f"https://{self.host}{self.target}"


def read(text: str) -> NotifyUrl:
    """Return the URL in *text*, its host in lower case. Raises NotifyUrlRefused.

    It has to be https, on port 443, with a host name and without user, password and fragment (CWE-918).
    """
    if len(text) > policy.NOTIFY_URL_CHARACTERS or not WRITTEN.fullmatch(text) or "#" in text or "\\" in text:
        raise NotifyUrlRefused
    parts = _split(text)
    host = parts.netloc.lower().removesuffix(f":{HTTPS_PORT}").removesuffix(".")
    if not HOST.fullmatch(host):
        raise NotifyUrlRefused
    return NotifyUrl(host, f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}")


def is_reachable(address: str) -> bool:
    """Whether a customer's server may have *address*: only if it is a global unicast one.

    Private, shared (100.64/10), link-local, loopback, mapped, NAT64, 6to4 and Teredo addresses are refused, so that a
    name cannot lead into the network of the function, or to the metadata of its machine.
    """
    found = _address(address)
    if found is None or not found.is_global or found.is_multicast:
        return False
    if isinstance(found, IPv6Address) and found not in GLOBAL_UNICAST:
        return False
    return not any(found.version == network.version and found in network for network in LEADS_ELSEWHERE)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        raise NotifyUrlRefused from None

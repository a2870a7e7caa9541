"""CloudFront in front of the API, where the template declares it: then it says which address a request comes from.

Anybody can send the headers that CloudFront sends. They count only beside a secret that CloudFront alone adds, and a
request without it is refused: it came past CloudFront, with an address that says nothing. Where no proxy is declared,
the headers mean nothing.
"""

import hmac
from ipaddress import IPv6Address, ip_address
from typing import Any

from shared import policy, secret_store, settings
from shared.errors import NotThroughProxy, Unavailable
from shared.http.bodies import Event
from shared.observability import logger

PROOF = "x-origin-secret"
"""The header with the secret. CloudFront writes it over whatever its viewer sent under that name."""

VIEWER = "cloudfront-viewer-address"
"""The header with the viewer's address and port, as `198.51.100.7:46532` or `2001:db8::7:46532`."""

VALID = ("current", "next")
"""The two secrets that are taken, by their names in the secret store, so that one can be replaced by the other."""


def unwrapped(event: Event) -> Event:
    """Return *event* as it would be if the viewer had come straight to API Gateway, without CloudFront's headers.

    Raises NotThroughProxy if CloudFront did not bring it, or Unavailable if the secrets cannot be read.
    """
    if not settings.ORIGIN_SECRETS:
        return event
    if not _is_valid(_only(event, PROOF)):
        raise NotThroughProxy
    context, bare = event["requestContext"], _without(event, {PROOF, VIEWER})
    identity = context["identity"] | {"sourceIp": _address(_only(event, VIEWER))}
    return event | bare | {"requestContext": context | {"identity": identity}}


def _is_valid(shown: str) -> bool:
    """Whether *shown* is one of the secrets, compared in constant time (ASVS V11.2.4)."""
    kept = secret_store.json_object(settings.ORIGIN_SECRETS)
    valid = [kept.get(name) or "" for name in VALID]
    valid = [one for one in valid if len(one) >= policy.ORIGIN_SECRET_CHARACTERS]
    if not valid:
        logger.error("origin_secrets_missing")  # else the operator would look for the mistake at CloudFront
        raise Unavailable
    given = shown.encode(errors="replace")
    return any(hmac.compare_digest(given, one.encode()) for one in valid)


def _address(viewer: str) -> str:
    """Return the address in *viewer*, IPv4 in IPv6 as IPv4. Raises NotThroughProxy if there is none."""
    host, _, port = viewer.rpartition(":")
    try:
        address = ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        address = None
    if address is None or not (port.isascii() and port.isdigit()) or "%" in host:
        logger.error("viewer_address_missing")  # CloudFront's policy for requests to the origin leaves it out
        raise NotThroughProxy
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def _only(event: Event, name: str) -> str:
    """Return the only value of the header *name*; an empty string if there is none, or if there are several."""
    headers: dict[str, list[str]] = event.get("multiValueHeaders") or {}
    values = [value for key, values in headers.items() if key.lower() == name for value in values]
    return values[0] if len(values) == 1 else ""


def _without(event: Event, names: set[str]) -> dict[str, Any]:
    """Return the headers of *event* but for those of *names*, so that nothing behind can tell or log them."""
    return {
        kind: {key: value for key, value in (event.get(kind) or {}).items() if key.lower() not in names}
        for kind in ("headers", "multiValueHeaders")
    }

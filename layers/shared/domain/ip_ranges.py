"""IP lists: how an entry is written, which addresses it holds, and how a list is tried before it counts."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from shared import policy

IPV4, IPV6 = 4, 6

BITS = {IPV4: 32, IPV6: 128}

MAPPED, MAPPED_PREFIX = 0xFFFF, 96
"""IPv4 within IPv6, ::ffff:0:0/96 (RFC 4291 2.5.5.2): what comes so is the IPv4 address (lesson B64)."""

LAST_OCTET = 0xFF

NUMBER = re.compile("0|[1-9][0-9]{0,2}")
"""Of a prefix or an octet, without the zeros in front that some programs read as octal."""

type Range = tuple[int, int]


class Malformed(ValueError):
    """Not an entry. `reason` is one of REASONS and stable; what was written is never repeated."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


REASONS = ("not_an_address", "not_a_prefix", "not_a_range", "zone_id", "host_bits_set", "everybody")


@dataclass(frozen=True, order=True)
class Span:
    """The addresses of one entry, as numbers, the last included."""

    version: int
    first: int
    last: int


def canonical(source: str) -> str:
    """One spelling of an entry: an IPv4 or IPv6 address, a CIDR, or a range of last octets as `10.0.0.0-255`.

    What is mapped into IPv6 is written as IPv4, and what holds one address as that address. Raises Malformed.
    """
    written = source.strip()
    if "/" in written:
        return _canonical_network(written)
    if "-" in written:
        return _canonical_range(written)
    version, number = _unmapped(*_read(written))
    return _written(version, number)


def span(source: str) -> Span:
    """The addresses of *source*, a canonical entry. Two entries are the same if their spans are. Raises Malformed."""
    if "/" in source:
        version, number, prefix = _network(source)
        return Span(version, number, number | _hosts(version, prefix))
    if "-" in source:
        first, last = _octets(source)
        return Span(IPV4, first, last)
    version, number = _unmapped(*_read(source))
    return Span(version, number, number)


def admits(sources: str, address: str) -> bool:
    """Whether *address* lies in one of *sources*, canonical entries with blanks between.

    What can't be read as an address lies in none.
    """
    try:
        version, number = _unmapped(*_read(address))
    except Malformed:
        return False
    starts, ends = _ranges(sources)[version]
    place = bisect_right(starts, number) - 1
    return place >= 0 and number <= ends[place]


def is_within(inner: str, outer: str) -> bool:
    """Whether every address of *inner* is one of *outer*, each canonical entries with blanks between.

    No entries are no addresses, here as everywhere: whether no list means "from anywhere" is for the caller to know.
    """
    return all(_is_within(_ranges(inner)[version], _ranges(outer)[version]) for version in sorted(BITS))


def _canonical_network(written: str) -> str:
    version, number, prefix = _network(written)
    address = _written(version, number)
    return address if prefix == BITS[version] else f"{address}/{prefix}"


def _canonical_range(written: str) -> str:
    first, last = _octets(written)
    address = _written(IPV4, first)
    return address if first == last else f"{address}-{last & LAST_OCTET}"


def _network(written: str) -> tuple[int, int, int]:
    """Version, first address and prefix. A mask in dots is refused: a broken one could let everybody in."""
    address, _, length = written.partition("/")
    version, number = _read(address)
    prefix = _number(length, at_most=BITS[version], reason="not_a_prefix")
    if version == IPV6 and prefix >= MAPPED_PREFIX and _is_mapped(number):
        version, number, prefix = IPV4, _low(number), prefix - MAPPED_PREFIX
    if prefix == 0:
        raise Malformed("everybody")
    if number & _hosts(version, prefix):
        raise Malformed("host_bits_set")
    return version, number, prefix


def _octets(written: str) -> tuple[int, int]:
    """The first and the last address of a range of last octets."""
    address, _, last = written.partition("-")
    version, number = _read(address)
    if version != IPV4:
        raise Malformed("not_a_range")
    end = number & ~LAST_OCTET | _number(last, at_most=LAST_OCTET, reason="not_a_range")
    if end < number:
        raise Malformed("not_a_range")
    return number, end


def _read(text: str) -> tuple[int, int]:
    """Version and number of an address. Zeros in front, blanks and foreign digits are refused, and so is a zone."""
    if "%" in text:
        raise Malformed("zone_id")
    try:
        return (IPV6, int(IPv6Address(text))) if ":" in text else (IPV4, int(IPv4Address(text)))
    except AddressValueError:
        raise Malformed("not_an_address") from None  # its words repeat what was written


def _unmapped(version: int, number: int) -> tuple[int, int]:
    return (IPV4, _low(number)) if version == IPV6 and _is_mapped(number) else (version, number)


def _is_mapped(number: int) -> bool:
    return number >> BITS[IPV4] == MAPPED


def _low(number: int) -> int:
    """The IPv4 address in the last bits of an IPv6 address."""
    return number & (1 << BITS[IPV4]) - 1


def _number(text: str, *, at_most: int, reason: str) -> int:
    if not NUMBER.fullmatch(text) or int(text) > at_most:
        raise Malformed(reason)
    return int(text)


def _hosts(version: int, prefix: int) -> int:
    """The bits of an address that a network of that *prefix* leaves open."""
    return (1 << BITS[version] - prefix) - 1


def _written(version: int, number: int) -> str:
    return str(IPv4Address(number) if version == IPV4 else IPv6Address(number))


@lru_cache(maxsize=policy.LISTS_KEPT_READ)
def _ranges(sources: str) -> dict[int, tuple[list[int], list[int]]]:
    """The first and the last addresses of a list by version: sorted, none touching the next."""
    spans = sorted(span(source) for source in sources.split())
    return {version: _merged((one.first, one.last) for one in spans if one.version == version) for version in BITS}


def _merged(ranges: Iterable[Range]) -> tuple[list[int], list[int]]:
    starts: list[int] = []
    ends: list[int] = []
    for first, last in ranges:
        if ends and first <= ends[-1] + 1:
            ends[-1] = max(ends[-1], last)
        else:
            starts.append(first)
            ends.append(last)
    return starts, ends


def _is_within(inner: tuple[list[int], list[int]], outer: tuple[list[int], list[int]]) -> bool:
    """Where none touches the next, a range lies in one range or not at all."""
    places = ((bisect_right(outer[0], first) - 1, last) for first, last in zip(*inner, strict=True))
    return all(place >= 0 and last <= outer[1][place] for place, last in places)

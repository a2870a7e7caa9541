"""Entries of IP lists: how they are written, and which addresses they hold."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from itertools import product

from shared import policy

IPV4, IPV6 = 4, 6

BITS = {IPV4: 32, IPV6: 128}

MAPPED, MAPPED_PREFIX = 0xFFFF, 96
"""IPv4-mapped IPv6 addresses, ::ffff:0:0/96 (RFC 4291 2.5.5.2). They are treated as the IPv4 address."""

LAST_OCTET = 0xFF

NUMBER = re.compile("0|[1-9][0-9]{0,2}")
"""A prefix length or octet. Leading zeros are refused: some programs read such numbers as octal."""

GLOBAL_V6 = (0x2 << 124, (0x4 << 124) - 1)
"""2000::/3: every global unicast address of IPv6 (RFC 4291 2.4). Nobody on the Internet has another one."""

type Range = tuple[int, int]


class Malformed(ValueError):
    """The text is no entry. `reason` is one of REASONS, or "duplicate". The text itself is not repeated."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


REASONS = ("not_an_address", "not_a_prefix", "not_a_range", "zone_id", "host_bits_set", "everybody")


@dataclass(frozen=True, order=True)
class Span:
    """The addresses of one entry as numbers, from `first` to `last` inclusive. `version` is IPV4 or IPV6."""

    version: int
    first: int
    last: int


def canonical(source: str) -> str:
    """Return *source* in canonical form: an IPv4 or IPv6 address, a CIDR, or a range of last octets as `10.0.0.0-255`.

    An IPv4-mapped address becomes IPv4, and an entry that holds one address becomes that address. Raises Malformed.
    """
    written = source.strip()
    if "/" in written:
        return _canonical_network(written)
    if "-" in written:
        return _canonical_range(written)
    version, number = _unmapped(*_parse_address(written))
    return _format_address(version, number)


def span(source: str) -> Span:
    """Return the addresses of *source*, a canonical entry. Entries with equal spans are equal. Raises Malformed."""
    if "/" in source:
        version, number, prefix = _parse_cidr(source)
        return Span(version, number, number | _host_mask(version, prefix))
    if "-" in source:
        first, last = _parse_octet_range(source)
        return Span(IPV4, first, last)
    version, number = _unmapped(*_parse_address(source))
    return Span(version, number, number)


def admits(sources: str, address: str) -> bool:
    """Whether *address* is in one of *sources*, canonical entries with blanks between.

    False if *address* is no address at all.
    """
    try:
        version, number = _unmapped(*_parse_address(address))
    except Malformed:
        return False
    starts, ends = _ranges(sources)[version]
    place = bisect_right(starts, number) - 1
    return place >= 0 and number <= ends[place]


def is_within(inner: str, outer: str) -> bool:
    """Whether every address of *inner* is in *outer*, both canonical entries with blanks between.

    A text without entries holds no address. Whether having no list means "from anywhere" is for the caller to decide.
    """
    return all(_is_within(_ranges(inner)[version], _ranges(outer)[version]) for version in sorted(BITS))


def holds_everybody(sources: str) -> bool:
    """Whether a list, canonical entries with blanks between, holds half of all addresses of IPv4 or IPv6, or more.

    One entry cannot hold all addresses, but a few together can: such a list would restrict nobody.
    """
    whole = {IPV4: (0, (1 << BITS[IPV4]) - 1), IPV6: GLOBAL_V6}
    return any(_held(_ranges(sources)[version], *span) * 2 >= span[1] - span[0] + 1 for version, span in whole.items())


def _held(ranges: tuple[list[int], list[int]], lowest: int, highest: int) -> int:
    """Return how many addresses from *lowest* to *highest* the merged *ranges* hold."""
    return sum(max(0, min(last, highest) - max(first, lowest) + 1) for first, last in zip(*ranges, strict=True))


NOBODY = "0.0.0.0"  # noqa: S104 - nothing listens here
"""An entry that holds no address that a request can come from (RFC 1122 3.2.1.3)."""


@lru_cache(maxsize=policy.LISTS_KEPT_READ)
def common(one: str, other: str) -> str:
    """Return the list of the addresses that are in both lists, canonical entries with blanks between; never empty."""
    for inner, outer in ((one, other), (other, one)):
        if is_within(inner, outer):
            return inner
    both = {
        span(entry): entry
        for mine, theirs in product(sorted(map(span, one.split())), sorted(map(span, other.split())))
        if (entry := _overlap(mine, theirs))
    }
    return " ".join(both[found] for found in sorted(both)) or NOBODY


def _overlap(one: Span, other: Span) -> str | None:
    """Return the canonical entry of the addresses in both spans of entries; None if there are none."""
    first, last = max(one.first, other.first), min(one.last, other.last)
    if one.version != other.version or first > last:
        return None
    # Of two entries one holds the other, or both are ranges of last octets.
    address, size = _format_address(one.version, first), last - first + 1
    if size == 1:
        return address
    if size & (size - 1) == 0 and first % size == 0:
        return f"{address}/{BITS[one.version] - size.bit_length() + 1}"
    return f"{address}-{last & LAST_OCTET}"


def _canonical_network(written: str) -> str:
    version, number, prefix = _parse_cidr(written)
    address = _format_address(version, number)
    return address if prefix == BITS[version] else f"{address}/{prefix}"


def _canonical_range(written: str) -> str:
    first, last = _parse_octet_range(written)
    address = _format_address(IPV4, first)
    return address if first == last else f"{address}-{last & LAST_OCTET}"


def _parse_cidr(written: str) -> tuple[int, int, int]:
    """Return version, first address and prefix length. Dotted masks are refused: a mistake could admit everybody."""
    address, _, length = written.partition("/")
    version, number = _parse_address(address)
    prefix = _parse_number(length, at_most=BITS[version], reason="not_a_prefix")
    if version == IPV6 and prefix >= MAPPED_PREFIX and _is_mapped(number):
        version, number, prefix = IPV4, _mapped_ipv4(number), prefix - MAPPED_PREFIX
    if prefix == 0:
        raise Malformed("everybody")
    if number & _host_mask(version, prefix):
        raise Malformed("host_bits_set")
    return version, number, prefix


def _parse_octet_range(written: str) -> tuple[int, int]:
    """Return the first and the last address of a range of last octets."""
    address, _, last = written.partition("-")
    version, number = _parse_address(address)
    if version != IPV4:
        raise Malformed("not_a_range")
    end = number & ~LAST_OCTET | _parse_number(last, at_most=LAST_OCTET, reason="not_a_range")
    if end < number:
        raise Malformed("not_a_range")
    return number, end


def _parse_address(text: str) -> tuple[int, int]:
    """Return version and number of an address. Leading zeros, blanks, non-ASCII digits and zone ids are refused."""
    if "%" in text:
        raise Malformed("zone_id")
    try:
        return (IPV6, int(IPv6Address(text))) if ":" in text else (IPV4, int(IPv4Address(text)))
    except AddressValueError:
        raise Malformed("not_an_address") from None  # the error's own text repeats the input


def _unmapped(version: int, number: int) -> tuple[int, int]:
    return (IPV4, _mapped_ipv4(number)) if version == IPV6 and _is_mapped(number) else (version, number)


def _is_mapped(number: int) -> bool:
    return number >> BITS[IPV4] == MAPPED


def _mapped_ipv4(number: int) -> int:
    """Return the IPv4 address in the last 32 bits of an IPv6 address."""
    return number & (1 << BITS[IPV4]) - 1


def _parse_number(text: str, *, at_most: int, reason: str) -> int:
    if not NUMBER.fullmatch(text) or int(text) > at_most:
        raise Malformed(reason)
    return int(text)


def _host_mask(version: int, prefix: int) -> int:
    """Return the host mask of a *prefix* length."""
    return (1 << BITS[version] - prefix) - 1


def _format_address(version: int, number: int) -> str:
    return str(IPv4Address(number) if version == IPV4 else IPv6Address(number))


@lru_cache(maxsize=policy.LISTS_KEPT_READ)
def _ranges(sources: str) -> dict[int, tuple[list[int], list[int]]]:
    """Return the first and last addresses of a list's ranges, by version: sorted, and merged where they touch."""
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
    """Whether each range of *inner* is in *outer*."""
    # Since ranges that touch are merged, a range is in one range of *outer* or not in *outer* at all.
    places = ((bisect_right(outer[0], first) - 1, last) for first, last in zip(*inner, strict=True))
    return all(place >= 0 and last <= outer[1][place] for place, last in places)

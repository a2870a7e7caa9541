"""Entries of an IP list: one spelling, exactly the addresses they name, and a trial that ends by itself."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from random import Random

import netaddr
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared import policy
from shared.domain.ip_lists import IpList
from shared.domain.ip_ranges import REASONS, Malformed, Span, admits, canonical, holds_everybody, is_within, span
from shared.errors import AddressNotAllowed, TrialOver

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
END = NOON + policy.LIST_TRIAL

SPELLINGS = {
    "192.0.2.7": "192.0.2.7",
    " 192.0.2.7\t": "192.0.2.7",
    "192.0.2.7/32": "192.0.2.7",
    "192.0.2.0/24": "192.0.2.0/24",
    "0.0.0.0/1": "0.0.0.0/1",
    "10.0.0.0-255": "10.0.0.0-255",
    "10.0.0.7-9": "10.0.0.7-9",
    "10.0.0.7-7": "10.0.0.7",
    "2001:DB8:0:0:0:0:0:1": "2001:db8::1",
    "2001:db8::1/128": "2001:db8::1",
    "2001:DB8::/32": "2001:db8::/32",
    "::": "::",
    "::/1": "::/1",
    "::/96": "::/96",
    "::192.0.2.7": "::c000:207",
    "64:ff9b::192.0.2.7": "64:ff9b::c000:207",
    "::ffff:192.0.2.7": "192.0.2.7",
    "::FFFF:c000:0207": "192.0.2.7",
    "0:0:0:0:0:ffff:192.0.2.7": "192.0.2.7",
    "::ffff:192.0.2.7/128": "192.0.2.7",
    "::ffff:192.0.2.0/120": "192.0.2.0/24",
    "::ffff:128.0.0.0/97": "128.0.0.0/1",
    "::fffe:0:0/95": "::fffe:0:0/95",
    "::fffe:192.0.2.7": "::fffe:c000:207",
}

GARBAGE = {
    "": "not_an_address",
    " ": "not_an_address",
    "localhost": "not_an_address",
    "192.0.2": "not_an_address",
    "192.0.2.7.8": "not_an_address",
    "192.0.2.256": "not_an_address",
    "192.0.02.7": "not_an_address",
    "0300.0.2.7": "not_an_address",
    "0x7f.0.0.1": "not_an_address",
    "3221225991": "not_an_address",
    "192.0.2. 7": "not_an_address",
    "192.0.2.7 192.0.2.8": "not_an_address",
    "192.0.2.7,192.0.2.8": "not_an_address",
    "192.0.2.*": "not_an_address",
    "١٩٢.0.2.7": "not_an_address",
    "192.0.2.７": "not_an_address",
    "192.0.2.7\x00": "not_an_address",
    "\ud800": "not_an_address",
    ":::": "not_an_address",
    "1::2::3": "not_an_address",
    "2001:db8::12345": "not_an_address",
    "[2001:db8::1]": "not_an_address",
    "192.0.2.7:443": "not_an_address",
    "::ffff:192.0.02.7": "not_an_address",
    "fe80::1%eth0": "zone_id",
    "fe80::1%eth0/64": "zone_id",
    "/24": "not_an_address",
    "192.0.2.0/": "not_a_prefix",
    "192.0.2.0/33": "not_a_prefix",
    "192.0.2.0/-1": "not_a_prefix",
    "192.0.2.0/+24": "not_a_prefix",
    "192.0.2.0/024": "not_a_prefix",
    "192.0.2.0/24/24": "not_a_prefix",
    "192.0.2.0 /24": "not_an_address",
    "192.0.2.0/ 24": "not_a_prefix",
    "192.0.2.0/٢٤": "not_a_prefix",
    "192.0.2.0/255.255.255.0": "not_a_prefix",
    "192.0.2.0/0.0.0.255": "not_a_prefix",
    "192.0.2.0/255.0.255.0": "not_a_prefix",
    "2001:db8::/129": "not_a_prefix",
    "192.0.2.0/99999999999999999999": "not_a_prefix",
    "192.0.2.7/24": "host_bits_set",
    "2001:db8::1/64": "host_bits_set",
    "::ffff:192.0.2.7/120": "host_bits_set",
    "::ffff:0:0/95": "host_bits_set",
    "0.0.0.0/0": "everybody",
    "192.0.2.7/0": "everybody",
    "::/0": "everybody",
    "2001:db8::1/0": "everybody",
    "::ffff:0:0/96": "everybody",
    "::ffff:0.0.0.0/96": "everybody",
    "::ffff:192.0.2.7/96": "everybody",
    "10.0.0.9-7": "not_a_range",
    "10.0.0.0-256": "not_a_range",
    "10.0.0.0-": "not_a_range",
    "10.0.0.0-007": "not_a_range",
    "10.0.0.0- 7": "not_a_range",
    "10.0.0.0-1-2": "not_a_range",
    "10.0.0.0-10.0.0.255": "not_a_range",
    "-7": "not_an_address",
    "2001:db8::1-9": "not_a_range",
    "::ffff:10.0.0.0-255": "not_a_range",
    "10.0.0.0-255/24": "not_an_address",
}


@pytest.mark.parametrize("typed", sorted(SPELLINGS))
def test_an_entry_has_one_spelling(typed: str):
    assert canonical(typed) == SPELLINGS[typed]


@pytest.mark.parametrize("stored", sorted(set(SPELLINGS.values())))
def test_that_spelling_is_its_own(stored: str):
    assert canonical(stored) == stored


@pytest.mark.parametrize("typed", sorted(GARBAGE))
def test_what_is_no_entry_is_refused_with_a_reason(typed: str):
    with pytest.raises(Malformed) as refusal:
        canonical(typed)
    assert refusal.value.reason == GARBAGE[typed]


def test_every_reason_is_named_and_every_name_is_a_reason():
    assert sorted(REASONS) == sorted(set(GARBAGE.values()))


@pytest.mark.parametrize("typed", sorted(typed for typed in GARBAGE if len(typed) > 1))
def test_what_was_written_is_not_repeated(typed: str):
    with pytest.raises(Malformed) as refusal:
        canonical(typed)
    assert typed not in f"{refusal.value} {refusal.value!r}"


@given(st.text(max_size=60))
def test_any_text_is_an_entry_or_malformed_and_as_an_address_it_is_in_the_list_or_not(text: str):
    with suppress(Malformed):
        assert admits(canonical(text), "192.0.2.7") in (True, False)
    assert admits("192.0.2.0/24", text) in (True, False)


@given(st.integers(2**127, 2**128 - 1), st.integers(1, 128))
def test_a_list_admits_the_borders_of_its_entry_and_not_their_neighbours(number: int, prefix: int):
    network = IPv6Network((number, prefix), strict=False)
    entry = canonical(str(network))
    assert admits(entry, str(network[0]))
    assert admits(entry, str(network[-1]))
    outside = [int(network[0]) - 1, int(network[-1]) + 1]
    for neighbour in (IPv6Address(one) for one in outside if 0 <= one < 2**128):
        assert not admits(entry, str(neighbour))


@pytest.mark.parametrize(
    ("address", "admitted"),
    [
        ("192.0.2.7", True),
        ("::ffff:192.0.2.7", True),
        ("::ffff:c000:207", True),
        ("192.0.2.8", False),
        ("::192.0.2.7", False),
        ("2001:db8::1", True),
        ("2001:DB8:0::1", True),
        ("2001:db8::1%eth0", False),
        ("10.0.0.0", True),
        ("10.0.0.255", True),
        ("9.255.255.255", False),
        ("10.0.1.0", False),
        ("", False),
        ("unknown", False),
        ("192.0.2.7, 10.0.0.1", False),
    ],
)
def test_a_list_admits_what_one_of_its_entries_holds(address: str, admitted: bool):
    assert admits("192.0.2.7 2001:db8::/64 10.0.0.0-255", address) is admitted


def test_a_list_without_entries_admits_nobody():
    assert not admits("", "192.0.2.7")
    assert not admits("", "::")


def test_an_entry_of_ipv6_admits_no_ipv4_address_though_it_is_written_around_all_of_them():
    assert not admits(canonical("::/1"), "192.0.2.7")
    assert not admits(canonical("::/1"), "::ffff:192.0.2.7")
    assert admits(canonical("::/1"), "2001:db8::1")


@pytest.mark.parametrize(
    ("inner", "outer", "within"),
    [
        ("192.0.2.7", "192.0.2.0/24", True),
        ("192.0.2.0/24", "192.0.2.0/24", True),
        ("192.0.2.0/24", "192.0.2.0-255", True),
        ("192.0.2.0-255", "192.0.2.0/25 192.0.2.128/25", True),
        ("192.0.2.0/24", "192.0.2.0-127 192.0.2.128-254", False),
        ("192.0.2.0/23", "192.0.2.0/24", False),
        ("192.0.2.7 10.0.0.1", "192.0.2.0/24", False),
        ("192.0.2.7 2001:db8::1", "2001:db8::/32 192.0.2.0/24", True),
        ("192.0.2.7", "2001:db8::/32", False),
        ("192.0.2.7", "::/1", False),
        ("192.0.2.7", "", False),
        ("", "192.0.2.7", True),
        ("", "", True),
    ],
)
def test_a_list_lies_within_another_if_that_admits_all_it_admits(inner: str, outer: str, within: bool):
    assert is_within(inner, outer) is within


@pytest.mark.parametrize(
    ("sources", "everybody"),
    [
        ("0.0.0.0/1 128.0.0.0/1", True),
        ("::/1 8000::/1", True),
        ("::/1", True),
        ("0.0.0.0/2 64.0.0.0/2", True),
        (" ".join(f"{first}.0.0.0/4" for first in range(0, 256, 16)), True),
        (" ".join(f"{first}.0.0.0/8" for first in range(1, 129)), True),
        ("2000::/3", True),
        ("2001:db8::1 2000::/4", True),
        ("192.0.2.7 8000::/1", False),
        (" ".join(f"{first}.0.0.0/8" for first in range(1, 128)), False),
        ("2000::/5 192.0.2.0/24", False),
        ("", False),
    ],
)
def test_a_list_of_half_of_all_addresses_holds_everybody(sources: str, everybody: bool):
    assert holds_everybody(" ".join(canonical(source) for source in sources.split())) is everybody


OCTETS = st.integers(0, 255)
ENTRIES = st.one_of(
    st.builds("10.0.{}.{}".format, st.integers(0, 1), OCTETS),
    st.builds(
        lambda third, low, high: canonical(f"10.0.{third}.{min(low, high)}-{max(low, high)}"),
        st.integers(0, 1),
        OCTETS,
        OCTETS,
    ),
    st.builds(
        lambda number, prefix: canonical(str(IPv4Network((0x0A000000 + number, prefix), strict=False))),
        st.integers(0, 511),
        st.integers(23, 32),
    ),
)
LISTS = st.lists(ENTRIES, max_size=4).map(" ".join)


@given(LISTS)
@example("10.0.0.0 10.0.0.2")
@example("10.0.0.0/24 10.0.0.7 10.0.1.0")
def test_a_list_admits_what_any_of_its_entries_admits_and_nothing_between(entries: str):
    for address in (str(IPv4Address(0x0A000000 + number)) for number in range(512)):
        assert admits(entries, address) == any(admits(entry, address) for entry in entries.split())


@given(LISTS, LISTS)
def test_within_is_what_trying_every_address_says(inner: str, outer: str):
    addresses = [str(IPv4Address(0x0A000000 + number)) for number in range(512)]
    held = [one for one in addresses if admits(inner, one)]
    assert is_within(inner, outer) == all(admits(outer, one) for one in held)


def test_entries_that_hold_the_same_addresses_have_the_same_span():
    assert span("192.0.2.0/24") == span("192.0.2.0-255") == Span(4, 0xC0000200, 0xC00002FF)
    assert span("192.0.2.7") != span("::c000:207")


# --- The ip_list ---------------------------------------------------------------------------------------------


def test_a_list_is_off_until_it_is_switched_on():
    assert IpList().admits("192.0.2.7", now=NOON)
    assert IpList(sources="10.0.0.1").admits("192.0.2.7", now=NOON)
    assert not IpList(on=True, sources="10.0.0.1").admits("192.0.2.7", now=NOON)


def test_a_list_saved_for_good_stays():
    ip_list = IpList().proposing(on=True, sources="192.0.2.7", on_trial=False, now=NOON)
    assert ip_list == IpList(on=True, sources="192.0.2.7", changed_at=NOON)
    assert ip_list.in_force(now=NOON + timedelta(days=999)) == ip_list


def test_a_trial_counts_until_its_end_and_then_what_was_before_it():
    before = IpList(on=True, sources="10.0.0.1", changed_at=NOON - SECOND)
    trial = before.proposing(on=True, sources="192.0.2.7", on_trial=True, now=NOON)
    assert trial.trial_until == END
    assert trial.admits("192.0.2.7", now=END - SECOND)
    assert not trial.admits("10.0.0.1", now=END - SECOND)
    assert not trial.admits("192.0.2.7", now=END)
    assert trial.admits("10.0.0.1", now=END)
    assert trial.in_force(now=END) == IpList(on=True, sources="10.0.0.1", changed_at=END)


@pytest.mark.parametrize("wait", [SECOND, policy.LIST_TRIAL, 2 * policy.LIST_TRIAL])
def test_a_trial_after_a_trial_goes_back_to_what_was_decided_for_good(wait: timedelta):
    first = IpList().proposing(on=True, sources="192.0.2.7", on_trial=True, now=NOON)
    second = first.proposing(on=True, sources="192.0.2.8", on_trial=True, now=NOON + wait)
    assert second.in_force(now=NOON + wait + policy.LIST_TRIAL) == IpList(changed_at=NOON + wait + policy.LIST_TRIAL)


@pytest.mark.parametrize("address", ["192.0.2.7", "::ffff:192.0.2.7"])
def test_whoever_saves_a_list_that_holds_them_saves_it_for_good(address: str):
    saved = IpList().saved_from(address, on=True, sources="192.0.2.0/24", now=NOON)
    assert saved == IpList(on=True, sources="192.0.2.0/24", changed_at=NOON)


def test_whoever_saves_a_list_that_does_not_hold_them_only_tries_it():
    tried = IpList(on=True, sources="10.0.0.1").saved_from("10.0.0.1", on=True, sources="192.0.2.0/24", now=NOON)
    assert (tried.sources, tried.trial_until, tried.before_sources) == ("192.0.2.0/24", END, "10.0.0.1")


def test_a_list_is_switched_off_for_good_from_anywhere():
    off = IpList(on=True, sources="10.0.0.1").saved_from("203.0.113.9", on=False, sources="10.0.0.1", now=NOON)
    assert off == IpList(on=False, sources="10.0.0.1", changed_at=NOON)


def test_a_list_saved_for_good_in_a_trial_ends_it():
    trial = IpList().proposing(on=True, sources="192.0.2.7", on_trial=True, now=NOON)
    saved = trial.proposing(on=True, sources="192.0.2.7 192.0.2.8", on_trial=False, now=NOON + SECOND)
    assert saved == IpList(on=True, sources="192.0.2.7 192.0.2.8", changed_at=NOON + SECOND)


def test_a_trial_confirmed_from_inside_stays():
    trial = IpList().proposing(on=True, sources="192.0.2.7", on_trial=True, now=NOON)
    confirmed = trial.confirmed("::ffff:192.0.2.7", now=END - SECOND)
    assert confirmed == IpList(on=True, sources="192.0.2.7", changed_at=END - SECOND)
    assert confirmed.in_force(now=END) == confirmed


def test_a_trial_is_not_confirmed_from_outside():
    trial = IpList().proposing(on=True, sources="192.0.2.7", on_trial=True, now=NOON)
    with pytest.raises(AddressNotAllowed):
        trial.confirmed("192.0.2.8", now=NOON)


def test_a_trial_is_not_confirmed_once_it_has_ended():
    trial = IpList().proposing(on=True, sources="192.0.2.7", on_trial=True, now=NOON)
    with pytest.raises(TrialOver):
        trial.confirmed("192.0.2.7", now=END)


def test_where_there_is_no_trial_there_is_nothing_to_confirm():
    with pytest.raises(TrialOver):
        IpList(on=True, sources="192.0.2.7").confirmed("192.0.2.7", now=NOON)


@pytest.mark.parametrize(("waited", "kept"), [(timedelta(0), "192.0.2.7"), (policy.LIST_TRIAL, "10.0.0.1")])
def test_a_gate_is_opened_in_a_trial_and_after_it_and_keeps_the_entries_that_counted(waited: timedelta, kept: str):
    trial = IpList(on=True, sources="10.0.0.1").proposing(on=True, sources="192.0.2.7", on_trial=True, now=NOON)
    opened = trial.opened(now=NOON + waited)
    assert opened == IpList(on=False, sources=kept, changed_at=NOON + waited)
    assert opened.admits("203.0.113.9", now=END + timedelta(days=999))


# --- Three ways -------------------------------------------------------------------------------------------

BATCHES, ENTRIES_A_BATCH, ADDRESSES_AN_ENTRY = 40, 50, 10
PREFIX = re.compile(r"[^/]*/(0|[1-9][0-9]{0,2})")
RANGE = re.compile(r"([^/-]*)-(0|[1-9][0-9]{0,2})")

type Stdlib = IPv4Network | IPv6Network | tuple[IPv4Address, IPv4Address]
type Netaddr = netaddr.IPNetwork | netaddr.IPRange


def test_a_million_verdicts_are_those_of_ipaddress_and_netaddr():
    """Each way reads the texts by itself; garbage is an entry in none of them and an address in none of them."""
    random, pairs, entries = Random("four"), 0, 0  # noqa: S311 - repeatable, not secret
    for _ in range(BATCHES):
        drawn = [_drawn_entry(random) for _ in range(ENTRIES_A_BATCH)]
        addresses = [text for entry in drawn for text in _drawn_addresses(random, entry)]
        by_stdlib = [_address_by_stdlib(text) for text in addresses]
        by_netaddr = [_address_by_netaddr(text) for text in addresses]
        for entry in drawn:
            ours = _verdicts(entry, addresses)
            assert ours == _verdicts_by_stdlib(entry, by_stdlib), entry
            assert ours == _verdicts_by_netaddr(entry, by_netaddr), entry
            entries += any(ours)
            pairs += len(addresses)
    assert pairs == 1_000_000
    assert entries > BATCHES * ENTRIES_A_BATCH / 2


def _verdicts(entry: str, addresses: list[str]) -> list[bool]:
    try:
        stored = canonical(entry)
    except Malformed:
        return [False] * len(addresses)
    return [admits(stored, address) for address in addresses]


def _verdicts_by_stdlib(entry: str, addresses: list[IPv4Address | IPv6Address | None]) -> list[bool]:
    match _entry_by_stdlib(entry.strip()):
        case None:
            return [False] * len(addresses)
        case (first, last):
            return [isinstance(one, IPv4Address) and first <= one <= last for one in addresses]
        case network:
            return [one is not None and one in network for one in addresses]


def _entry_by_stdlib(text: str) -> Stdlib | None:
    try:
        if match := RANGE.fullmatch(text):
            first = IPv4Address(match[1])
            last = IPv4Address(f"{text[: text.rindex('.')]}.{match[2]}")
            return (first, last) if first <= last else None
        return _network_by_stdlib(text)
    except ValueError:
        return None


def _network_by_stdlib(text: str) -> IPv4Network | IPv6Network | None:
    if "%" in text or ("/" in text and not PREFIX.fullmatch(text)):
        return None
    network = ip_network(text)
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    if mapped and network.prefixlen >= 96:
        network = IPv4Network((mapped, network.prefixlen - 96))
    return network if network.prefixlen else None


def _address_by_stdlib(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return None if address.scope_id else address.ipv4_mapped or address
    return address


def _verdicts_by_netaddr(entry: str, addresses: list[netaddr.IPAddress | None]) -> list[bool]:
    found = _entry_by_netaddr(entry.strip())
    if found is None:
        return [False] * len(addresses)
    return [one is not None and one in found for one in addresses]


def _entry_by_netaddr(text: str) -> Netaddr | None:
    try:
        if match := RANGE.fullmatch(text):
            return netaddr.IPRange(match[1], f"{text[: text.rindex('.')]}.{match[2]}") if ":" not in text else None
        return _network_by_netaddr(text)
    except (netaddr.AddrFormatError, ValueError):
        return None


def _network_by_netaddr(text: str) -> netaddr.IPNetwork | None:
    if "%" in text or ("/" in text and not PREFIX.fullmatch(text)):
        return None
    network = netaddr.IPNetwork(text)
    if network.ip != network.network:
        return None
    if network.version == 6 and network.prefixlen >= 96 and network.ip.is_ipv4_mapped():
        network = network.ipv4()
    return network if network.prefixlen else None


def _address_by_netaddr(text: str) -> netaddr.IPAddress | None:
    try:
        address = netaddr.IPAddress(text)
    except (netaddr.AddrFormatError, ValueError):
        return None
    return address.ipv4() if address.version == 6 and address.is_ipv4_mapped() else address


def _drawn_entry(random: Random) -> str:
    match random.randrange(10):
        case 0 | 1 | 2:
            return str(IPv4Network((random.getrandbits(32), random.randint(0, 32)), strict=False))
        case 3 | 4:
            return str(IPv6Network((random.getrandbits(128), random.randint(0, 128)), strict=False))
        case 5 | 6:
            low, high = sorted((random.randrange(256), random.randrange(256)))
            return f"{IPv4Address(random.getrandbits(24) << 8 | low)}-{high}"
        case 7:
            mapped = 0xFFFF << 32 | random.getrandbits(32)
            return str(IPv6Network((mapped, random.randint(90, 128)), strict=False))
        case 8:
            return str(IPv4Address(random.getrandbits(32)))
    return _spoilt(random, random.choice(sorted({*SPELLINGS, *GARBAGE})))


def _drawn_addresses(random: Random, entry: str) -> Iterator[str]:
    """Borders of the entry, their neighbours, some from within, written in several ways, and some garbage."""
    with suppress(Malformed):
        held = span(canonical(entry))
        near = [held.first, held.last, held.first - 1, held.last + 1, random.randint(held.first, held.last)]
        numbers = [number for number in near if 0 <= number < 2 ** (32 if held.version == 4 else 128)]
        yield from (_spelt(random, held.version, number) for number in numbers)
        for _ in range(ADDRESSES_AN_ENTRY - len(numbers) - 1):
            yield _spelt(random, held.version, numbers[0] ^ 1 << random.randrange(32))
        yield _spoilt(random, _spelt(random, held.version, numbers[0]))
        return
    for _ in range(ADDRESSES_AN_ENTRY // 2):
        yield _spelt(random, 4, random.getrandbits(32))
        yield _spoilt(random, _spelt(random, 6, random.getrandbits(128)))


def _spelt(random: Random, version: int, number: int) -> str:
    """An IPv4 address as it is or mapped, an IPv6 address short or in full; either in capitals."""
    if version == 4:
        four = str(IPv4Address(number))
        return random.choice([four, four, f"::ffff:{four}", f"::FFFF:{number >> 16:x}:{number & 0xFFFF:X}"])
    six = IPv6Address(number)
    return random.choice([str(six), six.exploded, str(six).upper()])


def _spoilt(random: Random, text: str) -> str:
    """One character taken away, doubled, or replaced."""
    place, other = random.randrange(len(text) + 1), random.choice("0123456789abcdef.:/-% x")
    kept = random.choice(["", text[place : place + 1], other, other + text[place : place + 1]])
    return text[:place] + kept + text[place + 1 :]

"""What failed tries are counted by."""

import pytest

from shared.domain.origins import Origin


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:0:1:ffff::1", "2001:db8:0:1::/64"),
        ("2001:db8:0:1::", "2001:db8:0:1::/64"),
    ],
)
def test_an_ipv6_customer_counts_as_one_and_a_mapped_address_as_ipv4(address: str, network: str):
    assert Origin(address, "").network == network


@pytest.mark.parametrize(
    ("address", "site", "part"),
    [
        ("198.51.100.7", "198.51.100.7", ""),
        ("::ffff:198.51.100.7", "198.51.100.7", ""),
        ("2001:db8:0:1a:ffff::1", "2001:db8::/48", "1a"),
        ("2001:db8:7::", "2001:db8:7::/48", "0"),
    ],
)
def test_a_site_has_many_networks_of_ipv6_or_is_one_address_of_ipv4(address: str, site: str, part: str):
    assert (Origin(address, "").site, Origin(address, "").part) == (site, part)

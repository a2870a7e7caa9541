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

"""Where a request came from, as API Gateway saw it."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network


@dataclass(frozen=True)
class Origin:
    """Address, User-Agent and id of a request. None of them proves who sent it. `request_id` may be empty."""

    address: str
    user_agent: str
    request_id: str = ""

    @property
    def network(self) -> str:
        """The network that failed attempts are counted for: an IPv4 address, or the IPv6 /64 that one customer has."""
        return self._within(64)

    @property
    def site(self) -> str:
        """The place that failures over all logins are counted for: an IPv4 address, or the IPv6 /48 that a site has."""
        return self._within(48)

    @property
    def part(self) -> str:
        """Which of its site's /64 networks it is: empty for IPv4, where the site is the network."""
        address = ip_address(self.address)
        is_site = not isinstance(address, IPv6Address) or address.ipv4_mapped
        return "" if is_site else f"{int(address) >> 64 & 0xFFFF:x}"

    def _within(self, prefix: int) -> str:
        address = ip_address(self.address)
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            return str(address.ipv4_mapped)
        if isinstance(address, IPv6Address):
            return str(ip_network((address, prefix), strict=False))
        return str(address)

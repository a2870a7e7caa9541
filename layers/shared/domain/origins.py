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
        address = ip_address(self.address)
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            return str(address.ipv4_mapped)
        if isinstance(address, IPv6Address):
            return str(ip_network((address, 64), strict=False))
        return str(address)

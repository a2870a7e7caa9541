"""Where a request came from: the peer's address as the gateway saw it, and what its program calls itself."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network


@dataclass(frozen=True)
class Origin:
    """Facts about a request, never proofs of who sent it. `request_id` is the gateway's, empty where there is none."""

    address: str
    user_agent: str
    request_id: str = ""

    @property
    def network(self) -> str:
        """What failed tries are counted by: an IPv4 address, or an IPv6 /64, which one customer gets whole."""
        address = ip_address(self.address)
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            return str(address.ipv4_mapped)
        if isinstance(address, IPv6Address):
            return str(ip_network((address, 64), strict=False))
        return str(address)

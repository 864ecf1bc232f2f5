"""The address of a caller, decided here for all uses.

The peer of the connection counts, unless it is a proxy that the operator
trusts (`AUTOUSERS_TRUSTED_PROXIES`). A trusted proxy appends the address of its
own peer to `X-Forwarded-For`, so the header is read from the right: the first
address that is no trusted proxy is the caller's. Everything to its left was
written by the caller and is ignored.
"""

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Protocol

from django.conf import settings

#: Proxies between a caller and this server; addresses further to the left are not looked at.
MAX_HOPS = 32

#: Stands in the setting for the proxies that connect through a Unix socket. They have no address.
UNIX = "unix"

Address = IPv4Address | IPv6Address


class HasMeta(Protocol):
    """A request of Django or of DRF."""

    @property
    def META(self) -> dict[str, Any]:
        """The WSGI environment."""


class TrustedProxies:
    """The peers whose `X-Forwarded-For` is believed."""

    def __init__(self, texts: tuple[str, ...]) -> None:
        """Read the setting.

        Raises:
            ValueError: for a text that is no network, or that is every address.
        """
        self.unix = UNIX in texts
        self._networks = [ip_network(text) for text in texts if text != UNIX]
        for network in self._networks:
            if network.prefixlen == 0:
                raise ValueError(f"{network} trusts everybody.")

    def __contains__(self, address: Address | None) -> bool:
        """Whether an address is a trusted proxy's; None is the peer at a Unix socket."""
        if address is None:
            return self.unix
        return any(address in network for network in self._networks)


def client_address(request: HasMeta) -> str:
    """The caller's address, in its shortest form, or "" if it is unknown."""
    proxies = trusted_proxies(tuple(settings.TRUSTED_PROXIES))
    address = parse(request.META.get("REMOTE_ADDR", ""))
    if address in proxies:
        for hop in _hops(request.META.get("HTTP_X_FORWARDED_FOR", "")):
            address = hop
            if hop not in proxies:
                break
    return str(address or "")


def parse(text: str) -> Address | None:
    """Read an address as peers and proxies write it; None if it is not one.

    A port is dropped. So is the zone of a link-local address, which no
    database stores. IPv4 mapped into IPv6 becomes plain IPv4.
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _hops(header: str) -> Iterator[Address]:
    """The addresses of the header, nearest first, up to the first invalid one."""
    for text in reversed(header.rsplit(",", MAX_HOPS)[-MAX_HOPS:]):
        address = parse(text)
        if address is None:
            return
        yield address


@lru_cache(maxsize=8)
def trusted_proxies(texts: tuple[str, ...]) -> TrustedProxies:
    """The value of the setting, read once."""
    return TrustedProxies(texts)

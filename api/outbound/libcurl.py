"""libcurl, set up so that no environment or configuration changes the target of a request."""

import socket
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from pathlib import Path

import pycurl

from api.outbound.addresses import Address, AddressPolicy, BlockedAddress, Target
from api.outbound.transport_errors import TransportFailure, out_of_resources

# Where systems keep the certificate authorities they trust; libcurl knows only the place of the
# system it was built on.
_CA_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_ADDRESSES_TRIED = 8

STRICT_OPTIONS = (
    (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
    (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
    (pycurl.PATH_AS_IS, 1),
    (pycurl.FOLLOWLOCATION, 0),
    (pycurl.HTTP_CONTENT_DECODING, 0),
    (pycurl.HTTP09_ALLOWED, 0),
    (pycurl.NETRC, pycurl.NETRC_IGNORED),
    (pycurl.PROXY, ""),
    (pycurl.NOPROXY, "*"),
    (pycurl.NOSIGNAL, 1),
    (pycurl.TCP_NODELAY, 1),
    (pycurl.SSLVERSION, pycurl.SSLVERSION_TLSv1_2),
    (pycurl.SSL_VERIFYPEER, 1),
    (pycurl.SSL_VERIFYHOST, 2),
)
"""Set once per handle: whatever an environment variable or a file at home could change."""


def system_ca_bundle() -> str:
    """Find the system's file of trusted certificate authorities; FileNotFoundError without one."""
    for path in _CA_BUNDLES:
        if Path(path).is_file():
            return path
    raise FileNotFoundError(
        "No certificate authorities found: install ca-certificates or name a CA bundle."
    )


def pin(target: Target, addresses: Sequence[Address]) -> str:
    """Tell libcurl the addresses of a name; the plus lets it forget them in time."""
    texts = [f"[{a}]" if isinstance(a, IPv6Address) else str(a) for a in addresses]
    return f"+{target.host}:{target.port}:{','.join(texts[:_ADDRESSES_TRIED])}"


@lru_cache(maxsize=4096)
def may_connect(policy: AddressPolicy, address: str) -> bool:
    """Check the address of a connection's other end. Cached, because every request asks."""
    return policy.allows(ip_address(address))


class ConnectionGuard:
    """Checks the addresses of a handle's sockets, when they are opened and when they are reused.

    `stopped` says why a connection was not made, and is None while all were.
    """

    def __init__(self, policy: AddressPolicy, *, on_open: Callable[[], None] | None = None) -> None:
        """`on_open` is called before each socket that is opened."""
        self._policy = policy
        self._on_open = on_open
        self.connected = False
        self.stopped: TransportFailure | None = None

    def attach(self, curl: pycurl.Curl) -> None:
        """Check every connection of this handle."""
        curl.setopt(pycurl.OPENSOCKETFUNCTION, self.open_socket)
        curl.setopt(pycurl.PREREQFUNCTION, self.check_connection)

    def reset(self) -> None:
        """Forget the last transfer."""
        self.connected = False
        self.stopped = None

    def open_socket(self, purpose: int, address: pycurl.CurlSockAddr) -> socket.socket | int:
        """Open the socket of a new connection, after a second check of its address."""
        family, kind, protocol, where = address
        if not self._allowed(str(where[0])):
            return pycurl.SOCKET_BAD
        if self._on_open is not None:
            self._on_open()
        try:
            return socket.socket(family, kind, protocol)
        except OSError as error:
            self.stopped = out_of_resources(error.errno or 0)
            return pycurl.SOCKET_BAD

    def check_connection(self, remote: str, local: str, port: int, local_port: int) -> int:
        """Check the other end before the request is sent, over a kept connection too."""
        self.connected = True
        return pycurl.PREREQFUNC_OK if self._allowed(remote) else pycurl.PREREQFUNC_ABORT

    def _allowed(self, address: str) -> bool:
        if may_connect(self._policy, address):
            return True
        self.stopped = TransportFailure(str(BlockedAddress()))
        return False

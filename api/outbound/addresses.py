"""The address guard: where a request may be sent.

Pure rules, no lookups. Addresses are judged by tables of networks, because the `is_global` and
`is_private` of the standard library differ between Python versions and let tunnels and reserved
ranges through. A URL is parsed once, here, so the checked address is the one connected to.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from encodings import idna
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from urllib.parse import quote

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAX_URL_LENGTH = 2048
"""Characters of a URL."""

_DEFAULT_PORTS = {"https": 443, "http": 80}
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?", re.ASCII)
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_LIKE_LATIN = {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}  # first words of their letters' names
_AFTER_AUTHORITY = re.compile(r"[/?]")
_PORT = re.compile(r"[0-9]{1,5}", re.ASCII)
_PATH_SAFE = "!$%&'()*+,/:;=?@[]~"


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


_IPV4_NOT_PUBLIC = _networks(
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32",
    "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
    "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
    "240.0.0.0/4",
)  # fmt: skip
_IPV6_PUBLIC = IPv6Network("2000::/3")
_IPV6_NOT_PUBLIC = _networks("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")

_PRIVATE = _networks(
    "10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"
)

# Credentials of the machine itself can be read here, so no setting opens them. The link-local
# ranges hold most clouds' services; the others are Azure, Alibaba, Oracle, AWS, Google, Scaleway.
_METADATA = _networks(
    "169.254.0.0/16", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32",
    "fe80::/10", "fd00:ec2::/32", "fd20:ce::/32", "fd00:42::42/128",
)  # fmt: skip

# IPv6 ranges that carry an IPv4 address, and how many bits stand to the right of it: compatible,
# mapped, translated, NAT64, and 6to4. Teredo and local NAT64 need more than a shift.
_CARRIERS = (
    (IPv6Network("::/96"), 0),
    (IPv6Network("::ffff:0:0/96"), 0),
    (IPv6Network("::ffff:0:0:0/96"), 0),
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("64:ff9b:1::/48"), 0),
    (IPv6Network("2002::/16"), 80),
)
_TEREDO = IPv6Network("2001::/32")
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")


class InvalidTarget(ValueError):
    """A URL cannot be sent to. The message says what is wrong with it, in words for people."""


class BlockedAddress(Exception):
    """A target is, or resolves to, an address we do not send to.

    Customers see only this text: it reveals nothing of what answers there.
    """

    def __init__(self) -> None:
        super().__init__("address not allowed")


def is_public(address: Address) -> bool:
    """Whether an address is public and unicast.

    Ranges that wrap an IPv4 address (mapped, NAT64, 6to4 and the like) are never public.
    """
    if isinstance(address, IPv4Address):
        return not _within(address, _IPV4_NOT_PUBLIC)
    return address in _IPV6_PUBLIC and not _within(address, _IPV6_NOT_PUBLIC)


@dataclass(frozen=True)
class AddressPolicy:
    """Which addresses an installation sends to: public ones, and those that its operator allows.

    `allowed_networks` opens exactly those networks; `allow_private` opens loopback and private
    ranges for development. Cloud metadata and link-local addresses stay refused whatever is set.
    """

    allow_private: bool = False
    allowed_networks: tuple[Network, ...] = ()

    def allows(self, address: Address) -> bool:
        """Whether a request may be sent to this address."""
        return _allows(self, address)

    def check(self, addresses: Iterable[Address]) -> None:
        """Raise BlockedAddress unless every address of a name is allowed."""
        if not all(self.allows(address) for address in addresses):
            raise BlockedAddress


@dataclass(frozen=True)
class Target:
    """A URL in parts. `ip` is set when its host is a literal address, not a name."""

    scheme: str
    host: str
    port: int
    path: str
    ip: Address | None
    url: str


def check_literal(target: Target, policy: AddressPolicy) -> None:
    """Raise BlockedAddress when the target is a literal address that the policy refuses.

    A name passes: it is judged by the addresses it resolves to, on every attempt.
    """
    if target.ip is not None:
        policy.check([target.ip])


@lru_cache(maxsize=1024)
def parse_target(url: str, *, allow_http: bool = False) -> Target:
    """Parse a URL, or raise InvalidTarget with the reason.

    It refuses everything that two parsers could read differently: credentials,
    backslashes, spaces, fragments, odd spellings of IPv4 addresses, a dot at the end of the host,
    and letters that only look like others. International names come back in their `xn--` form.
    """
    _refuse_odd_characters(url)
    scheme, separator, rest = url.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in (_DEFAULT_PORTS if allow_http else {"https"}):
        raise InvalidTarget(f"The URL must start with {'http(s)' if allow_http else 'https'}://.")
    authority = _AFTER_AUTHORITY.split(rest, maxsplit=1)[0]
    path = rest[len(authority) :]
    host, ip, port_text = _split_authority(authority)
    port = _port(port_text, default=_DEFAULT_PORTS[scheme])
    path = quote(path if path.startswith("/") else f"/{path}", safe=_PATH_SAFE)
    shown_host = f"[{host}]" if isinstance(ip, IPv6Address) else host
    shown_port = "" if port == _DEFAULT_PORTS[scheme] else f":{port}"
    return Target(scheme, host, port, path, ip, f"{scheme}://{shown_host}{shown_port}{path}")


def _within(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)


@lru_cache(maxsize=4096)
def _allows(policy: AddressPolicy, address: Address) -> bool:
    if any(_within(form, _METADATA) for form in (address, *_embedded(address))):
        return False
    if _within(address, policy.allowed_networks):
        return True
    return is_public(address) or (policy.allow_private and _within(address, _PRIVATE))


def _embedded(address: Address) -> Iterator[IPv4Address]:
    """Yield the IPv4 addresses that an IPv6 address may lead to through a tunnel or translator."""
    if isinstance(address, IPv4Address):
        return
    number = int(address)
    for network, shift in _CARRIERS:
        if address in network:
            yield IPv4Address(number >> shift & 0xFFFF_FFFF)
    if address in _TEREDO:
        yield IPv4Address(number >> 64 & 0xFFFF_FFFF)
        yield IPv4Address(~number & 0xFFFF_FFFF)
    if address in _LOCAL_NAT64:
        # RFC 6052: the address follows a prefix of 48, 56 or 64 bits and skips bits 64 to 71.
        squeezed = number >> 64 << 56 | number & (1 << 56) - 1
        for length in (48, 56, 64):
            yield IPv4Address(squeezed >> 120 - 32 - length & 0xFFFF_FFFF)


def _refuse_odd_characters(url: str) -> None:
    if len(url) > MAX_URL_LENGTH:
        raise InvalidTarget(f"The URL is longer than {MAX_URL_LENGTH} characters.")
    if not url.isprintable() or " " in url:
        raise InvalidTarget("The URL contains spaces, control or invisible characters.")
    if "\\" in url:
        raise InvalidTarget("The URL contains a backslash.")
    if "#" in url:
        raise InvalidTarget("The URL has a fragment (#), which is never sent to a server.")


def _split_authority(authority: str) -> tuple[str, Address | None, str]:
    """Split `host[:port]` into host, literal address if it is one, and `:port` or nothing."""
    if "@" in authority:
        raise InvalidTarget("The URL contains a user name or password.")
    if authority.startswith("["):
        text, bracket, port = authority[1:].partition("]")
        if not bracket or "%" in text:
            raise InvalidTarget("The host is not a valid IPv6 address.")
        try:
            literal = IPv6Address(text)
        except ValueError:
            raise InvalidTarget("The host is not a valid IPv6 address.") from None
        return str(literal), literal, port
    name, colon, port = authority.partition(":")
    host = _ascii_host(name)
    return host, _ipv4_literal(host), colon + port


def _port(text: str, *, default: int) -> int:
    if not text:
        return default
    digits = text.removeprefix(":")
    if text[0] != ":" or not _PORT.fullmatch(digits) or not 1 <= int(digits) <= 65_535:
        raise InvalidTarget("The port must be a number from 1 to 65535.")
    return int(digits)


def _ascii_host(name: str) -> str:
    if not name:
        raise InvalidTarget("The URL has no host.")
    if name.endswith("."):
        raise InvalidTarget("The host ends in a dot; write it without.")
    host = ".".join(_ascii_label(label) for label in name.split("."))
    if len(host) > 253:
        raise InvalidTarget("The host is longer than 253 characters.")
    return host


def _ascii_label(label: str) -> str:
    lowered = label.lower()
    if not label.isascii():
        lowered = _punycode(label, lowered)
    if len(lowered) > 63 or not _LABEL.fullmatch(lowered):
        raise InvalidTarget("The host is not a valid name.")
    return lowered


def _punycode(label: str, lowered: str) -> str:
    """Encode an international label, if all standards agree on what it means.

    Mapping may change the case and nothing else: a label that turns into another one, or into
    ASCII (full-width digits, a full-width dot, the Kelvin sign), is not what it looks like. Nor
    is one that has Latin letters beside those of an alphabet which looks like it.
    """
    normal = unicodedata.normalize("NFC", lowered)
    alphabets = {unicodedata.name(char, "").partition(" ")[0] for char in normal}
    if "LATIN" in alphabets and alphabets & _LIKE_LATIN:
        raise InvalidTarget("The host mixes alphabets that look alike; write it in its xn-- form.")
    letters = all(char == "-" or unicodedata.category(char)[0] in "LMN" for char in normal)
    try:
        if len(label) <= 63 and letters and not normal.isascii() and idna.nameprep(label) == normal:
            return idna.ToASCII(label).decode("ascii")
    except UnicodeError:
        pass
    raise InvalidTarget("The host has ambiguous letters; write it in its xn-- form.")


def _ipv4_literal(host: str) -> IPv4Address | None:
    """Read a dotted IPv4 address; None for a name.

    The last label decides, as in browsers: when it is a number the host cannot be a name, and
    only four plain decimal numbers are read the same way by everybody.
    """
    if not _NUMERIC_LABEL.fullmatch(host.rpartition(".")[2]):
        return None
    try:
        return IPv4Address(host)
    except ValueError:
        raise InvalidTarget("An IPv4 address must be four decimal numbers.") from None

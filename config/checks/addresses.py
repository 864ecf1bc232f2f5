"""Whether a text is an address of some kind."""

from ipaddress import ip_network
from urllib.parse import urlsplit

from limits.errors import ConfigurationError

from api.security.rate_limits import make_limiter


def is_network(text: str) -> bool:
    """Whether it is a network, with no host bits set."""
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def is_redis_url(text: str) -> bool:
    """Whether it is the address of a Redis."""
    try:
        make_limiter(text)
    except (ConfigurationError, ValueError):
        return False
    return True


def is_origin(text: str) -> bool:
    """Whether it is an origin, and no more than that."""
    parts = urlsplit(text)
    return is_http_url(text) and text == f"{parts.scheme}://{parts.netloc}"


def is_http_url(text: str) -> bool:
    """Whether it is an http or https address with a host."""
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname)

"""The head of an HTTP message as the proxy needs it: a first line, and lines to pass on."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

LIMIT = 64 * 1024
"""Bytes of a head."""

_OF_ONE_CONNECTION = frozenset(
    {b"connection", b"proxy-connection", b"keep-alive", b"proxy-authorization", b"te"}
)
_END = b"\r\n\r\n"


class BadHead(ValueError):
    """The peer sends no head of HTTP/1, or one that is too long."""


@dataclass(frozen=True)
class Request:
    """A request to the proxy. `host` is written as in an address, with its port."""

    method: str
    scheme: str
    host: str
    rest: bytes
    """The head for the server: its own form of the address, and one connection per request."""

    @property
    def is_tunnel(self) -> bool:
        """Whether the bytes after the head are none of the proxy's business."""
        return self.method == "CONNECT"


async def read_head(reader: asyncio.StreamReader) -> bytes:
    """Read a head, with the blank line that ends it; empty when the peer sends nothing.

    Raises:
        BadHead: when it does not end.
    """
    try:
        return await reader.readuntil(_END)
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise BadHead("The head does not end.") from None
        return b""
    except asyncio.LimitOverrunError:
        raise BadHead("The head is too long.") from None


def read_request(head: bytes) -> Request:
    """Read the head of a request to a proxy.

    Raises:
        BadHead: for anything but CONNECT and whole http addresses.
    """
    first, _, lines = head.partition(b"\r\n")
    parts = first.split(b" ")
    if len(parts) != 3 or not parts[2].startswith(b"HTTP/1."):
        raise BadHead("The first line is none of HTTP/1.")
    method, target = parts[0].decode("latin-1"), parts[1].decode("latin-1")
    if method == "CONNECT":
        return Request(method, "https", target, b"")
    try:
        url = urlsplit(target)
    except ValueError:
        raise BadHead("The address cannot be read.") from None
    if url.scheme != "http" or not url.netloc:
        raise BadHead("The address is none of http.")
    path = target[len("http://") + len(url.netloc) :] or "/"
    path = path if path.startswith("/") else f"/{path}"
    return Request(method, "http", url.netloc, _head(f"{method} {path} HTTP/1.1", lines))


def close_after(head: bytes) -> bytes:
    """The head of a reply, changed so that the browser sends no second request after it."""
    first, _, lines = head.partition(b"\r\n")
    return _head(first.decode("latin-1"), lines)


def status_of(head: bytes) -> int:
    """The status of a reply; 0 when its head has none."""
    parts = head.split(b" ", 2)
    return int(parts[1]) if len(parts) > 1 and parts[1][:3].isdigit() else 0


def _head(first: str, lines: bytes) -> bytes:
    kept = [
        line
        for line in lines.split(b"\r\n")
        if line and line.partition(b":")[0].strip().lower() not in _OF_ONE_CONNECTION
    ]
    return b"\r\n".join([first.encode("latin-1"), *kept, b"Connection: close"]) + _END

"""Connecting to what a page asks for: look up, judge, and dial exactly what was judged.

A name is looked up once per visit. Its addresses are judged together and kept, so a name that
changes its mind between two requests (DNS rebinding) gains nothing.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv6Address

from api.outbound.addresses import (
    Address,
    AddressPolicy,
    BlockedAddress,
    InvalidTarget,
    Target,
    parse_target,
)
from api.outbound.resolver import Lookup, lookup_host
from autousers.engine.browser.network.heads import LIMIT, BadHead, read_head, status_of

CONNECT_SECONDS = 8.0
LOOKUP_SECONDS = 5.0
TRIED_ADDRESSES = 3
"""Addresses of a name that are dialled before it counts as unreachable."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Refused(Exception):
    """A connection is not made. The message is for people, and tells nothing of what is there."""


class Unreachable(Exception):
    """A connection cannot be made. The message is for people."""


@dataclass(frozen=True)
class Upstream:
    """An HTTP proxy of the operator's that connections leave through; it gets addresses only."""

    host: str
    port: int


class Dialler:
    """Makes the connections of one visit."""

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        lookups: ThreadPoolExecutor,
        lookup: Lookup = lookup_host,
        upstream: Upstream | None = None,
    ) -> None:
        self._policy = policy
        self._lookups = lookups
        self._lookup = lookup
        self._upstream = upstream
        self._pinned: dict[str, asyncio.Future[tuple[Address, ...]]] = {}

    async def dial(self, scheme: str, host: str) -> Streams:
        """Connect to a host as a URL names it, with its port.

        Raises:
            Refused: when the address guard says no.
            Unreachable: when nobody answers.
        """
        target = _target(scheme, host)
        addresses = await self._addresses(target)
        try:
            self._policy.check(addresses)
        except BlockedAddress:
            raise Refused("The address is not allowed.") from None
        for address in addresses[:TRIED_ADDRESSES]:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(CONNECT_SECONDS):
                    return await self._connect(address, target.port)
        raise Unreachable("The connection could not be made.")

    async def _addresses(self, target: Target) -> Sequence[Address]:
        if target.ip is not None:
            return (target.ip,)
        if target.host not in self._pinned:
            self._pinned[target.host] = asyncio.ensure_future(self._look_up(target.host))
        return await asyncio.shield(self._pinned[target.host])

    async def _look_up(self, host: str) -> tuple[Address, ...]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                found = await loop.run_in_executor(self._lookups, self._lookup, host)
        except TimeoutError:
            raise Unreachable("The host name could not be looked up in time.") from None
        except OSError:
            raise Unreachable("The host name does not exist.") from None
        if not found:
            raise Unreachable("The host name has no address.")
        return tuple(dict.fromkeys(found))

    async def _connect(self, address: Address, port: int) -> Streams:
        if self._upstream is None:
            return await asyncio.open_connection(str(address), port, limit=LIMIT)
        reader, writer = await asyncio.open_connection(
            self._upstream.host, self._upstream.port, limit=LIMIT
        )
        shown = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
        # The judged address and never the name: the other proxy must not look it up again.
        writer.write(f"CONNECT {shown}:{port} HTTP/1.1\r\nHost: {shown}:{port}\r\n\r\n".encode())
        try:
            if status_of(await read_head(reader)) == 200:
                return reader, writer
        except BadHead:
            pass
        writer.close()
        raise ConnectionRefusedError


def _target(scheme: str, host: str) -> Target:
    try:
        return parse_target(f"{scheme}://{host}/", allow_http=True)
    except InvalidTarget as error:
        raise Refused(str(error)) from None

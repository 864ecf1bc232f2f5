"""The proxy of one visit: everything that the browser sends passes the address guard here.

It listens on loopback, on a port of its own for each visit. `http` requests are passed on one by
one; CONNECT (https, WebSocket, TURN) becomes a tunnel. Both dial through the same `Dialler`.
Bytes and connections are capped for the visit as a whole.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from autousers.engine.browser.network.dialling import Dialler, Refused, Streams, Unreachable
from autousers.engine.browser.network.heads import (
    LIMIT,
    BadHead,
    Request,
    close_after,
    read_head,
    read_request,
    status_of,
)

_PIECE = 64 * 1024


@dataclass(frozen=True)
class Caps:
    """How much one visit may send and receive."""

    total_bytes: int = 60 * 1024 * 1024
    connections: int = 600
    at_once: int = 128


@dataclass
class Traffic:
    """What passed, and what did not: host and reason of each refusal, the first ones."""

    bytes: int = 0
    connections: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    is_full: bool = False

    def note(self, host: str, reason: str, *, refused: bool) -> None:
        """Remember why a host was not reached."""
        if len(self.failures) < 100:
            self.failures.setdefault(host, reason)
            if refused:
                self.refused.add(host)


class GuardedProxy:
    """An HTTP proxy on loopback for one visit."""

    def __init__(self, dialler: Dialler, *, caps: Caps) -> None:
        self.traffic = Traffic()
        self._dialler = dialler
        self._caps = caps
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(caps.at_once)
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=LIMIT)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        if self._server is None:
            raise RuntimeError("The proxy does not listen.")
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with self._slots:
                await self._answer(reader, writer)
        except (OSError, BadHead, EOFError):
            pass
        finally:
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await read_head(reader)
        if not head:
            return
        request = read_request(head)
        self.traffic.connections += 1
        server = await self._dial(request, writer)
        if server is None:
            return
        try:
            await self._pass_on(request, (reader, writer), server)
        finally:
            server[1].transport.abort()

    async def _dial(self, request: Request, writer: asyncio.StreamWriter) -> Streams | None:
        """Connect to the server, or tell the browser why not."""
        try:
            self._refuse_too_much()
            return await self._dialler.dial(request.scheme, request.host)
        except Refused as error:
            self.traffic.note(request.host, str(error), refused=True)
            await _say(writer, 403)
        except Unreachable as error:
            self.traffic.note(request.host, str(error), refused=False)
            await _say(writer, 502)
        return None

    def _refuse_too_much(self) -> None:
        if self.traffic.is_full or self.traffic.connections > self._caps.connections:
            self.traffic.is_full = True
            raise Refused("The visit has sent and received too much.")

    async def _pass_on(self, request: Request, browser: Streams, server: Streams) -> None:
        if request.is_tunnel:
            browser[1].write(b"HTTP/1.1 200 OK\r\n\r\n")
            await self._both_ways(browser, server)
            return
        server[1].write(request.rest)
        sending = asyncio.ensure_future(self._pump(browser[0], server[1]))
        try:
            await self._pass_reply(server[0], browser[1])
        finally:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await sending

    async def _pass_reply(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await read_head(reader)
        while 100 <= status_of(head) < 200:  # interim replies have no body; the real one follows
            head = await read_head(reader)
        if head:
            writer.write(close_after(head))
            await self._pump(reader, writer)
            await _finish(writer)

    async def _both_ways(self, one: Streams, other: Streams) -> None:
        ways = [
            asyncio.ensure_future(self._pump(one[0], other[1])),
            asyncio.ensure_future(self._pump(other[0], one[1])),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            await _finish(one[1])
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Copy until the end, or until the visit has had enough."""
        while data := await reader.read(_PIECE):
            self.traffic.bytes += len(data)
            if self.traffic.bytes > self._caps.total_bytes:
                self.traffic.is_full = True
                return
            writer.write(data)
            await writer.drain()


async def _say(writer: asyncio.StreamWriter, status: int) -> None:
    writer.write(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
    await _finish(writer)


async def _finish(writer: asyncio.StreamWriter) -> None:
    """Send what is left, then the end."""
    with contextlib.suppress(OSError, RuntimeError):
        await writer.drain()
        writer.write_eof()
        writer.close()
        await writer.wait_closed()

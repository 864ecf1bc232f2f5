"""Host name lookups in a few threads of their own, with a short cache."""

import queue
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from time import monotonic

from api.outbound.addresses import Address

Lookup = Callable[[str], Sequence[Address]]
"""Takes a host name, gives all its addresses; raises OSError (socket.gaierror) if it has none."""

_MEMORY_SIZE = 4096

_UNKNOWN_NAME = {socket.EAI_NONAME, socket.EAI_FAIL}
if hasattr(socket, "EAI_NODATA"):
    _UNKNOWN_NAME.add(socket.EAI_NODATA)


def lookup_host(host: str) -> list[Address]:
    """Ask the system for every address of a name, of both families, in its order of preference.

    Families that this machine cannot reach are asked for as well: one refused address refuses
    the name. Raises socket.gaierror.
    """
    # As bytes, because str would pass through Python's own IDNA codec.
    found = socket.getaddrinfo(host.encode("ascii"), None, type=socket.SOCK_STREAM)
    return [ip_address(entry[4][0]) for entry in found]


@dataclass(frozen=True)
class Answer:
    """The result of a lookup: addresses, or an error."""

    host: str
    addresses: tuple[Address, ...] = ()
    error: str | None = None
    ours: bool = False
    """Whether the failure lies with our name server or machine, not with the name."""


class Resolver:
    """Looks names up in its own threads, and passes the results to a callback.

    A name is never looked up twice at a time, so a name server that hangs costs one thread per
    name; threads start as needed, up to `max_threads`. Good answers are kept for `ttl` seconds.
    """

    def __init__(
        self,
        *,
        lookup: Lookup,
        on_answer: Callable[[Answer], None],
        max_threads: int = 128,
        ttl: float = 10.0,
    ) -> None:
        self._lookup = lookup
        self._on_answer = on_answer
        self._max_threads = max_threads
        self._ttl = ttl
        self._known: dict[str, tuple[float, Answer]] = {}
        self._pending: set[str] = set()
        self._idle = 0
        self._threads = 0
        self._lock = threading.Lock()
        self._hosts: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def known(self, host: str) -> Answer | None:
        """Return a good answer that is younger than the time to live, if there is one."""
        entry = self._known.get(host)
        return entry[1] if entry and entry[0] > monotonic() else None

    def forget(self, host: str) -> None:
        """Forget the cached result of a host."""
        self._known.pop(host, None)

    def request(self, host: str) -> None:
        """Start a lookup, unless one for this name is under way; the callback gets the answer.

        The callback runs in another thread.
        """
        with self._lock:
            if host in self._pending:
                return
            self._pending.add(host)
            if len(self._pending) > self._threads and self._threads < self._max_threads:
                # Daemons: a hung lookup must not keep the process from ending.
                threading.Thread(target=self._work, name="lookup", daemon=True).start()
                self._threads += 1
        self._hosts.put(host)

    def close(self) -> None:
        """End the threads; one in a hung lookup ends after it."""
        with self._lock:
            for _ in range(self._threads):
                self._hosts.put(None)

    def _work(self) -> None:
        while (host := self._hosts.get()) is not None:
            answer = self._ask(host)
            with self._lock:
                self._pending.discard(host)
                if answer.error is None:
                    if len(self._known) >= _MEMORY_SIZE:
                        self._known.clear()
                    self._known[host] = (monotonic() + self._ttl, answer)
            self._on_answer(answer)

    def _ask(self, host: str) -> Answer:
        try:
            addresses = tuple(dict.fromkeys(self._lookup(host)))
        except socket.gaierror as error:
            if error.errno in _UNKNOWN_NAME:
                return Answer(host, error="The host name does not exist.")
            return Answer(host, error="The host name could not be looked up.", ours=True)
        except Exception as error:
            # Each lookup ends with an answer, or the deliveries that wait for it would hang.
            reason = type(error).__name__
            return Answer(host, error=f"The lookup of the host name failed ({reason}).", ours=True)
        if not addresses:
            return Answer(host, error="The host name has no address.")
        return Answer(host, addresses)

"""Servers for visits: a site that says anything, and a private target that counts who comes."""

import contextlib
import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, ip_network

from api.outbound.addresses import Address, AddressPolicy

SITE, TARGET = "127.0.0.1", "127.0.0.2"

#: The site may be visited; everything else on this machine is private.
POLICY = AddressPolicy(allowed_networks=(ip_network(f"{SITE}/32"),))

Handler = Callable[["Asked"], None]


class Asked(http.server.BaseHTTPRequestHandler):
    """One request to the site."""

    protocol_version = "HTTP/1.1"
    routes: dict[str, Handler] = {}
    seen: list[str] = []

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.seen.append(path)
        self.close_connection = True
        handler = self.routes.get(path)
        with contextlib.suppress(OSError):
            if handler is None:
                self.reply(404, "nothing here", "text/plain")
            else:
                handler(self)

    do_POST = do_GET

    def reply(
        self, status: int, body: str | bytes, kind: str = "text/html; charset=utf-8", **headers: str
    ) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def begin(self, kind: str = "text/html") -> None:
        """A body without an end."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        pass


@dataclass
class Site:
    """A running site. `pages` are bodies or handlers, by path."""

    port: int
    routes: dict[str, Handler]
    seen: list[str]

    def page(self, path: str, body: str | Handler) -> str:
        """Serve a page; its address."""
        handler = body if callable(body) else lambda asked: asked.reply(200, body)
        self.routes[path] = handler
        return self.url(path)

    def url(self, path: str, host: str = SITE) -> str:
        return f"http://{host}:{self.port}{path}"


@contextlib.contextmanager
def site() -> Iterator[Site]:
    handler = type("Here", (Asked,), {"routes": {}, "seen": []})
    server = _Server((SITE, 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield Site(server.server_address[1], handler.routes, handler.seen)
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Target:
    """Something private: everything that reaches it is counted."""

    port: int
    reached: list[str] = field(default_factory=list)
    _sockets: list[socket.socket] = field(default_factory=list)

    def listen(self, host: str, family: int, kind: int) -> None:
        opened = socket.socket(family, kind)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, self.port))
        if kind == socket.SOCK_STREAM:
            opened.listen(64)
        self._sockets.append(opened)
        threading.Thread(target=self._count, args=(opened, host, kind), daemon=True).start()

    def _count(self, opened: socket.socket, host: str, kind: int) -> None:
        with contextlib.suppress(OSError):
            while True:
                if kind == socket.SOCK_STREAM:
                    peer, _ = opened.accept()
                    self.reached.append(f"tcp {host}")
                    peer.close()
                else:
                    opened.recvfrom(2048)
                    self.reached.append(f"udp {host}")

    def close(self) -> None:
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@contextlib.contextmanager
def target() -> Iterator[Target]:
    with socket.socket() as free:
        free.bind((TARGET, 0))
        made = Target(free.getsockname()[1])
    made.listen(TARGET, socket.AF_INET, socket.SOCK_STREAM)
    made.listen(TARGET, socket.AF_INET, socket.SOCK_DGRAM)
    made.listen("::1", socket.AF_INET6, socket.SOCK_STREAM)
    made.listen("::1", socket.AF_INET6, socket.SOCK_DGRAM)
    try:
        yield made
    finally:
        made.close()


class Names:
    """A name server: names with fixed addresses, and one that changes its mind."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, host: str) -> list[Address]:
        self.asked.append(host)
        here, private = IPv4Address(SITE), IPv4Address(TARGET)
        times = self.asked.count(host)
        if host.startswith("rebind"):
            return [here if times == 1 else private]
        known = {"site.example": [here], "private.example": [private]}
        known["mixed.example"] = [here, private]
        if host not in known:
            raise OSError("unknown")
        return known[host]

"""Observing a corpus: its pages are served on this machine and looked at one by one."""

import queue
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

from api.outbound.addresses import AddressPolicy
from autousers.engine.browser.events import Order, VisitFailed
from autousers.engine.browser.host import BrowserHost, HostOptions
from autousers.engine.markup.observer import observe
from autousers.observation.facts import Conditions, Observation
from benchmarks.accuracy.corpora import Sample

BROWSERS = 3
"""Browsers that look at the same time; most of a visit is waiting."""

LOCAL = AddressPolicy(allowed_networks=(ip_network("127.0.0.0/8"),))

Seen = dict[tuple[str, Conditions], Observation]
"""What was seen, by the name of the page and the conditions."""


class Watcher:
    """Looks at the pages of a corpus with one of both observers; each once per conditions."""

    def __init__(self, observer: str) -> None:
        self.observer = observer
        self.seen: Seen = {}
        self.seconds: list[float] = []
        self._hosts: queue.Queue[BrowserHost] = queue.Queue()
        for _ in range(BROWSERS if observer == "browser" else 0):
            self._hosts.put(BrowserHost(HostOptions(policy=LOCAL)))

    def close(self) -> None:
        """End the browsers."""
        while not self._hosts.empty():
            self._hosts.get().close()

    def look(self, samples: Iterable[Sample], conditions: Conditions) -> list[Observation]:
        """The observations of some pages, in their order."""
        wanted = list(samples)
        pages = {one.name: one.html for one in wanted}
        with served(pages) as base, ThreadPoolExecutor(BROWSERS) as pool:
            return list(
                pool.map(lambda one: self._one(one, f"{base}/{one.name}", conditions), wanted)
            )

    def _one(self, sample: Sample, url: str, conditions: Conditions) -> Observation:
        key = (sample.name, conditions)
        if key not in self.seen:
            began = time.monotonic()
            self.seen[key] = self._visit(sample, url, conditions)
            self.seconds.append(time.monotonic() - began)
            print(f"{self.observer} {sample.name} {self.seconds[-1]:.1f} s", file=sys.stderr)
        return self.seen[key]

    def _visit(self, sample: Sample, url: str, conditions: Conditions) -> Observation:
        if self.observer == "markup":
            return observe(sample.html, design=url, address=url, conditions=conditions)
        host = self._hosts.get()
        try:
            return host.visit(Order(url, conditions), lambda _: None)
        except VisitFailed as failed:
            print(f"{sample.name}: {failed}", file=sys.stderr)
            return Observation(url, "browser", conditions)
        finally:
            self._hosts.put(host)


@contextmanager
def served(pages: Mapping[str, str]) -> Iterator[str]:
    """A server of pages by their names."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            html = pages.get(self.path.strip("/"))
            self.send_response(200 if html is not None else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((html or "").encode())

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()

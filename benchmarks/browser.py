"""Visits with Chromium: how long one takes, and how much memory the worker holds.

A small page of this machine, the default conditions, at most ten stops of the Tab key, the browser
warm.
Proportional memory is that of this process, the driver and the browser, right after a visit.
"""

import argparse
import http.server
import os
import platform
import statistics
import sys
import threading
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")
django.setup()

from ipaddress import ip_network  # noqa: E402

from api.outbound.addresses import AddressPolicy  # noqa: E402
from autousers.engine.browser.events import Order  # noqa: E402
from autousers.engine.browser.host import BrowserHost, HostOptions  # noqa: E402
from autousers.engine.browser.running import tree  # noqa: E402
from autousers.observation.facts import Conditions  # noqa: E402

SECONDS_GOAL, MEGABYTES_GOAL = 2.5, 600
WORDS = "Plain words about tickets, their prices, and the way to the theatre. "
LINKS = "".join(
    f"<p>{WORDS * 3}<a href=/{number}>Show number {number}</a></p>" for number in range(8)
)
PAGE = (
    "<!doctype html><html lang=en><title>Tickets</title><meta name=viewport "
    "content='width=device-width'><header><h1>Tickets</h1></header><main>"
    f"{LINKS}<form><label>Your name <input name=name autocomplete=name></label>"
    "<button>Search</button></form></main>"
).encode()


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        pass


def measure(visits: int) -> dict[str, float]:
    """Make visits, the first of which starts the browser; seconds and megabytes."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    policy = AddressPolicy(allowed_networks=(ip_network("127.0.0.1/32"),))
    host = BrowserHost(HostOptions(policy=policy))
    order = Order(f"http://127.0.0.1:{server.server_port}/", Conditions())
    times, memory, own = [], [], []
    try:
        for _ in range(visits + 1):
            began = time.perf_counter()
            seen = host.visit(order, lambda _: None)
            times.append(time.perf_counter() - began)
            memory.append(tree.proportional_bytes([os.getpid(), *host.pids]) / 1e6)
            own.append(tree.proportional_bytes([os.getpid()]) / 1e6)
    finally:
        host.close()
        server.shutdown()
    warm = sorted(times[1:])
    focus = seen.fact("focus-invisible")
    return {
        "first": times[0],
        "median": statistics.median(warm),
        "p90": warm[int(len(warm) * 0.9)],
        "memory": max(memory),
        "own": max(own),
        "stops": float(focus.of or 0) if focus else 0.0,
        "visits": float(visits),
    }


def report(found: dict[str, float]) -> str:
    """The page of the documentation."""
    return f"""# Benchmark of the browser

For developers: what a visit costs. Written by `make bench-browser`.

{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}; a small page of the
same machine, default conditions, {found["stops"]:.0f} stops of the Tab key,
{found["visits"]:.0f} visits; the load of the machine was {os.getloadavg()[0]:.1f} at the end.

| | goal | measured |
|---|---|---|
| a visit, browser warm, median | {SECONDS_GOAL} s | {found["median"]:.2f} s |
| … nine of ten | | {found["p90"]:.2f} s |
| the first visit, which starts the browser | | {found["first"]:.2f} s |
| memory of worker, driver and browser, most | {MEGABYTES_GOAL} MB | {found["memory"]:.0f} MB |
| … of it Python with Django | | {found["own"]:.0f} MB |
"""


def main() -> int:
    """Measure, print, and write the page; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--visits", type=int, default=20)
    options = parser.parse_args()
    found = measure(options.visits)
    text = report(found)
    print(text)
    if options.write:
        options.write.write_text(text)
    return int(found["median"] > SECONDS_GOAL or found["memory"] > MEGABYTES_GOAL)


if __name__ == "__main__":
    sys.exit(main())

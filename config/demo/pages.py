"""Two small pages to rate: one made with care, and one with planted faults."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from webhooks.http.receiver import POLL_INTERVAL

FOLDER = Path(__file__).resolve().parent.parent / "demo_pages"
PAGES = {"/good": FOLDER / "good.html", "/faulty": FOLDER / "faulty.html"}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = PAGES.get(self.path)
        body = page.read_bytes() if page else b"There is no such page."
        self.send_response(200 if page else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing, so that the output of the demo stays readable."""


@contextmanager
def serving() -> Iterator[str]:
    """Serve the pages on a free port of this machine; yields the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, args=(POLL_INTERVAL,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()

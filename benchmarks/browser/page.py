"""The small page that is visited: plain, sound, with ten stops of the Tab key."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def served() -> Iterator[str]:
    """The address of the page, for the time of the block."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()

"""gunicorn's threaded worker, with threads for whole requests only.

In gunicorn's own `gthread` a connection takes a thread and waits in it for the rest of its request;
as many slow callers as there are threads stop the server. Here the main thread collects what
arrives on all connections at once, and threads get requests that are complete. If the caller does
not read a reply at once, it is buffered, and the main thread sends the rest.

A caller that is too slow is cut off. The line and headers of a request may
take `AUTOUSERS_REQUEST_DEADLINE` seconds; its body, and the fetching of the
reply, as long again and a second more for each `FLOOR_RATE` bytes.
"""

import errno
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from gunicorn.arbiter import Arbiter
from gunicorn.workers.gthread import ThreadWorker

from api.exceptions import RequestTimeout, UploadsBusy
from config.web.allowance import allowance_of
from config.web.arrival import BodyRules
from config.web.connection import Connection
from config.web.refusals import refusal
from config.web.startup import refuse_unready_database

#: Seconds between two looks at the deadlines.
LOOK_EVERY = 0.25

#: How gunicorn numbers the first worker that it starts.
FIRST = 1

RECEIVED_AT_ONCE = 64 * 1024

#: Bytes of bodies that have not arrived as a whole, of all connections together. Those that were
#: signed for are counted apart (`AUTOUSERS_UPLOADS_MB`).
ARRIVING_LIMIT = 128 * 1024 * 1024
OUT_OF_FILES = (errno.EMFILE, errno.ENFILE)
NOBODY_THERE = (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK)


class Worker(ThreadWorker):
    """The worker. All of its methods run in the main thread, but for `handle`."""

    request_deadline: float
    body_rules: BodyRules

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: Connections whose caller has to do something; those that wait longest come first.
        self.waiting: dict[Connection, None] = {}
        self._look_at = 0.0

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Refuse what this worker does not do."""
        if cfg.is_ssl or cfg.proxy_protocol != "off":
            raise RuntimeError("This worker speaks neither TLS nor the PROXY protocol.")
        super().check_config(cfg, log)

    def load_wsgi(self) -> None:
        """Load the application. Errors of the configuration end gunicorn with one line.

        The database is asked for by the first worker alone. One that comes later replaces another,
        and a database that is gone for a while must not end the server.
        """
        try:
            super().load_wsgi()
            if self.age == FIRST:
                refuse_unready_database()
        except ImproperlyConfigured as error:
            self.log.critical("%s", error)
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    def run(self) -> None:
        """Serve until told to stop. The settings are loaded by now, and the models."""
        from config.health import alarm, heartbeats  # this module is imported before them
        from evaluations.files import spool

        self.request_deadline = settings.REQUEST_DEADLINE
        self.body_rules = BodyRules(allowance_of, spool.folder())
        heartbeats.start([heartbeats.WEB], also=alarm.check)
        super().run()

    # --- a request arrives ----------------------------------------------------------------

    def accept(self, listener: Any) -> None:
        """Take a new connection."""
        try:
            plain, client = listener.accept()
        except OSError as error:
            if error.errno in OUT_OF_FILES:
                self._make_room()
            elif error.errno not in NOBODY_THERE:
                raise
            return
        self.nr_conns += 1
        self.read(Connection(self, plain, client, listener.getsockname()))

    def read(self, conn: Connection, _sock: Any = None) -> None:
        """Take what has arrived on a connection."""
        try:
            data = conn.sock.recv(RECEIVED_AT_ONCE)
        except BlockingIOError:
            self._wait(conn, EVENT_READ, self.read)
        except OSError:
            self._drop(conn)
        else:
            self._take(conn, data)

    def _take(self, conn: Connection, data: bytes) -> None:
        if conn.leaving:
            if conn.drain(data):
                self._wait(conn, EVENT_READ, self.read)
            else:
                self._drop(conn)
        elif data or conn.arrival.begun:
            self._feed(conn, data)
        else:
            self._drop(conn)

    def _feed(self, conn: Connection, data: bytes) -> None:
        try:
            self._take_piece(conn, data)
            if conn.arrival.wants_continue:
                conn.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        except Exception as error:
            self._refuse(conn, error)
            return
        if conn.arrival.whole:
            self._stop_waiting(conn)
            self.enqueue_req(conn)
        else:
            self._wait(conn, EVENT_READ, self.read)

    def _take_piece(self, conn: Connection, data: bytes) -> None:
        """Take a piece of a request, unless it begins an upload that there is no room for.

        Raises:
            UploadsBusy: when others send as much already as may arrive at once.
        """
        before = conn.arrival.announced
        conn.feed(data)
        if conn.arrival.announced > before:
            others = sum(one.arrival.announced for one in self.waiting if one is not conn)
            if others + conn.arrival.announced > settings.UPLOADS_MB * 1_000_000:
                raise UploadsBusy

    def _wait(self, conn: Connection, event: int, callback: Callable[..., None]) -> None:
        if conn not in self.waiting:
            self.waiting[conn] = None
            self.poller.register(conn.sock, event, partial(callback, conn))

    def _stop_waiting(self, conn: Connection) -> None:
        if conn in self.waiting:
            del self.waiting[conn]
            self.poller.unregister(conn.sock)

    # --- it is answered -------------------------------------------------------------------

    def handle(self, conn: Connection) -> bool:
        """Answer a request, in a thread; whether another may follow on the connection."""
        try:
            conn.sock.setblocking(True)
            return self.handle_request(conn.arrival.request, conn)
        except StopIteration:  # gunicorn's end of a reply that failed after its beginning
            return False
        except (ConnectionError, TimeoutError) as error:
            self.log.debug("The caller is gone: %s", error)
            return False
        except Exception as error:
            self._answer(conn, error)
            return False

    def finish_request(self, conn: Connection, future: "Future[bool]") -> None:
        """Take a connection back from its thread."""
        try:
            conn.finish(may_go_on=future.exception() is None and future.result())
        except OSError:  # gunicorn closed it
            self._drop(conn)
        else:
            self.write(conn)

    def write(self, conn: Connection, _sock: Any = None) -> None:
        """Send what is left of a reply; after it, wait for the next request or take leave."""
        try:
            if not conn.flush():
                self._wait(conn, EVENT_WRITE, self.write)
                return
        except OSError:
            self._drop(conn)
            return
        self._stop_waiting(conn)
        if conn.may_go_on:
            self._expect_request(conn)
        else:
            self._leave(conn)

    def _expect_request(self, conn: Connection) -> None:
        rest = conn.arrival.rest
        conn.expect_request(self.cfg.keepalive)
        if rest:
            self._feed(conn, rest)
        else:
            self.read(conn)

    def _refuse(self, conn: Connection, error: Exception) -> None:
        self._answer(conn, error)
        self._leave(conn)

    def _answer(self, conn: Connection, error: Exception) -> None:
        """Answer with the envelope; a caller that does not take it at once goes without."""
        reply = refusal(error, conn.client, conn.arrival.request, time.monotonic() - conn.since)
        try:
            conn.sock.setblocking(False)
            conn.sock.send(reply)
        except OSError as problem:
            self.log.debug("The caller is gone: %s", problem)

    # --- it ends --------------------------------------------------------------------------

    def _leave(self, conn: Connection) -> None:
        try:
            conn.leave()
        except OSError:
            self._drop(conn)
        else:
            self.read(conn)

    def _drop(self, conn: Connection) -> None:
        self._stop_waiting(conn)
        self.nr_conns -= 1
        conn.close()

    # --- gunicorn's loop calls these at each turn -----------------------------------------

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for events, and not longer than until the next look at the deadlines."""
        super().wait_for_and_dispatch_events(min(timeout, LOOK_EVERY))

    def murder_pending(self) -> None:
        """Close connections that are too slow; if all are taken, the one that waited longest."""
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + LOOK_EVERY
            for conn in [conn for conn in self.waiting if conn.deadline < now]:
                self._expire(conn)
            self._free_memory()
        if self.nr_conns >= self.worker_connections:
            self._make_room()

    def murder_keepalived(self, force: bool = False) -> None:
        """On shutdown, close waiting connections."""
        for conn in [*self.waiting] if force else ():
            self._drop(conn)

    def _cap_keepalive(self, deadline: float) -> None:
        for conn in self.waiting:
            conn.hurry(deadline)

    def _expire(self, conn: Connection) -> None:
        if conn.arriving:
            self._refuse(conn, RequestTimeout())
        else:
            self._drop(conn)

    def _free_memory(self) -> None:
        """Cut off those that have waited longest while too much of unfinished bodies is kept."""
        unsigned = [conn for conn in self.waiting if not conn.arrival.allowance.is_signed]
        held = sum(conn.arrival.size for conn in unsigned)
        for conn in unsigned if held > ARRIVING_LIMIT else ():
            held -= conn.arrival.size
            self._expire(conn)
            if held <= ARRIVING_LIMIT:
                return

    def _make_room(self) -> None:
        """Drop the connection that has waited longest."""
        for conn in self.waiting:
            if conn.arriving:
                self._answer(conn, RequestTimeout())
            self._drop(conn)
            return

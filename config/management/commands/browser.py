"""`manage.py browser`: whether the browser works here, step by step."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from api.outbound.addresses import AddressPolicy
from autousers.engine import engine_name
from autousers.engine.browser.events import Order, VisitFailed
from autousers.engine.browser.host import BrowserHost, HostOptions
from autousers.engine.browser.running import tree
from autousers.engine.browser.running.process import Launch
from autousers.engine.browser.running.programs import NoBrowser, find_program, identity
from autousers.observation.facts import Conditions

PAGE = b"<!doctype html><html lang=en><title>A page</title><h1>It works</h1><p>Four words here."


class Command(BaseCommand):
    """Find the browser, start it in its sandbox, and visit a page through the proxy."""

    help = "Check that the browser which looks at designs works on this machine."

    def handle(self, **options: Any) -> None:
        """Do one step after the other; the first that fails ends the command."""
        self.stdout.write(f"Engine:   {engine_name()} (AUTOUSERS_ENGINE={settings.ENGINE})")
        host = None
        try:
            self._find()
            host = BrowserHost(_options())
            host.warm_up()
            self._say_sandbox()
            self._visit(host)
        except (NoBrowser, VisitFailed) as error:
            raise CommandError(str(error)) from None
        finally:
            if host is not None:
                host.close()

    def _find(self) -> None:
        program, owner = find_program(settings.BROWSER), identity()
        who = f"as the user {owner.name}" if owner else "as this user"
        self.stdout.write(f"Browser:  {program}, {who}")

    def _say_sandbox(self) -> None:
        if settings.BROWSER_SANDBOX:
            self.stdout.write("Sandbox:  on, and Chromium starts in it")
        else:
            self.stdout.write(self.style.WARNING("Sandbox:  OFF, by AUTOUSERS_BROWSER_SANDBOX"))

    def _visit(self, host: BrowserHost) -> None:
        with _page() as port:
            seen = host.visit(Order(f"http://127.0.0.1:{port}/", Conditions()), lambda _: None)
            self.stdout.write(f"A page:   {len(seen.facts)} facts were measured")
            self._be_refused(host, port)
        memory = tree.proportional_bytes(host.pids) // 1_000_000
        self.stdout.write(f"Memory:   {memory} MB for driver and browser")
        self.stdout.write(self.style.SUCCESS("The browser works."))

    def _be_refused(self, host: BrowserHost, port: int) -> None:
        """The proxy lets nothing pass that the address guard refuses."""
        try:
            host.visit(Order(f"http://127.0.0.2:{port}/", Conditions()), lambda _: None)
        except VisitFailed as refused:
            self.stdout.write(f"Proxy:    a private address is refused ({refused})")
        else:
            raise CommandError("The proxy let a private address pass.")


def _options() -> HostOptions:
    return HostOptions(
        policy=AddressPolicy(allowed_networks=(ip_network("127.0.0.1/32"),)),
        launch=Launch(program=settings.BROWSER, sandbox=settings.BROWSER_SANDBOX),
        seconds=settings.VISIT_SECONDS,
    )


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer with the page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def _page() -> Iterator[int]:
    """A page on this machine, for the time of the block."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()

"""Visits through the operator's proxies, and with the operator's CAMOUFOX."""

import contextlib
import socket
import stat
import threading

import pytest

from autousers.engine.browser import visit as visit_module
from autousers.engine.browser.events import Order, VisitFailed
from autousers.engine.browser.host import BrowserHost, HostOptions
from autousers.engine.browser.measuring.plain_world import PlainWorld
from autousers.engine.browser.network.dialling import Upstream
from autousers.engine.browser.observer import BrowserObserver
from autousers.engine.browser.running import folders
from autousers.engine.browser.running.process import Launch
from autousers.engine.browser.running.programs import NoBrowser, identity
from autousers.engine.protocol import Design, EngineError
from autousers.observation.facts import Conditions
from tests.autousers.engine.browser import servers
from tests.autousers.engine.browser.conftest import skip_without_browser
from tests.autousers.engine.reporting import Recorder

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.any_database]

PAGE = (
    "<!doctype html><html lang=en><title>A</title><main><h1>Tickets</h1><p>Plain words here.</p>"
    "<form><input name=a><button>Go</button></form><a href=/b>On</a>"
    "<img alt='' src=http://private.example:{port}/i.png></main>"
)


class Relay:
    """A proxy of the operator's: it notes what it is asked for, and makes tunnels."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.upstream = Upstream("127.0.0.1", self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                threading.Thread(target=self._relay, args=(peer,), daemon=True).start()

    def _relay(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError), peer:
            head = b""
            while b"\r\n\r\n" not in head:
                head += peer.recv(1)
            self.asked.append(head.decode().partition("\r\n")[0])
            host, _, port = self.asked[-1].split()[1].rpartition(":")
            with socket.create_connection((host, int(port))) as server:
                peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=_copy, args=(server, peer), daemon=True)
                back.start()
                _copy(peer, server)
                back.join()

    def close(self) -> None:
        self._listener.close()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def host_with(**options) -> BrowserHost:
    return BrowserHost(
        HostOptions(
            policy=servers.POLICY, seconds=30.0, calm_seconds=2.0, lookup=servers.Names(), **options
        )
    )


def test_the_proxy_of_a_region_gets_every_connection_by_its_checked_address(site, target):
    skip_without_browser()
    relay = Relay()
    host = host_with(upstreams={"eu": relay.upstream})
    url = f"http://site.example:{site.port}/"
    site.page("/", PAGE.format(port=target.port))
    try:
        seen = host.visit(Order(url, Conditions(), "eu"), lambda _: None)
        with pytest.raises(VisitFailed, match="not configured"):
            host.visit(Order(url, Conditions(), "us"), lambda _: None)
    finally:
        host.close()
        relay.close()
    assert seen.fact("words").value >= 4
    assert set(relay.asked) == {f"CONNECT {servers.SITE}:{site.port} HTTP/1.1"}
    assert target.reached == []


def test_measures_work_without_devtools_and_say_what_they_cannot_tell(look, monkeypatch):
    body = PAGE.partition("<title>")[2].replace("{port}", "9")
    known = look(body)

    async def plain(page):
        return PlainWorld(page)

    monkeypatch.setattr(visit_module, "world_of", plain)
    seen = look(body, network="slow")
    assert seen.fact("mouse-only") is None
    assert "mouse-only" in dict(seen.not_measured)
    assert "load-time" in dict(seen.not_measured)
    compared = ("words", "fields-without-label", "focus-invisible", "no-reflow", "low-contrast")
    for fact_id in compared:
        assert seen.fact(fact_id).value == known.fact(fact_id).value, fact_id


STUB = """#!/bin/sh
{ echo "$@"; env; id -un; } > %s
exit 3
"""


@pytest.fixture
def stub(tmp_path, monkeypatch):
    """A program that notes how it is started, and speaks no protocol."""
    monkeypatch.setenv("SECRET_KEY", "top-secret")
    noted = tmp_path / "noted"
    noted.touch()
    noted.chmod(0o666)
    program = tmp_path / "camoufox"
    program.write_text(STUB % noted)
    program.chmod(program.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    for folder in (tmp_path, *tmp_path.parents):
        with contextlib.suppress(PermissionError):
            if not folder.stat().st_mode & stat.S_IXOTH:
                folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
    return program, noted


def test_a_camoufox_is_started_like_the_browser_and_one_that_is_none_says_so(stub, site):
    skip_without_browser()
    program, noted = stub
    before = folders.own()
    host = host_with(launch=Launch(program=str(program), is_firefox=True))
    observer = BrowserObserver(lambda: pytest.fail("Chromium was asked"), lambda: host)
    try:
        with pytest.raises(EngineError, match="AUTOUSERS_CAMOUFOX did not start") as failed:
            observer.observe(
                Design(site.page("/", PAGE), Conditions(), None, "CAMOUFOX"), Recorder()
            )
    finally:
        host.close()
    assert failed.value.retryable
    said = noted.read_text()
    assert "-juggler-pipe" in said
    assert "top-secret" not in said
    owner = identity()
    assert owner is None or owner.name in said.splitlines()
    assert folders.own() == before
    assert site.seen == []


def test_a_camoufox_that_is_no_program_and_one_that_is_gone_say_so():
    host = host_with(launch=Launch(program="/nowhere/camoufox", is_firefox=True))
    with pytest.raises(NoBrowser, match="AUTOUSERS_CAMOUFOX names /nowhere/camoufox"):
        host.warm_up()
    host.close()
    design = Design("http://a.example/", Conditions(), None, "CAMOUFOX")
    with pytest.raises(EngineError, match="no CAMOUFOX any more"):
        BrowserObserver(lambda: host).observe(design, Recorder())

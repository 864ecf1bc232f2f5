"""The proxy of a visit: what it passes on, what it refuses, and where it dials."""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address
from typing import Any

import pytest

from api.outbound.addresses import AddressPolicy
from autousers.engine.browser.network.dialling import Dialler, Upstream
from autousers.engine.browser.network.heads import BadHead, read_request
from autousers.engine.browser.network.proxy import Caps, GuardedProxy
from tests.autousers.engine.browser import servers

LOOKUPS = ThreadPoolExecutor(4)


def in_a_loop(asked: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns, from a thread: tests in a browser leave theirs a loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asked).result()


def ask(request: str, *, caps=None, policy=servers.POLICY, upstream=None, names=None):
    """Send a request through a proxy; what came back, and what the proxy noted."""

    async def asked():
        names_ = names or servers.Names()
        dialler = Dialler(policy, lookups=LOOKUPS, lookup=names_, upstream=upstream)
        async with GuardedProxy(dialler, caps=caps or Caps()) as proxy:
            port = int(proxy.url.rpartition(":")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request.replace("\n", "\r\n").encode())
            try:
                async with asyncio.timeout(5):
                    answer = await reader.read()
            finally:
                writer.close()
            return answer.decode("latin-1"), proxy.traffic

    return in_a_loop(asked())


class TestPassing:
    def test_a_request_reaches_the_server_in_its_own_form(self, site):
        got = {}

        def page(asked):
            got.update(path=asked.path, headers=dict(asked.headers))
            asked.reply(200, "hello")

        site.page("/a", page)
        answer, traffic = ask(
            f"GET {site.url('/a?b=c')} HTTP/1.1\nHost: {servers.SITE}:{site.port}\n"
            "Proxy-Connection: keep-alive\nX-Own: 1\n\n"
        )
        assert answer.startswith("HTTP/1.1 200")
        assert answer.endswith("hello")
        assert "Connection: close" in answer
        assert got["path"] == "/a?b=c"
        assert got["headers"]["X-Own"] == "1"
        assert "Proxy-Connection" not in got["headers"]
        assert (traffic.connections, traffic.failures) == (1, {})

    def test_a_tunnel_passes_bytes_both_ways(self, site):
        site.page("/a", "hello")
        host = f"{servers.SITE}:{site.port}"
        answer, _ = ask(f"CONNECT {host} HTTP/1.1\nHost: {host}\n\nGET /a HTTP/1.1\nHost: x\n\n")
        assert answer.startswith("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200")
        assert answer.endswith("hello")


class TestRefusing:
    @pytest.mark.parametrize(
        "host",
        [
            "127.0.0.2", "private.example", "mixed.example", "[::1]", "[::ffff:127.0.0.2]",
            "2130706434", "0177.0.0.2", "0x7f.2", "127.2", "169.254.169.254", "[fe80::1]",
            "10.0.0.1", "site.example.", "user@site.example", "0.0.0.0",
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("form", ["GET http://{} HTTP/1.1\n\n", "CONNECT {} HTTP/1.1\n\n"])
    def test_private_and_odd_addresses_are_refused_and_not_reached(self, target, host, form):
        answer, traffic = ask(form.format(f"{host}:{target.port}"))
        assert answer.startswith("HTTP/1.1 403")
        assert target.reached == []
        assert len(traffic.refused) == 1

    def test_link_local_addresses_stay_refused_where_private_ones_are_allowed(self):
        answer, _ = ask(
            "CONNECT 169.254.169.254:80 HTTP/1.1\n\n", policy=AddressPolicy(allow_private=True)
        )
        assert answer.startswith("HTTP/1.1 403")

    def test_a_name_keeps_its_first_address_for_the_whole_visit(self, site, target):
        names = servers.Names()

        async def asked():
            dialler = Dialler(servers.POLICY, lookups=LOOKUPS, lookup=names)
            peers = []
            for _ in range(3):
                _, writer = await dialler.dial("http", f"rebind.example:{site.port}")
                peers.append(writer.get_extra_info("peername")[0])
                writer.close()
            return peers

        assert in_a_loop(asked()) == [servers.SITE] * 3
        assert names.asked == ["rebind.example"]

    def test_too_many_bytes_end_the_transfer(self, site):
        site.page("/a", lambda asked: asked.reply(200, b"x" * 500_000))
        answer, traffic = ask(f"GET {site.url('/a')} HTTP/1.1\n\n", caps=Caps(total_bytes=100_000))
        assert traffic.is_full
        assert len(answer) < 300_000

    @pytest.mark.parametrize(
        "head", [b"", b"GET / HTTP/1.1", b"GET ftp://a/ HTTP/1.1", b"GET http://[ HTTP/1.1",
                 b"\x16\x03\x01\x02\x00", b"GET http:/a HTTP/1.1", b"GET http://a/"],
    )  # fmt: skip
    def test_what_is_no_request_to_a_proxy_is_refused(self, head):
        with pytest.raises(BadHead):
            read_request(head + b"\r\n\r\n")


class TestUpstream:
    def test_the_operator_s_proxy_gets_the_judged_address_and_never_the_name(self, site):
        site.page("/a", "hello")
        asked = []

        def relay(listener):
            peer, _ = listener.accept()
            asked.append(peer.recv(2000).decode().partition("\r\n")[0])
            server = socket.create_connection((servers.SITE, site.port))
            peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            server.sendall(peer.recv(2000))
            while data := server.recv(2000):
                peer.sendall(data)
            peer.close()

        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=relay, args=(listener,), daemon=True).start()
            upstream = Upstream("127.0.0.1", listener.getsockname()[1])
            answer, _ = ask(
                f"GET http://site.example:{site.port}/a HTTP/1.1\n\n", upstream=upstream
            )
        assert answer.endswith("hello")
        assert asked == [f"CONNECT {IPv4Address(servers.SITE)}:{site.port} HTTP/1.1"]

    def test_a_private_name_is_refused_before_the_other_proxy_is_asked(self, target):
        upstream = Upstream(servers.TARGET, target.port)
        answer, _ = ask(f"CONNECT private.example:{target.port} HTTP/1.1\n\n", upstream=upstream)
        assert answer.startswith("HTTP/1.1 403")
        assert target.reached == []

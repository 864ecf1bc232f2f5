"""The requests that the sender makes, on real sockets."""

import pytest

from tests.bounds import at_most
from tests.hostile import (
    Hostile,
    answer,
    answering,
)
from tests.webhooks.http.sending import BODY, LOCAL, drain, names, post_to, send
from webhooks.http.client import Client

pytestmark = pytest.mark.slow


class TestRequest:
    def test_it_sends_what_the_contract_says(self):
        requests = []
        with Hostile(answering(answer(), requests=requests)) as receiver:
            outcome = send(f"http://127.0.0.1:{receiver.port}/in/../a%2Fb?x=1")

        assert outcome.delivered
        [request] = requests
        assert request.line == b"POST /in/../a%2Fb?x=1 HTTP/1.1"
        assert request.body == BODY
        assert request.headers == {
            b"host": f"127.0.0.1:{receiver.port}".encode(),
            b"accept": b"*/*",
            b"accept-encoding": b"identity",
            b"content-type": b"application/json",
            b"user-agent": b"autousers-webhooks/1.0",
            b"autousers-event-id": b"event_demo",
            b"content-length": str(len(BODY)).encode(),
        }

    def test_it_sends_a_large_body_without_asking_first(self):
        requests = []
        body = b"x" * 3_000_000
        with Hostile(answering(answer(), requests=requests)) as receiver, at_most(0.9):
            outcome = send(f"http://127.0.0.1:{receiver.port}/", body=body)

        assert outcome.delivered
        assert requests[0].body == body
        assert b"expect" not in requests[0].headers

    def test_it_sends_an_empty_body(self):
        requests = []
        with Hostile(answering(answer(), requests=requests)) as receiver:
            outcome = send(f"http://127.0.0.1:{receiver.port}/", body=b"")

        assert outcome.delivered
        assert requests[0].headers[b"content-length"] == b"0"

    @pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b", "sn\u2603wman"])
    def test_it_never_sends_a_header_that_breaks_out(self, value):
        outcome = send("http://127.0.0.1:9/", headers={"Autousers-Event-Id": value})

        assert not outcome.delivered
        assert outcome.fault == "ours"
        assert "could not be made" in outcome.error

    def test_it_names_the_host_but_connects_to_the_looked_up_address(self):
        requests = []
        with Hostile(answering(answer(), requests=requests)) as receiver:
            url = f"http://hooks.test:{receiver.port}/"
            outcome = send(url, resolver=names(hooks_test="127.0.0.1"))

        assert outcome.delivered
        assert requests[0].headers[b"host"] == f"hooks.test:{receiver.port}".encode()
        assert outcome.timing.lookup_ms is not None


class TestEnvironment:
    def test_it_ignores_proxies(self, monkeypatch):
        connections = []
        with Hostile(connections.append) as proxy, Hostile(answering(answer())) as receiver:
            for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            outcome = send(f"http://127.0.0.1:{receiver.port}/")

        assert outcome.delivered
        assert connections == []

    def test_it_ignores_netrc(self, monkeypatch, tmp_path):
        (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
        (tmp_path / ".netrc").chmod(0o600)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
        requests = []
        with Hostile(answering(answer(), requests=requests)) as receiver:
            assert send(f"http://127.0.0.1:{receiver.port}/").delivered

        assert b"authorization" not in requests[0].headers

    def test_it_keeps_no_cookies(self):
        requests = []
        raw = answer(200, "Set-Cookie: a=b; Path=/")
        with (
            Hostile(answering(raw, requests=requests)) as receiver,
            Client(policy=LOCAL) as client,
        ):
            for _ in range(2):
                client.submit(post_to(f"http://127.0.0.1:{receiver.port}/"))
                drain(client, 1)

        assert b"cookie" not in requests[1].headers

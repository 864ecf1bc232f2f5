"""Many requests at once by one sender, on real sockets."""

import resource
import threading
import time
from ipaddress import ip_address

import pytest

from tests.bounds import at_most, memory_growth_below
from tests.hostile import (
    Hostile,
    after_request,
    answer,
    answering,
)
from tests.webhooks.http.sending import DEADLINE, GRACE, LOCAL, drain, post_to
from webhooks.http.client import Client

pytestmark = pytest.mark.slow


class TestClient:
    def test_it_keeps_connections(self):
        with Hostile(answering(answer())) as receiver, Client(policy=LOCAL) as client:
            outcomes = []
            for number in range(20):
                client.submit(post_to(f"http://127.0.0.1:{receiver.port}/", key=number))
                outcomes += drain(client, 1)

        assert receiver.connections == 1
        assert [outcome.key for outcome in outcomes] == list(range(20))
        assert outcomes[0].timing.connect_ms is not None
        assert outcomes[1].timing.connect_ms is None

    def test_it_keeps_tls_connections(self, authority):
        tls = authority.server_context("127.0.0.1")
        with (
            Hostile(answering(answer()), tls) as receiver,
            Client(policy=LOCAL, ca_bundle=str(authority.bundle)) as client,
        ):
            for _ in range(5):
                client.submit(post_to(f"https://127.0.0.1:{receiver.port}/"))
                assert drain(client, 1)[0].delivered

        assert receiver.connections == 1

    def test_it_sends_again_when_a_kept_connection_has_died(self):
        def once(conversation):
            if conversation.read_request():
                conversation.send(answer())

        with Hostile(once) as receiver, Client(policy=LOCAL) as client:
            for _ in range(5):
                client.submit(post_to(f"http://127.0.0.1:{receiver.port}/"))
                assert drain(client, 1)[0].delivered

    def test_a_dead_kept_connection_costs_nothing(self):
        def once(conversation):
            if conversation.read_request():
                conversation.send(answer())

        with Hostile(once) as receiver, Client(policy=LOCAL) as client:
            client.submit(post_to(f"http://127.0.0.1:{receiver.port}/"))
            drain(client, 1)
            started = time.thread_time()
            assert client.wait(0.5) == []
            assert time.thread_time() - started < 0.1

    def test_connections_that_come_and_go_are_never_mixed_up(self):
        """Sockets close and their numbers come back while others rest between two requests."""

        def leave_after(count, pause):
            def behave(conversation):
                for _ in range(count):
                    if conversation.read_request() is None:
                        return
                    conversation.send(answer(body=str(count).encode()))
                time.sleep(pause)

            return behave

        with (
            Hostile(leave_after(1, 0)) as one,
            Hostile(leave_after(2, 0.01)) as two,
            Hostile(leave_after(1000, 0)) as many,
            Client(policy=LOCAL, max_in_flight=30) as client,
        ):
            receivers = [(one, "1"), (two, "2"), (many, "1000")]
            for _ in range(60):
                for receiver, body in receivers * 10:
                    client.submit(post_to(f"http://127.0.0.1:{receiver.port}/", key=body))
                for outcome in drain(client, 30):
                    assert (outcome.error, outcome.body) == (None, outcome.key)

    def test_an_answer_too_many_is_never_taken_for_the_next(self):
        def twice(conversation):
            while conversation.read_request():
                conversation.send(answer(body=b"first") + answer(500, body=b"forged"))

        with Hostile(twice) as receiver, Client(policy=LOCAL) as client:
            for _ in range(5):
                client.submit(post_to(f"http://127.0.0.1:{receiver.port}/"))
                assert drain(client, 1)[0].body == "first"

    def test_many_are_in_flight_at_once(self):
        def slow(conversation):
            while conversation.read_request():
                time.sleep(0.3)
                conversation.send(answer())

        with (
            Hostile(slow) as receiver,
            Client(policy=LOCAL, max_in_flight=100) as client,
            at_most(1.5),
        ):
            for number in range(100):
                client.submit(post_to(f"http://127.0.0.1:{receiver.port}/", key=number))
            assert client.in_flight == 100
            outcomes = drain(client, 100)
            assert client.in_flight == 0

        assert {outcome.key for outcome in outcomes} == set(range(100))
        assert all(outcome.delivered for outcome in outcomes)

    def test_it_refuses_more_than_fit(self):
        with Client(policy=LOCAL, max_in_flight=1) as client:
            client.submit(post_to("http://127.0.0.1:9/"))
            with pytest.raises(RuntimeError, match="in flight"):
                client.submit(post_to("http://127.0.0.1:9/"))
            drain(client, 1)
            client.submit(post_to("http://127.0.0.1:9/"))

    def test_waiting_ends_at_its_time(self):
        with Client(policy=LOCAL) as client:
            started = time.monotonic()
            assert client.wait(0.2) == []
            assert 0.19 <= time.monotonic() - started <= 0.5
            with at_most(0.1):
                assert client.wait(0) == []

    def test_it_can_be_woken_from_another_thread(self):
        with Client(policy=LOCAL) as client:
            threading.Timer(0.1, client.wake).start()
            with at_most(1.0):
                assert client.wait(5) == []
            client.wake()
            with at_most(0.1):
                assert client.wait(5) == []
            with at_most(0.5):
                assert client.wait(0.2) == []

    def test_a_hostile_receiver_does_not_slow_the_others(self):
        with (
            Hostile(after_request(lambda c: c.hang())) as hanging,
            Hostile(answering(answer())) as healthy,
            Client(policy=LOCAL, deadline=3) as client,
        ):
            for _ in range(50):
                client.submit(post_to(f"http://127.0.0.1:{hanging.port}/"))
            with at_most(1.0):
                for _ in range(100):
                    client.submit(post_to(f"http://127.0.0.1:{healthy.port}/"))
                    assert drain(client, 1)[0].delivered

    def test_hanging_lookups_do_not_starve_the_others(self):
        release = threading.Event()

        def lookup(host):
            if host.startswith("hang"):
                release.wait(10)
            return [ip_address("127.0.0.1")]

        with (
            Hostile(answering(answer())) as receiver,
            Client(policy=LOCAL, resolver=lookup, deadline=DEADLINE) as client,
        ):
            for number in range(100):
                client.submit(post_to(f"http://hang{number % 60}.test/", key="hanging"))
            with at_most(0.5):
                for _ in range(20):
                    client.submit(post_to(f"http://quick.test:{receiver.port}/", key="quick"))
                    assert drain(client, 1)[0].delivered
            with at_most(DEADLINE + GRACE):
                outcomes = drain(client, 100)
            release.set()

        assert {outcome.fault for outcome in outcomes} == {"ours"}

    def test_one_lookup_serves_all_that_wait_for_it(self):
        lookups = []

        def lookup(host):
            lookups.append(host)
            time.sleep(0.1)
            return [ip_address("127.0.0.1")]

        with (
            Hostile(answering(answer())) as receiver,
            Client(policy=LOCAL, resolver=lookup) as client,
        ):
            for _ in range(20):
                client.submit(post_to(f"http://same.test:{receiver.port}/"))
            assert all(outcome.delivered for outcome in drain(client, 20))
            client.submit(post_to(f"http://same.test:{receiver.port}/"))
            assert drain(client, 1)[0].timing.lookup_ms is None

        assert lookups == ["same.test"]

    def test_running_out_of_sockets_is_our_failure(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with Hostile(answering(answer())) as receiver, Client(policy=LOCAL) as client:
            # Below three stand only the standard streams, so no new socket finds a number,
            # whatever the rest of the test run opens and closes meanwhile.
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
            try:
                client.submit(post_to(f"http://127.0.0.1:{receiver.port}/"))
                [outcome] = drain(client, 1)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            client.submit(post_to(f"http://127.0.0.1:{receiver.port}/"))
            assert drain(client, 1)[0].delivered

        assert not outcome.delivered
        assert outcome.fault == "ours"
        assert "out of resources" in outcome.error

    def test_closing_drops_what_is_in_flight(self):
        with Hostile(after_request(lambda c: c.hang())) as receiver:
            client = Client(policy=LOCAL, resolver=lambda host: time.sleep(1) or [])
            client.submit(post_to(f"http://127.0.0.1:{receiver.port}/"))
            client.submit(post_to("http://slow.test/"))
            client.wait(0.1)
            with at_most(DEADLINE):
                client.close()
            client.wake()

    def test_memory_does_not_grow(self):
        with (
            Hostile(answering(answer(body=b"y" * 8000))) as receiver,
            Client(policy=LOCAL, max_in_flight=20) as client,
        ):
            target = post_to(f"http://127.0.0.1:{receiver.port}/", body=b"x" * 5000)

            def run(count):
                for _ in range(count // 20):
                    for _ in range(20):
                        client.submit(target)
                    drain(client, 20)

            run(1000)
            with memory_growth_below(4):
                run(5000)

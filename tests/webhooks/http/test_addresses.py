"""The addresses that the sender connects to, on real sockets."""

import socket
import time
from ipaddress import ip_address

import pytest

from api.outbound.addresses import AddressPolicy
from api.outbound.libcurl import may_connect
from tests.bounds import at_most
from tests.hostile import (
    Hostile,
    answer,
    answering,
)
from tests.webhooks.http.sending import DEADLINE, LOOPBACK, drain, names, post_to, send
from webhooks.http.client import Client

pytestmark = pytest.mark.slow


class TestAddresses:
    @pytest.mark.parametrize(
        "host",
        ["127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254", "[::ffff:127.0.0.1]", "[fe80::1]"],
    )
    def test_it_refuses_a_literal_address(self, host):
        with at_most(DEADLINE):
            outcome = send(f"https://{host}/", policy=AddressPolicy())

        assert not outcome.delivered
        assert (outcome.error, outcome.fault) == ("address not allowed", "receiver")

    @pytest.mark.parametrize(
        "addresses",
        [
            "127.0.0.1",
            "8.8.8.8 127.0.0.1",
            "127.0.0.1 8.8.8.8",
            "2606:4700::1 8.8.8.8 ::ffff:10.0.0.1",
            "8.8.8.8 169.254.169.254",
        ],
    )
    def test_it_refuses_a_name_with_any_refused_address(self, addresses):
        connections = []
        with Hostile(connections.append) as receiver, at_most(DEADLINE):
            outcome = send(
                f"http://mixed.test:{receiver.port}/",
                policy=AddressPolicy(),
                resolver=names(mixed_test=addresses),
            )

        assert (outcome.error, outcome.fault) == ("address not allowed", "receiver")
        assert outcome.status is None
        assert connections == []

    @pytest.mark.parametrize("host", ["[::1]", "six.test"])
    def test_it_sends_over_ipv6(self, host):
        with Hostile(answering(answer()), host="::1") as receiver:
            url = f"http://{host}:{receiver.port}/"
            assert send(url, resolver=names(six_test="::1")).delivered

    def test_it_refuses_metadata_even_in_development(self):
        policy = AddressPolicy(allow_private=True)
        outcome = send("http://m.test/", policy=policy, resolver=names(m_test="169.254.169.254"))

        assert outcome.error == "address not allowed"

    def test_localhost_is_judged_by_its_address(self):
        with Hostile(answering(answer())) as receiver:
            url = f"http://localhost:{receiver.port}/"
            assert send(url, policy=AddressPolicy()).error == "address not allowed"
            assert send(url).delivered

    def test_it_connects_to_the_address_it_checked(self):
        """The name changes right after the lookup, as in DNS rebinding."""
        lookups = []

        def rebinding(host):
            lookups.append(host)
            return [ip_address("127.0.0.1" if len(lookups) == 1 else "127.0.0.2")]

        with Hostile(answering(answer())) as receiver:
            outcome = send(f"http://rebind.test:{receiver.port}/", resolver=rebinding)

        assert outcome.delivered
        assert lookups == ["rebind.test"]

    def test_it_checks_again_once_the_answer_has_aged(self):
        """A kept connection does not save a name that now points elsewhere."""
        answers = ["127.0.0.1", "127.0.0.1 10.0.0.1"]
        lookups = []

        def changing(host):
            lookups.append(host)
            return [ip_address(text) for text in answers[len(lookups) - 1].split()]

        policy = AddressPolicy(allowed_networks=(LOOPBACK,))
        with (
            Hostile(answering(answer())) as receiver,
            Client(policy=policy, resolver=changing, lookup_ttl=0.1) as client,
        ):
            url = f"http://changing.test:{receiver.port}/"
            for _ in range(3):
                client.submit(post_to(url))
                assert drain(client, 1)[0].delivered
            time.sleep(0.15)
            client.submit(post_to(url))
            [outcome] = drain(client, 1)

        assert outcome.error == "address not allowed"
        assert len(lookups) == 2

    def test_the_second_guard_stands_alone(self):
        """A policy that changes its mind after the first check meets the check at the socket."""

        class Wavering(AddressPolicy):
            asked = 0

            def allows(self, address):
                type(self).asked += 1
                return type(self).asked == 1

        connections = []
        with Hostile(connections.append) as receiver:
            outcome = send(f"http://127.0.0.1:{receiver.port}/", policy=Wavering())

        assert (outcome.error, outcome.fault) == ("address not allowed", "receiver")
        assert connections == []

    def test_kept_connections_are_checked_as_well(self):
        class Closing(AddressPolicy):
            open = True

            def allows(self, address):
                return type(self).open

        requests = []
        policy = Closing()
        with (
            Hostile(answering(answer(), requests=requests)) as receiver,
            Client(policy=policy, resolver=names(a_test="127.0.0.1")) as client,
        ):
            client.submit(post_to(f"http://a.test:{receiver.port}/"))
            assert drain(client, 1)[0].delivered
            # Past the first check, which looks at the known addresses.
            client.submit(post_to(f"http://a.test:{receiver.port}/"))
            Closing.open = False
            may_connect.cache_clear()
            [outcome] = drain(client, 1)

        assert outcome.error == "address not allowed"
        assert len(requests) == 1

    def test_it_tries_the_next_address_when_one_does_not_answer(self):
        with Hostile(answering(answer())) as receiver:
            outcome = send(
                f"http://two.test:{receiver.port}/",
                resolver=names(two_test="127.0.0.9 127.0.0.1"),
            )

        assert outcome.delivered

    @pytest.mark.parametrize(
        ("failure", "fault", "error"),
        [
            (socket.gaierror(socket.EAI_NONAME, "x"), "receiver", "The host name does not exist."),
            (socket.gaierror(socket.EAI_NODATA, "x"), "receiver", "The host name does not exist."),
            (socket.gaierror(socket.EAI_AGAIN, "x"), "ours", "could not be looked up"),
            (socket.gaierror(socket.EAI_MEMORY, "x"), "ours", "could not be looked up"),
            (OSError(24, "Too many open files"), "ours", "failed"),
            (RuntimeError("a bug"), "ours", "failed"),
            (None, "receiver", "has no address"),
        ],
    )
    def test_it_tells_our_lookup_failures_from_theirs(self, failure, fault, error):
        def failing(host):
            if failure is not None:
                raise failure
            return []

        outcome = send("http://fails.test/", resolver=failing)

        assert not outcome.delivered
        assert outcome.fault == fault
        assert error in outcome.error

    def test_the_system_resolver_knows_what_does_not_exist(self):
        outcome = send("http://does-not-exist.invalid/")

        assert not outcome.delivered
        assert outcome.status is None

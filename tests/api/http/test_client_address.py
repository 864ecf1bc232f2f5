"""Which address counts as the caller's, with and without proxies in front."""

import tracemalloc

import pytest
from django.test import RequestFactory

from api.http.client_address import client_address
from api.logs.request_log import request_log
from api.security.rate_limits import network_of
from teams.models import ApiKey
from tests.clients import ApiClient

EVALUATIONS = "/api/v1/evaluations"
CALLER, PROXY = "203.0.113.9", "10.1.2.3"


def address(peer, forwarded=None):
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=peer, **headers))


@pytest.fixture
def proxied(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "2001:db8:ffff::/48"]
    return settings


class TestWithoutTheSetting:
    @pytest.mark.parametrize("peer", [CALLER, "127.0.0.1", "2001:db8::1"])
    def test_the_peer_counts_whatever_the_header_says(self, peer):
        assert address(peer, "198.51.100.1") == peer

    @pytest.mark.parametrize("peer", ["", "/run/client.sock"])
    def test_a_peer_at_a_unix_socket_has_no_address(self, peer):
        assert address(peer, "198.51.100.1") == ""

    def test_one_address_has_one_spelling(self):
        assert address("::ffff:203.0.113.9") == CALLER
        assert address("2001:DB8:0::1") == "2001:db8::1"
        assert address("fe80::1%eth0") == "fe80::1"


class TestBehindTrustedProxies:
    @pytest.mark.parametrize(
        ("forwarded", "expected"),
        [
            (CALLER, CALLER),
            (f"198.51.100.1, {CALLER}", CALLER),
            (f"10.9.9.9, 198.51.100.1,{CALLER}", CALLER),
            (f"{CALLER}, 10.7.7.7", CALLER),
            (f"198.51.100.1, {CALLER}, 10.7.7.7,2001:db8:ffff::7", CALLER),
            (f"{CALLER}:51234", CALLER),
            ("2001:db8::9", "2001:db8::9"),
            ("[2001:db8::9]", "2001:db8::9"),
            ("[2001:db8::9]:443, 10.7.7.7", "2001:db8::9"),
            (f"::ffff:{CALLER}", CALLER),
            (f"[::ffff:{CALLER}]:443", CALLER),
            (f"{CALLER}, ::ffff:10.7.7.7", CALLER),
        ],
    )
    def test_the_right_most_address_that_is_no_proxy_counts(self, proxied, forwarded, expected):
        assert address(PROXY, forwarded) == expected
        assert address(f"::ffff:{PROXY}", forwarded) == expected

    def test_who_is_no_proxy_cannot_forward(self, proxied):
        assert address(CALLER, "198.51.100.1") == CALLER
        assert address(CALLER, PROXY) == CALLER

    @pytest.mark.parametrize("forwarded", [None, "", " ", ",", "unknown", "_hidden", "x" * 8_000])
    def test_a_header_that_names_nobody_leaves_the_proxy(self, proxied, forwarded):
        assert address(PROXY, forwarded) == PROXY

    @pytest.mark.parametrize(
        "garbage", ["unknown", "", "1.2.3", "999.1.1.1", "<script>", "1.2.3.4.5"]
    )
    def test_nothing_beyond_garbage_counts(self, proxied, garbage):
        assert address(PROXY, f"198.51.100.1, {garbage}, 10.7.7.7") == "10.7.7.7"
        assert address(PROXY, f"{garbage}, {CALLER}") == CALLER

    def test_a_caller_inside_the_trusted_networks_is_the_farthest_hop(self, proxied):
        assert address(PROXY, "10.5.5.5, 10.7.7.7") == "10.5.5.5"

    def test_a_very_long_header_costs_no_more_than_its_end(self, proxied):
        forwarded = "198.51.100.1," * 500_000 + CALLER
        tracemalloc.start()
        assert address(PROXY, forwarded) == CALLER
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 3 * len(forwarded)
        assert address(PROXY, "10.7.7.7," * 500_000 + "10.7.7.7") == "10.7.7.7"


class TestUnixSocket:
    def test_its_peer_is_believed_where_the_setting_says_unix(self, settings):
        settings.TRUSTED_PROXIES = ["unix"]
        assert address("", f"198.51.100.1, {CALLER}") == CALLER
        assert address("", "unknown") == address("") == ""
        assert address(PROXY, CALLER) == PROXY

    def test_it_is_one_proxy_among_others(self, proxied):
        proxied.TRUSTED_PROXIES = [*proxied.TRUSTED_PROXIES, "unix"]
        assert address("", f"198.51.100.1, {CALLER}, {PROXY}") == CALLER


class TestWhoAsks:
    """Everything that keeps or counts an address keeps and counts this one."""

    @pytest.fixture
    def forwarded(self, proxied):
        return {"REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_FOR": f"198.51.100.1, {CALLER}"}

    def test_the_last_use_of_a_key(self, api, forwarded):
        assert api.get(EVALUATIONS, **forwarded).status_code == 200
        assert ApiKey.objects.get().last_used_address == CALLER

    def test_the_request_log(self, api, forwarded, proxied, monkeypatch):
        notes = []
        monkeypatch.setattr(request_log, "take", notes.append)
        proxied.REQUEST_LOG = "failed"
        assert api.get(f"{EVALUATIONS}/x", **forwarded).status_code == 404
        assert [note.address for note in notes] == [CALLER]

    def test_the_line_in_the_log(self, anonymous, forwarded, caplog, db):
        anonymous.get(EVALUATIONS, **forwarded)
        [line] = [record for record in caplog.records if record.name == "autousers.request"]
        assert line.address == CALLER

    def test_the_limit_of_bad_credentials(self, forwarded, db):
        stranger = ApiClient()
        first = stranger.get(EVALUATIONS, **forwarded)
        again = stranger.get(EVALUATIONS, **forwarded)
        other = stranger.get(EVALUATIONS, **{**forwarded, "HTTP_X_FORWARDED_FOR": "192.0.2.7"})
        remaining = [int(reply["X-RateLimit-Remaining"]) for reply in (first, again, other)]
        assert remaining == [299, 298, 299]

    def test_callers_by_mapped_addresses_are_not_one_network(self):
        counted = {network_of(address(f"::ffff:192.0.2.{number}")) for number in (1, 2)}
        assert counted == {"192.0.2.1", "192.0.2.2"}

    def test_the_limit_of_sign_ins(self, client, forwarded, db):
        for number in range(31):
            reply = client.post(
                "/sign-in", {"username": f"{number}@x.org", "password": "x"}, **forwarded
            )
        assert reply.status_code == 429
        elsewhere = {**forwarded, "HTTP_X_FORWARDED_FOR": f"{CALLER}, 192.0.2.7"}
        reply = client.post("/sign-in", {"username": "a@x.org", "password": "x"}, **elsewhere)
        assert reply.status_code != 429

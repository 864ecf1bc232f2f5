# ruff: noqa: RUF001 - letters that look like others are the point
"""The address guard, as tables: address and verdict, URL and refusal."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.outbound.addresses import (
    AddressPolicy,
    BlockedAddress,
    InvalidTarget,
    Target,
    check_literal,
    is_public,
    parse_target,
)

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.1",
    "192.88.98.1",
    "192.88.100.1",
    "198.17.255.255",
    "198.20.0.0",
    "168.63.129.15",
    "168.63.129.17",
    "223.255.255.255",
    "2000::1",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2001:db7:ffff::1",
    "2001:db9::1",
    "2003::1",
    "2606:4700:4700::1111",
    "3ffe::1",
    "3fff:1000::1",
]

NOT_PUBLIC = [
    # What `is_global` lets through, in one Python version or another.
    "::7f00:1",
    "::ffff:0:7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::",
    "2002:7f00:1::1",
    "fec0::1",
    "192.88.99.1",
    "224.0.0.1",
    "ff02::1",
    "168.63.129.16",
    "5f00::1",
    "192.0.0.192",
    "3fff::1",
    # What `is_private` does not call private.
    "100.64.0.0",
    "100.64.0.1",
    "100.127.255.255",
    "100.100.100.200",
    # The rest of the tables, at their edges.
    "0.0.0.0",
    "0.255.255.255",
    "10.0.0.0",
    "10.255.255.255",
    "127.0.0.1",
    "127.255.255.255",
    "169.254.0.0",
    "169.254.169.254",
    "169.254.255.255",
    "172.16.0.0",
    "172.31.255.255",
    "192.0.0.0",
    "192.0.0.9",
    "192.0.0.10",
    "192.0.0.255",
    "192.0.2.1",
    "192.168.0.0",
    "192.168.255.255",
    "198.18.0.0",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:808:808",
    "64:ff9b::808:808",
    "64:ff9b:1::808:808",
    "100::1",
    "1fff:ffff::1",
    "2001::1",
    "2001:1::1",
    "2001:10::1",
    "2001:20::1",
    "2001:1ff:ffff::1",
    "2001:db8::1",
    "2002:808:808::1",
    "3fff:fff:ffff::1",
    "4000::1",
    "fc00::1",
    "fd00:ec2::254",
    "fdff::1",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "ff0e::1",
]

METADATA = [
    "169.254.169.254",
    "169.254.170.2",
    "169.254.0.23",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd20:ce::254",
    "fd00:42::42",
    "fe80::a9fe:a9fe",
    "fe80::1",
    # The same, through a tunnel or a translator.
    "::169.254.169.254",
    "::ffff:169.254.169.254",
    "::ffff:100.100.100.200",
    "::ffff:0:169.254.169.254",
    "64:ff9b::169.254.169.254",
    "64:ff9b::168.63.129.16",
    "64:ff9b:1::169.254.169.254",
    "64:ff9b:1:a9fe:a9:fe00::",
    "64:ff9b:1:a9:fe:a9fe::",
    "64:ff9b:1:0:a9:fea9:fe00:0",
    "2002:a9fe:a9fe::1",
    "2001:0:a9fe:a9fe::1",
    "2001:0:1:1:0:0:5601:5601",
]

EVERYTHING = (ip_network("0.0.0.0/0"), ip_network("::/0"))


class TestIsPublic:
    @pytest.mark.parametrize("address", PUBLIC)
    def test_it_lets_public_addresses_through(self, address):
        assert is_public(ip_address(address))

    @pytest.mark.parametrize("address", NOT_PUBLIC)
    def test_it_refuses_the_others(self, address):
        assert not is_public(ip_address(address))

    @given(st.ip_addresses(v=4))
    def test_it_is_never_laxer_than_the_standard_library(self, address: IPv4Address):
        lax = address.is_global and not address.is_multicast and not address.is_reserved
        assert lax or not is_public(address)

    @given(st.ip_addresses(v=6))
    def test_it_accepts_ipv6_only_from_the_global_block(self, address: IPv6Address):
        assert not is_public(address) or address in ip_network("2000::/3")


class TestAddressPolicy:
    @pytest.mark.parametrize("address", PUBLIC)
    def test_it_allows_public_addresses(self, address):
        assert AddressPolicy().allows(ip_address(address))

    @pytest.mark.parametrize("address", NOT_PUBLIC + METADATA)
    def test_it_refuses_the_others_as_it_comes(self, address):
        assert not AddressPolicy().allows(ip_address(address))

    @pytest.mark.parametrize(
        "address",
        ["127.0.0.1", "127.1.2.3", "10.1.2.3", "172.20.0.1", "192.168.1.1", "::1", "fd12::1"],
    )
    def test_it_opens_private_addresses_for_development(self, address):
        assert AddressPolicy(allow_private=True).allows(ip_address(address))

    @pytest.mark.parametrize(
        "address",
        ["0.0.0.0", "100.64.0.1", "224.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"],
    )
    def test_it_opens_nothing_else_for_development(self, address):
        assert not AddressPolicy(allow_private=True).allows(ip_address(address))

    def test_it_opens_exactly_the_allowed_networks(self):
        networks = (ip_network("10.1.0.0/16"), ip_network("fd12:3456::/32"))
        policy = AddressPolicy(allowed_networks=networks)

        assert policy.allows(ip_address("10.1.255.255"))
        assert policy.allows(ip_address("fd12:3456::1"))
        assert policy.allows(ip_address("8.8.8.8"))
        assert not policy.allows(ip_address("10.2.0.0"))
        assert not policy.allows(ip_address("fd12:3457::1"))
        assert not policy.allows(ip_address("127.0.0.1"))
        assert not policy.allows(ip_address("::ffff:10.1.0.1"))

    @pytest.mark.parametrize("address", METADATA)
    def test_it_never_opens_cloud_metadata(self, address):
        policy = AddressPolicy(allow_private=True, allowed_networks=EVERYTHING)

        assert not policy.allows(ip_address(address))

    def test_it_refuses_all_when_one_is_refused(self):
        policy = AddressPolicy()
        policy.check([ip_address("8.8.8.8"), ip_address("2606:4700::1")])

        with pytest.raises(BlockedAddress) as refusal:
            policy.check([ip_address("8.8.8.8"), ip_address("10.0.0.1")])
        assert str(refusal.value) == "address not allowed"


class TestParseTarget:
    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            (
                "https://hooks.example.com/in?team=1",
                Target(
                    scheme="https",
                    host="hooks.example.com",
                    port=443,
                    path="/in?team=1",
                    ip=None,
                    url="https://hooks.example.com/in?team=1",
                ),
            ),
            (
                "HTTPS://Hooks.Example.COM:8443",
                Target(
                    scheme="https",
                    host="hooks.example.com",
                    port=8443,
                    path="/",
                    ip=None,
                    url="https://hooks.example.com:8443/",
                ),
            ),
            (
                "https://203.0.113.9:443?x",
                Target(
                    scheme="https",
                    host="203.0.113.9",
                    port=443,
                    path="/?x",
                    ip=IPv4Address("203.0.113.9"),
                    url="https://203.0.113.9/?x",
                ),
            ),
            (
                "https://[2001:DB8:0::1]:8443/in",
                Target(
                    scheme="https",
                    host="2001:db8::1",
                    port=8443,
                    path="/in",
                    ip=IPv6Address("2001:db8::1"),
                    url="https://[2001:db8::1]:8443/in",
                ),
            ),
        ],
    )
    def test_it_takes_a_url_apart(self, url, expected):
        assert parse_target(url) == expected

    @pytest.mark.parametrize(
        ("url", "canonical"),
        [
            ("https://bücher.example/", "https://xn--bcher-kva.example/"),
            ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
            ("https://bu\u0308cher.example/", "https://xn--bcher-kva.example/"),
            ("https://例え.テスト/", "https://xn--r8jz45g.xn--zckzah/"),
            ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
            ("https://١٢٧.٠.٠.١/", "https://xn--9hbcp.xn--8hb.xn--8hb.xn--9hb/"),
            ("https://my_service.internal/", "https://my_service.internal/"),
            ("https://3com.com/", "https://3com.com/"),
            ("https://1.2.3.4.example/", "https://1.2.3.4.example/"),
            ("https://example.com/a/../b//c", "https://example.com/a/../b//c"),
            ("https://example.com/a%2Fb%zz", "https://example.com/a%2Fb%zz"),
            ("https://example.com/größe", "https://example.com/gr%C3%B6%C3%9Fe"),
            ('https://example.com/"<x>"', "https://example.com/%22%3Cx%3E%22"),
            ("https://example.com/a@b:c", "https://example.com/a@b:c"),
            ("https://example.com?a/b@c", "https://example.com/?a/b@c"),
        ],
    )
    def test_it_writes_a_canonical_url(self, url, canonical):
        assert parse_target(url).url == canonical
        assert parse_target(canonical).url == canonical

    def test_it_takes_plain_http_only_where_it_is_allowed(self):
        target = parse_target("http://localhost:8000/in", allow_http=True)

        assert (target.scheme, target.host, target.port) == ("http", "localhost", 8000)
        assert parse_target("http://localhost", allow_http=True).port == 80
        with pytest.raises(InvalidTarget, match="must start with https"):
            parse_target("http://localhost:8000/in")

    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            ("", "must start"),
            ("example.com/in", "must start"),
            ("//example.com/in", "must start"),
            ("https:/example.com", "must start"),
            ("https:example.com", "must start"),
            ("ftp://example.com/", "must start"),
            ("file:///etc/passwd", "must start"),
            ("gopher://example.com/", "must start"),
            ("javascript://example.com/", "must start"),
            ("https://user@example.com/", "user name"),
            ("https://user:secret@example.com/", "user name"),
            ("https://example.com@127.0.0.1/", "user name"),
            ("https://@example.com/", "user name"),
            ("https://example.com\\@127.0.0.1/", "backslash"),
            ("https:\\\\example.com/", "backslash"),
            ("https://example.com/a\\b", "backslash"),
            ("https://example.com#@127.0.0.1/", "fragment"),
            ("https://example.com/in#part", "fragment"),
            (" https://example.com/", "spaces"),
            ("https://example.com/ ", "spaces"),
            ("https://exa mple.com/", "spaces"),
            ("https://example.com/a b", "spaces"),
            ("https://exam\tple.com/", "spaces"),
            ("https://example.com/\r\nHost: x", "spaces"),
            ("https://example.com/\x00", "spaces"),
            ("https://example.com/\x7f", "spaces"),
            ("https://example.com/\x85", "spaces"),
            ("https://example.com\u200b/", "spaces"),
            ("https://example.com/\u00a0", "spaces"),
            ("https://example.com/\u202e", "spaces"),
            ("https://example.com/\ud800", "spaces"),
            ("https://", "no host"),
            ("https:///in", "no host"),
            ("https://:443/", "no host"),
            ("https://?x", "no host"),
            ("https://example.com:0/", "port"),
            ("https://example.com:65536/", "port"),
            ("https://example.com:99999999999/", "port"),
            ("https://example.com:/", "port"),
            ("https://example.com:-1/", "port"),
            ("https://example.com:+443/", "port"),
            ("https://example.com:4 43/", "spaces"),
            ("https://example.com:x/", "port"),
            ("https://example.com:٤٤٣/", "port"),
            ("https://example.com:80:443/", "port"),
            ("https://[2001:db8::1]443/", "port"),
            ("https://[2001:db8::1]x/", "port"),
            (f"https://example.com/{'x' * 2029}", "2048"),
            ("https://0x7f.1/", "four decimal"),
            ("https://0x7f000001/", "four decimal"),
            ("https://0X7F.0.0.0X1/", "four decimal"),
            ("https://2130706433/", "four decimal"),
            ("https://127.1/", "four decimal"),
            ("https://127.0.1/", "four decimal"),
            ("https://0177.0.0.1/", "four decimal"),
            ("https://127.0.0.01/", "four decimal"),
            ("https://127.0.0.256/", "four decimal"),
            ("https://127.0.0.0x1/", "four decimal"),
            ("https://1.2.3.4.5/", "four decimal"),
            ("https://example.0x/", "four decimal"),
            ("https://foo.0/", "four decimal"),
            ("https://0/", "four decimal"),
            ("https://example.com./", "ends in a dot"),
            ("https://127.0.0.1./", "ends in a dot"),
            ("https://localhost.:443/", "ends in a dot"),
            ("https://./", "ends in a dot"),
            ("https://example..com/", "not a valid name"),
            ("https://.example.com/", "not a valid name"),
            ("https://-example.com/", "not a valid name"),
            ("https://example-.com/", "not a valid name"),
            ("https://%31%32%37.0.0.1/", "not a valid name"),
            ("https://example%2ecom/", "not a valid name"),
            ("https://exam!ple.com/", "not a valid name"),
            ("https://example.com,evil.com/", "not a valid name"),
            ("https://*.example.com/", "not a valid name"),
            (f"https://{'a' * 64}.com/", "not a valid name"),
            (f"https://{'ü' * 64}.com/", "ambiguous"),
            (f"https://{'a.' * 127}com/", "253"),
            ("https://[::1/", "IPv6"),
            ("https://[]/", "IPv6"),
            ("https://[127.0.0.1]/", "IPv6"),
            ("https://[fe80::1%25eth0]/", "IPv6"),
            ("https://[fe80::1%eth0]/", "IPv6"),
            ("https://[v1.x]/", "IPv6"),
            ("https://[[::1]]/", "IPv6"),
            ("https://::1/", "no host"),
            ("https://１２７.0.0.1/", "ambiguous"),
            ("https://127。0。0。1/", "ambiguous"),
            ("https://127．0．0．1/", "ambiguous"),
            ("https://127｡0｡0｡1/", "ambiguous"),
            ("https://example。com/", "ambiguous"),
            ("https://bücher。example/", "ambiguous"),
            ("https://①②⑦.⓪.⓪.①/", "ambiguous"),
            ("https://𝟏𝟐𝟕.0.0.1/", "ambiguous"),
            ("https://ｌｏｃａｌｈｏｓｔ/", "ambiguous"),
            ("https://ⓛocalhost/", "ambiguous"),
            ("https://ℓocalhost/", "ambiguous"),
            ("https://\u212aiosk.example/", "ambiguous"),
            ("https://straße.example/", "ambiguous"),
            ("https://ﬁsh.example/", "ambiguous"),
            ("https://a\u2044b.example/", "ambiguous"),
            ("https://℀.example/", "ambiguous"),
            ("https://☃.example/", "ambiguous"),
        ],
    )
    def test_it_says_what_is_wrong(self, url, reason):
        with pytest.raises(InvalidTarget, match=reason):
            parse_target(url)

    def test_it_takes_the_longest_url(self):
        url = f"https://example.com/{'x' * 2028}"

        assert len(url) == 2048
        assert parse_target(url).url == url

    @given(st.text())
    def test_it_raises_nothing_but_its_own_error(self, rest):
        try:
            target = parse_target(f"https://{rest}")
        except InvalidTarget:
            return
        assert target.url.isascii()
        assert parse_target(target.url) == target

    @given(st.ip_addresses())
    def test_it_reads_every_literal_address(self, address):
        host = f"[{address}]" if address.version == 6 else str(address)

        assert parse_target(f"https://{host}/").ip == address


class TestCheckLiteral:
    @pytest.mark.parametrize("host", ["8.8.8.8", "[2606:4700::1]", "localhost", "internal.example"])
    def test_it_passes_public_literals_and_all_names(self, host):
        check_literal(parse_target(f"https://{host}/"), AddressPolicy())

    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "169.254.169.254", "[::1]", "[::ffff:8.8.8.8]", "[64:ff9b::7f00:1]"]
    )
    def test_it_refuses_the_rest_without_saying_why(self, host):
        with pytest.raises(BlockedAddress, match=r"^address not allowed$"):
            check_literal(parse_target(f"https://{host}/"), AddressPolicy())

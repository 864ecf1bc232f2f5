"""Bringing a page and its parts in."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from api.outbound.addresses import AddressPolicy
from api.outbound.getter import Getter
from autousers.engine.audit.loader import Loader
from autousers.engine.audit.personas import Lens, Viewport
from autousers.engine.fetch import Fetcher, Limits
from autousers.engine.protocol import EngineError
from tests.autousers.engine.audit.site import at, file, html, site
from tests.hostile import Hostile, answer

HALF = AddressPolicy(allowed_networks=(ip_network("127.0.0.0/9"),))


def load(paths, *, path="/", width=1280, seen=None, **limits):
    limits = replace(Limits(), request_seconds=1.0, part_seconds=0.5, pauses=(0.0, 0.0), **limits)
    with Hostile(site(paths, seen)) as server, Getter(policy=HALF) as getter:
        loader = Loader(Fetcher(getter, limits=limits, headers={}), Lens(Viewport(width, 800)))
        fetched, _, document = loader.open(at(server, path))
        return loader.complete(fetched, document)


def color_of(page, tag):
    return page.style(page.document.first(tag)).color


class TestOpen:
    @pytest.mark.parametrize(
        ("sent", "message"),
        [
            (file("image/png"), "The address leads to image/png, not to a page."),
            (file("application/pdf"), "The address leads to application/pdf, not to a page."),
            (file("image/svg+xml", b"<svg/>"), "leads to image/svg"),
            (answer(200, body=b"\x89PNG"), "does not lead to a page"),
        ],
    )
    def test_it_refuses_what_is_no_page(self, sent, message):
        with pytest.raises(EngineError, match=message):
            load({"/": sent})

    def test_a_page_may_do_without_a_type(self):
        assert load({"/": answer(200, body=b"<p>Hello")}).text == "Hello"

    def test_it_follows_where_a_page_forwards(self):
        page = load(
            {
                "/": html("<meta http-equiv=Refresh content='0; url=/there'>"),
                "/there": html("<p>There"),
            }
        )

        assert page.text == "There"
        assert page.url.endswith("/there")

    def test_it_stays_where_forwarding_takes_its_time(self):
        assert (
            load({"/": html("<meta http-equiv=refresh content='30;url=/x'><p>Here")}).text == "Here"
        )

    @pytest.mark.parametrize("to", ["javascript:alert(1)", "data:text/html,x", "", "http://[x"])
    def test_it_stays_where_a_page_forwards_to_no_page(self, to):
        page = load({"/": html(f"<meta http-equiv=refresh content='0;url={to}'><p>Here")})

        assert page.text == "Here"

    def test_endless_forwarding_ends(self):
        with pytest.raises(EngineError, match="forwards more than 3 times"):
            load({"/": html("<meta http-equiv=refresh content='0;url=/'>")})

    def test_forwarding_passes_the_guard(self):
        with pytest.raises(EngineError, match="not allowed"):
            load({"/": html("<meta http-equiv=refresh content='0;url=http://127.200.0.1/'>")})


class TestParts:
    def test_styles_come_in_their_order(self):
        page = load(
            {
                "/": html(
                    "<style>p{color:blue} i{color:red}</style><link rel=stylesheet href=a.css>"
                    "<style>b{color:red}</style><p>x<i>y</i><b>z</b>"
                ),
                "/a.css": file("text/css", b"@import 'b.css'; p{color:red} i,b{color:blue}"),
                "/b.css": file("text/css", b"u{color:red}"),
            }
        )

        assert [color_of(page, tag) for tag in ("p", "i", "b")] == [
            (1, 0, 0, 1),
            (0, 0, 1, 1),
            (1, 0, 0, 1),
        ]
        assert page.parts.requests == 3

    def test_only_those_of_the_window(self):
        seen = []
        paths = {"/": html("<link rel=stylesheet media='(max-width:500px)' href=phone.css>")}
        load(paths, seen=seen)
        assert seen == ["/"]
        load(paths, width=390, seen=seen)
        assert seen == ["/", "/", "/phone.css"]

    def test_what_is_broken_is_counted_and_named(self):
        page = load(
            {
                "/": html(
                    "<img src=gone.png><img src=gone.png><img src=/soft.png>"
                    "<script src=ok.js></script>"
                    "<img src='http://127.200.0.1/private.png'><img src='data:image/png,x'>"
                    "<link rel=icon href=icon.png><img src='http://[broken'>"
                ),
                "/soft.png": html("<p>Not found"),
                "/ok.js": file("text/javascript"),
                "/icon.png": file("image/png"),
            }
        )

        assert page.parts.broken == ("gone.png", "soft.png", "private.png")
        assert page.parts.requests == 6
        assert page.parts.skipped == 0

    def test_addresses_follow_the_base(self):
        seen = []
        load({"/": html("<base href=/deep/><img src=a.png>")}, seen=seen)

        assert seen == ["/", "/deep/a.png"]

    def test_what_is_beyond_the_limits_is_not_called_broken(self):
        page = load({"/": html("".join(f"<img src={n}>" for n in range(9)))}, parts=2)

        assert len(page.parts.broken) == 2
        assert page.parts.skipped == 7

    def test_slow_parts_cost_their_share_of_time_only(self):
        page = load(
            {"/": html("".join(f"<img src={n}>" for n in range(9)))}
            | {f"/{n}": lambda c: c.hang() for n in range(9)},
            parts_seconds=0.8,
        )

        assert page.parts.skipped >= 6

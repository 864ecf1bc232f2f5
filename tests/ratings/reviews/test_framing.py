"""Whether a design may stand in a frame: what its headers say, and how they are asked for."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ratings.designs import asking
from ratings.designs.framing import allows
from ratings.models import FrameAnswer, Framing
from tests.hostile import Hostile, after_request, answer, answering

OURS = "https://ux.example.com"
PAGE = "https://design.example.org/start"
XFO, CSP = "x-frame-options", "content-security-policy"


class TestTheHeaders:
    @pytest.mark.parametrize(
        ("headers", "allowed"),
        [
            ({}, True),
            ({XFO: "DENY"}, False),
            ({XFO: "SameOrigin"}, False),
            ({XFO: "deny, sameorigin"}, False),
            ({XFO: "ALLOW-FROM https://x"}, True),  # browsers ignore it
            ({CSP: "frame-ancestors 'none'"}, False),
            ({CSP: "frame-ancestors"}, False),
            ({CSP: "default-src 'self'; frame-ancestors 'self'"}, False),
            ({CSP: "default-src 'none'"}, True),
            ({CSP: "frame-ancestors *"}, True),
            ({CSP: "frame-ancestors *", XFO: "DENY"}, True),  # the policy decides
            ({CSP: "FRAME-ANCESTORS https://ux.example.com"}, True),
            ({CSP: "frame-ancestors http://ux.example.com"}, True),
            ({CSP: "frame-ancestors https://*.example.com"}, True),
            ({CSP: "frame-ancestors https://example.com"}, False),
            ({CSP: "frame-ancestors https://ux.example.com:8443"}, False),
            ({CSP: "frame-ancestors https://ux.example.com:*"}, True),
            ({CSP: "frame-ancestors ux.example.com/path"}, True),
            ({CSP: "frame-ancestors https:"}, True),
            ({CSP: "frame-ancestors http:"}, True),
            ({CSP: "frame-ancestors ftp:"}, False),
            ({CSP: "frame-ancestors https://evil.example, frame-ancestors *"}, False),
            ({CSP: "frame-ancestors *; frame-ancestors 'none'"}, True),  # the first counts
        ],
    )
    def test_they_are_read_as_browsers_read_them(self, headers, allowed):
        assert allows(headers, page=PAGE, parent=OURS) == allowed

    def test_a_page_of_the_same_origin_may_say_self(self):
        for headers in ({XFO: "SAMEORIGIN"}, {CSP: "frame-ancestors 'self'"}):
            assert allows(headers, page=f"{OURS}/x", parent=OURS)


@pytest.fixture(autouse=True)
def one_open_address(settings):
    settings.ALLOW_PRIVATE_TARGETS = False
    settings.ALLOWED_NETWORKS = ["127.0.0.1/32"]


def at(server, path="/"):
    return f"http://127.0.0.1:{server.port}{path}"


@pytest.mark.django_db
class TestAsking:
    def test_the_answer_is_kept_for_all_processes(self):
        forbids = answer(200, "X-Frame-Options: DENY", body=b"x" * 100_000)
        with Hostile(answering(forbids)) as server:
            for _ in range(3):
                assert asking.framing_of(at(server)) == [Framing.FORBIDDEN]
            assert server.connections == 1
            FrameAnswer.objects.update(asked_at=timezone.now() - timedelta(hours=2))
            assert asking.framing_of(at(server)) == [Framing.FORBIDDEN]
            assert server.connections == 2

    def test_of_several_policies_each_must_allow_it(self):
        policies = [f"Content-Security-Policy: frame-ancestors {who}" for who in ("*", "'none'")]
        with Hostile(answering(answer(200, *policies))) as server:
            assert asking.framing_of(at(server)) == [Framing.FORBIDDEN]

    def test_the_page_that_it_leads_to_decides(self):
        with (
            Hostile(answering(answer(200, "X-Frame-Options: DENY"))) as end,
            Hostile(answering(answer(302, f"Location: {at(end)}"))) as server,
        ):
            assert asking.framing_of(at(server, "/#part")) == [Framing.FORBIDDEN]

    @pytest.mark.parametrize("address", ["http://127.0.0.2/", "http://169.254.169.254/", "ftp://x"])
    def test_the_address_guard_judges_each_hop(self, address):
        with Hostile(answering(answer(302, f"Location: {address}"))) as server:
            assert asking.framing_of(at(server)) == [Framing.UNREACHABLE]

    def test_who_leads_in_circles_is_left(self):
        with Hostile(answering(answer(302, "Location: /again"))) as server:
            assert asking.framing_of(at(server)) == [Framing.UNREACHABLE]
            assert server.connections <= asking.REDIRECTS + 1

    def test_one_that_hangs_holds_a_page_for_a_moment_only(self, monkeypatch):
        monkeypatch.setattr(asking, "SECONDS", 0.2)
        with Hostile(after_request(lambda caller: caller.hang())) as server:
            assert asking.framing_of(at(server)) == [Framing.UNREACHABLE]

    def test_who_finds_no_turn_shows_the_frame_and_keeps_nothing(self):
        for _ in range(asking.AT_ONCE):
            assert asking._turns.acquire(blocking=False)
        try:
            assert asking.framing_of("http://127.0.0.1:9/") == [Framing.ALLOWED]
        finally:
            for _ in range(asking.AT_ONCE):
                asking._turns.release()
        assert not FrameAnswer.objects.exists()

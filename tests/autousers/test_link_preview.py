"""`GET /link-preview`: what a page says of itself, fetched through the address guard."""

from dataclasses import replace

import pytest

from autousers.link_previews import services
from autousers.link_previews.reading import LinkPreview, read
from teams.models import Role
from tests.bounds import at_most
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member
from tests.hostile import Hostile, answer, answering

PATH = "/api/v1/link-preview"
PAGE = b"""<!doctype html><title>Plain title</title>
<meta property="og:title" content="Ticket kiosk"><meta name="description" content="Buy &amp; go.">
<meta property="og:image" content="/kiosk.png"><meta property="og:site_name" content="Metro">"""


@pytest.fixture(autouse=True)
def one_open_address(settings):
    settings.ALLOW_PRIVATE_TARGETS = False
    settings.ALLOWED_NETWORKS = ["127.0.0.1/32"]


def html(body, *headers):
    return answer(200, "Content-Type: text/html; charset=utf-8", *headers, body=body)


def at(server, path="/"):
    return f"http://127.0.0.1:{server.port}{path}"


def ask(client, url):
    return client.get(PATH, {"url": url})


def refusal(client, url):
    error = assert_error(ask(client, url), 400, "link_unreachable", "url")
    return error["message"].removeprefix("There is no preview of this address: ")


class TestReading:
    @pytest.mark.parametrize(
        ("page", "expected"),
        [
            ("<title> A\n  b </title>", {"title": "A b"}),
            ("<title>x</title><meta property=og:title content=''>", {"title": "x"}),
            ("<meta name=twitter:title content=T>", {"title": "T"}),
            ("<meta name=og:title content=1><meta name=og:title content=2>", {"title": "1"}),
            ("<title>a\x1b[2Jb\u202ec\u2028d</title>", {"title": "a [2Jb c d"}),
            (f"<title>{'x' * 900}</title>", {"title": "x" * 300}),
            ("<meta name=description content='D'>", {"description": "D"}),
            ("<meta property=og:image content=a.png>", {"image": "https://x.example/d/a.png"}),
            ("<base href=//y.example/z/><meta property=og:image content=a.png>",
             {"image": "https://y.example/z/a.png"}),
            ("<meta property=og:image content=javascript:alert(1)>", {}),
            ("<meta property=og:image content=data:image/png,x>", {}),
            ("<meta property=og:image content=http://[>", {}),
            (f"<meta property=og:image content=/{'x' * 3000}>", {}),
            ("<title></title><meta name=description content=' '>", {}),
            ("", {}),
        ],
    )  # fmt: skip
    def test_what_a_page_says(self, page, expected):
        url = "https://x.example/d/"
        found = read(url, "text/html; charset=utf-8", page.encode())
        assert found == replace(LinkPreview(url=url), **expected)

    @pytest.mark.parametrize("kind", ["application/pdf", "text/plain", "", "application/json"])
    def test_what_is_no_page_says_nothing(self, kind):
        assert read("https://x.example/", kind, PAGE) == LinkPreview(url="https://x.example/")

    def test_a_picture_is_its_own_picture(self):
        url = "https://x.example/a.png"
        assert read(url, "image/png", b"\x89PNG") == LinkPreview(url=url, image=url)

    @pytest.mark.parametrize(
        "body", [b"<meta " * 40_000, b"<div>" * 50_000, b"<title>" * 30_000, b"\x00\xff" * 100_000]
    )
    def test_a_hostile_page_is_read_at_once(self, body):
        with at_most(3):
            read("https://x.example/", "text/html", body)


class TestTheRoute:
    def test_it_answers_what_the_page_says(self, api):
        with Hostile(answering(html(PAGE))) as server:
            response = ask(api, at(server))
            assert response.status_code == 200, response.content
            assert response.json() == {
                "url": at(server),
                "title": "Ticket kiosk",
                "description": "Buy & go.",
                "image": at(server, "/kiosk.png"),
                "siteName": "Metro",
            }

    def test_it_follows_redirects_and_says_where_to(self, api):
        with (
            Hostile(answering(html(PAGE))) as end,
            Hostile(answering(answer(302, f"Location: {at(end, '/end')}"))) as server,
        ):
            assert ask(api, at(server)).json()["url"] == at(end, "/end")

    def test_a_redirect_is_judged_like_the_first_address(self, api):
        with Hostile(answering(answer(302, "Location: http://127.0.0.2/"))) as server:
            assert refusal(api, at(server)) == "The address is not allowed."

    @pytest.mark.parametrize(
        "url",
        ["http://127.0.0.2/", "http://169.254.169.254/latest/", "http://[::1]/", "http://10.0.0.1/",
         "http://[::ffff:127.0.0.2]/", "http://[64:ff9b::7f00:2]/"],
    )  # fmt: skip
    def test_what_is_not_public_is_refused_alike(self, api, url):
        assert refusal(api, url) == "The address is not allowed."

    @pytest.mark.parametrize(
        "url",
        ["ftp://x.example/", "file:///etc/passwd", "kiosk", "//x.example/", "http://a:b@x.example/",
         "http://", "http://x.example:99999/", "gopher://127.0.0.1:6379/_x", "http://x\x0b/", "http://x\\@y/"],
    )  # fmt: skip
    def test_what_is_no_web_address_is_refused(self, api, url):
        assert "cannot be fetched" in refusal(api, url)

    @pytest.mark.parametrize("query", [{}, {"url": ""}])
    def test_an_address_is_needed(self, api, query):
        assert_error(api.get(PATH, query), 400, "validation_failed", "url")

    def test_an_address_has_a_bound(self, api):
        assert "2048 characters" in refusal(api, "http://127.0.0.1/" + "x" * 2048)

    def test_an_error_of_the_server_is_told(self, api):
        with Hostile(answering(answer(404))) as server:
            assert refusal(api, at(server)) == "HTTP 404."

    def test_it_does_not_wait_for_long(self, api, monkeypatch):
        monkeypatch.setattr(services, "LIMITS", replace(services.LIMITS, request_seconds=0.3))
        with Hostile(answering(b"")) as server, at_most(3):
            assert refusal(api, at(server)).endswith("within 0.3 s.")

    def test_a_large_page_is_read_in_part(self, api):
        body = PAGE + b"<p>" + b"x" * 600_000
        with Hostile(answering(html(body))) as server:
            assert ask(api, at(server)).json()["title"] == "Ticket kiosk"

    def test_any_member_may_with_a_key_without_scopes_too(self, team, session, anonymous):
        viewer = session(make_member(team, Role.VIEWER))
        with Hostile(answering(html(PAGE))) as server:
            for client in (viewer, ApiClient(make_key(team, scopes=()))):
                assert ask(client, at(server)).status_code == 200
        assert_error(ask(anonymous, "http://x.example/"), 401, "invalid_credential")


class TestLimits:
    def test_a_person_asks_so_often_in_a_minute(self, api, team, session, settings, monkeypatch):
        settings.RATE_LIMIT_MODE = "log"
        monkeypatch.setattr(services, "PER_PERSON", 2)
        mine = [api, session(team.owner)]  # a key and a session of one person share it
        assert [ask(client, "ftp://x").status_code for client in mine] == [400, 400]
        refused = ask(api, "ftp://x")
        assert_error(refused, 429, "link_preview_limit_exceeded")
        assert 1 <= int(refused["Retry-After"]) <= 61
        other = session(make_member(team, Role.VIEWER))
        assert ask(other, "ftp://x").status_code == 400

    def test_only_a_few_are_fetched_at_once(self, api):
        for _ in range(services.AT_ONCE):
            assert services._turns.acquire(blocking=False)
        try:
            refused = ask(api, "http://127.0.0.1/")
            assert_error(refused, 429, "link_preview_limit_exceeded")
            assert refused["Retry-After"] == "1"
        finally:
            services._turns.release(services.AT_ONCE)

    def test_what_fails_makes_room_again(self, api):
        for _ in range(services.AT_ONCE + 1):
            refusal(api, "http://127.0.0.2/")

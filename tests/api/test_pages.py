"""The pages for people: every link and asset is ours and answers, every error code is explained."""

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver

from api.exceptions import catalogue
from api.pages import error_codes

PAGES = ["/", "/api/docs", "/docs/errors"]
ADDRESS_ATTRIBUTES = {"href", "src", "data-document"}


class Addresses(HTMLParser):
    """Collects what a page links to and loads, and the ids in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.ids: set[str] = set()
        self.inline_scripts = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.found |= {values[name] or "" for name in ADDRESS_ATTRIBUTES & set(values)}
        self.inline_scripts += tag == "script" and "src" not in values
        if values.get("id"):
            self.ids.add(values["id"] or "")


def read(path: str) -> Addresses:
    response = Client().get(path)
    assert response.status_code == 200
    return Addresses(response.content.decode())


@pytest.mark.django_db
class TestEveryPage:
    @pytest.mark.parametrize("path", PAGES)
    def test_it_answers_html_with_a_request_id_and_a_policy(self, path: str) -> None:
        response = Client().get(path)

        assert response.status_code == 200
        assert response["Content-Type"].startswith("text/html")
        assert response["X-Request-Id"]
        assert response["Content-Security-Policy"].startswith("default-src 'none'")

    @pytest.mark.parametrize("path", PAGES)
    def test_it_loads_and_links_nothing_from_elsewhere(self, path: str) -> None:
        page = read(path)

        assert page.inline_scripts == 0
        for address in page.found:
            assert re.match(r"(/(?!/)|#|data:,)", address), address

    @pytest.mark.parametrize("path", PAGES)
    def test_all_it_links_to_is_there(self, path: str) -> None:
        for address in read(path).found:
            if address.startswith("/"):
                assert Client().get(address, follow=True).status_code == 200, address

    @pytest.mark.parametrize("path", PAGES)
    def test_it_takes_no_changes(self, path: str) -> None:
        assert Client().post(path).status_code == 405

    def test_the_page_of_an_unknown_address_has_the_same_frame(self) -> None:
        response = Client().get("/nowhere")

        assert response.status_code == 404
        assert "/docs/errors" in Addresses(response.content.decode()).found


class TestTheErrorsPage:
    def test_every_code_has_its_anchor(self) -> None:
        page = read("/docs/errors")

        assert {kind.code for kind in catalogue()} <= page.ids

    def test_the_address_in_an_envelope_leads_there(self) -> None:
        error = Client().get("/api/v1/nowhere").json()["error"]

        page, _, anchor = error["doc_url"].removeprefix(settings.PUBLIC_URL).partition("#")
        assert anchor in read(page).ids

    def test_every_code_means_one_thing(self) -> None:
        get_resolver().url_patterns  # noqa: B018 - loads every module that defines a refusal
        doubled = [code for code, count in Counter(codes()).items() if count > 1]

        assert doubled == []

    def test_every_code_is_explained_by_its_own_class(self) -> None:
        for kind in catalogue():
            assert kind.__doc__, kind
        for row in error_codes():
            assert row.meaning.endswith("."), row

    def test_no_code_is_raised_by_name(self) -> None:
        """Each stands in a class of its own, or this page would not know it."""
        assert list(codes_in_the_source()) == []


def codes() -> list[str]:
    return [kind.code for kind in catalogue() if kind.code]


def codes_in_the_source() -> Iterator[tuple[str, str]]:
    """Codes given to a refusal where it is raised: `InvalidRequest(…, code="…")`."""
    for app in ("api", "teams", "evaluations", "ratings", "autousers", "webhooks"):
        for source in Path(settings.BASE_DIR, app).rglob("*.py"):
            for code in re.findall(r'\bcode="(\w+)"', source.read_text(encoding="utf-8")):
                yield code, source.name


def test_the_docs_page_loads_what_it_needs(client: Any) -> None:
    page = read("/api/docs")

    assert "swagger-ui" in page.ids
    assert "/api/v1/openapi.json" in page.found
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "docs.js"):
        assert any(address.endswith(name) for address in page.found), name

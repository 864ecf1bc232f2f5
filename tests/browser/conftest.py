"""A browser for each worker, and pages that fail a test by what they print to their console."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page

from teams.models import User
from tests.browser import chromium

#: Playwright's loop runs in this thread, and Django would refuse the ORM beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; its absence skips the test, which CI says loudly."""
    if chromium.program() is None:
        pytest.skip("needs Chromium; on Debian: apt install chromium")
    with chromium.running() as started:
        yield started


@pytest.fixture
def open_page(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Open a page of the server, as somebody or nobody; nothing may be wrong on its console."""
    contexts, said = [], []

    def opened(path: str, *, person: User | None = None, width: int = 1200, **options: Any) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 800},
            reduced_motion="reduce",  # axe must not measure colours on their way to others
            **options,
        )
        contexts.append(context)
        if person is not None:
            client = Client()  # one for each: a second sign-in of the same one ends the first
            client.force_login(person)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
            )
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    expected = "Failed to load resource: the server responded with a status of 4"
    assert [text for text in said if not text.startswith(expected)] == []

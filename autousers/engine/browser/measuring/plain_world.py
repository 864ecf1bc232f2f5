"""Measuring where there are no devtools: in the page's own world, through Playwright alone.

Browsers of Firefox's protocol have no isolated worlds that can be reached. So a page's scripts can
change what measures use: what they say of a hostile page is less certain.
"""

import asyncio
from typing import Any

from playwright.async_api import CDPSession, Page

from autousers.engine.browser.measuring.world import SECONDS, Busy, MeasureFailed, World


class PlainWorld(World):
    """The page's own world."""

    has_devtools = False

    def __init__(self, page: Page) -> None:
        self._page = page

    @property
    def session(self) -> CDPSession:
        """There is none, and so no accessibility tree."""
        raise MeasureFailed("this browser tells nothing of the accessibility tree")

    def forget(self) -> None:
        """Nothing is kept from one document to the next."""

    async def slow_down(self) -> bool:
        """It cannot be slowed down."""
        return False

    async def evaluate(self, expression: str, *, seconds: float = SECONDS) -> Any:
        """Evaluate an expression, and give its value as JSON.

        Raises:
            MeasureFailed: when it fails or takes too long.
        """
        try:
            async with asyncio.timeout(seconds + 1):
                return await self._page.evaluate(expression)
        except TimeoutError:
            raise Busy("The page kept the browser busy.") from None


async def world_of(page: Page) -> World:
    """The world in which a page that has just been made is measured."""
    browser = page.context.browser
    if browser is not None and browser.browser_type.name == "chromium":
        return await World.of(page)
    return PlainWorld(page)

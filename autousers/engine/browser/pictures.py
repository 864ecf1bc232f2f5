"""Pictures of a visit: a bounded number, of bounded size. They are for people and for findings."""

from collections.abc import Callable

from playwright.async_api import Error, Page

from autousers.engine.browser.events import Kept
from autousers.engine.browser.measuring.found import Found
from autousers.engine.browser.measuring.world import MeasureFailed, World
from autousers.observation.facts import Box, Picture

MOST_PICTURES = 12
MOST_BYTES = 400_000
"""Bytes of one picture; a larger one is taken again with less quality, or left out."""
MOST_MARKS = 8

_QUALITIES = (65, 30)
_SECONDS = 4.0


class Pictures:
    """Takes and keeps the pictures of one visit."""

    def __init__(
        self, page: Page, world: World, found: Found, keep: Callable[[Kept], None]
    ) -> None:
        self._page, self._world, self._found, self._keep = page, world, found, keep

    async def take(self, name: str, shows: str, *, fact: str = "") -> None:
        """Take a picture of the window; one that cannot be taken is left out."""
        if len(self._found.pictures) >= MOST_PICTURES:
            return
        content = await self._shot()
        if content is not None:
            self._keep(Kept(f"{name}.jpg", content, "image/jpeg"))
            self._found.pictures.append(Picture(f"{name}.jpg", shows, fact))

    async def marked(self, name: str, shows: str, boxes: list[Box], *, fact: str = "") -> None:
        """Take a picture with places of the page framed and numbered."""
        rows = [[one.x, one.y, one.width, one.height] for one in boxes[:MOST_MARKS]]
        if not rows or len(self._found.pictures) >= MOST_PICTURES:
            return
        try:
            await self._world.measure("mark", boxes=rows)
            await self.take(name, shows, fact=fact)
            await self._world.measure("mark", boxes=[])
        except (MeasureFailed, Error):
            return

    async def _shot(self) -> bytes | None:
        for quality in _QUALITIES:
            try:
                content = await self._page.screenshot(
                    type="jpeg", quality=quality, timeout=_SECONDS * 1000
                )
            except Error:
                return None
            if len(content) <= MOST_BYTES:
                return content
        return None

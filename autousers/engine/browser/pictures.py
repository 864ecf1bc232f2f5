"""Pictures of a visit: a bounded number, of bounded size. They are for people and for findings."""

from collections.abc import Callable
from typing import Any

from playwright.async_api import Error, Page

from autousers.engine.browser.events import Kept
from autousers.engine.browser.measuring.found import Found
from autousers.engine.browser.measuring.world import MeasureFailed, World
from autousers.observation.facts import WHOLE_PAGE, Box, Picture

MOST_PICTURES = 13
MOST_BYTES = 400_000
"""Bytes of one picture; a larger one is taken again with less quality, or left out."""
MOST_MARKS = 8
MOST_HEIGHT = 6_000
"""Pixels of a page that its picture reaches down to."""
MOST_BYTES_OF_PAGE = 1_000_000

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
        content = await self._shot(MOST_BYTES)
        if content is not None:
            seen = await self._sizes()
            part = Box(**seen["window"]) if seen else None
            self._add(Picture(f"{name}.jpg", shows, fact, part), content)

    async def take_page(self) -> None:
        """Take a picture of the whole page, in which places below the first screen are seen too."""
        sizes = await self._sizes()
        if sizes is None:
            return
        width, height = sizes["page"]["width"], min(sizes["page"]["height"], MOST_HEIGHT)
        clip = {"x": 0, "y": 0, "width": width, "height": height}
        content = await self._shot(MOST_BYTES_OF_PAGE, full_page=True, clip=clip, scale="css")
        if content is not None:
            self._add(Picture(WHOLE_PAGE, "whole page", part=Box(**clip)), content)

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

    async def _sizes(self) -> dict[str, Any] | None:
        """What the window shows of the page, and how large the page is."""
        try:
            sizes: dict[str, Any] = await self._world.measure("window", seconds=1.0)
        except (MeasureFailed, Error):
            return None
        return sizes

    def _add(self, picture: Picture, content: bytes) -> None:
        self._keep(Kept(picture.artifact, content, "image/jpeg"))
        self._found.pictures.append(picture)

    async def _shot(self, limit: int, **options: Any) -> bytes | None:
        for quality in _QUALITIES:
            try:
                content = await self._page.screenshot(
                    type="jpeg", quality=quality, timeout=_SECONDS * 1000, **options
                )
            except Error:
                return None
            if len(content) <= limit:
                return content
        return None

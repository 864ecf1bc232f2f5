"""The context of a visit: a profile of its own, under the conditions, with nothing permitted."""

from typing import Any

from playwright.async_api import Browser, BrowserContext

from autousers.engine.browser.measuring.windows import size_of
from autousers.observation.facts import Conditions

_PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/{version} Mobile Safari/537.36 Autousers/1"
)
_DESKTOP = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/{version} Safari/537.36 Autousers/1"
)


async def new_context(browser: Browser, conditions: Conditions, proxy: str) -> BrowserContext:
    """A context whose traffic goes to the proxy of the visit."""
    agent = (_PHONE if conditions.touch else _DESKTOP).format(version=browser.version)
    window: Any = size_of(conditions)
    own: dict[str, Any] = {}  # what only Chromium has; the other one says itself what it is
    if browser.browser_type.name == "chromium":
        own = {"is_mobile": conditions.touch, "user_agent": agent, "permissions": []}
    return await browser.new_context(
        proxy={"server": proxy},
        viewport=window,
        device_scale_factor=min(2.0, max(1.0, conditions.zoom)),
        has_touch=conditions.touch,
        reduced_motion="reduce" if conditions.motion == "reduced" else "no-preference",
        color_scheme=conditions.colour_scheme,
        locale=conditions.language,
        timezone_id="UTC",
        service_workers="block",
        accept_downloads=False,
        **own,
    )

"""The engines that run an autouser, by the name that the setting `AUTOUSERS_ENGINE` knows."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

from api.outbound.getter import Getter
from api.outbound.policy import address_policy
from autousers.engine.browser.availability import why_no_browser
from autousers.engine.browser.engine import browser_engine
from autousers.engine.fake import FakeEngine
from autousers.engine.fetch import Limits
from autousers.engine.markup.engine import MarkupEngine, MarkupObserver
from autousers.engine.protocol import Engine

if TYPE_CHECKING:
    from autousers.engine.browser.host import BrowserHost

AUTO = "auto"
"""The browser where there is one, else the markup alone."""

OLD_NAMES = {"audit": AUTO}
"""Names that earlier versions had."""


def _make_getter(while_waiting: Callable[[], None]) -> Getter:
    """A client with the address guard of this installation."""
    return Getter(
        policy=address_policy(), ca_bundle=settings.CA_BUNDLE, while_waiting=while_waiting
    )


def _limits() -> Limits:
    """The limits of a run, with the deadline of this installation."""
    return replace(Limits(), run_seconds=settings.ENGINE_DEADLINE)


def _browser_host() -> "BrowserHost":
    # Imported late: Playwright costs 0.3 s and 30 MB, and web servers never visit anything.
    from autousers.engine.installed_browser import browser_host

    return browser_host()


def _camoufox_host() -> "BrowserHost":
    from autousers.engine.installed_browser import camoufox_host

    return camoufox_host()


def proxy_regions() -> list[str]:
    """The regions that visits can leave from; the first is meant where none is named."""
    return [entry.partition("=")[0].strip() for entry in settings.PROXIES]


def _markup() -> Engine:
    return MarkupEngine(make_getter=_make_getter, limits=_limits())


def _browser() -> Engine:
    instead = MarkupObserver(make_getter=_make_getter, limits=_limits())
    is_wish = settings.ENGINE != "browser"  # whoever names it wants no other
    return browser_engine(
        _browser_host,
        instead=instead if is_wish else None,
        camoufox=_camoufox_host if settings.CAMOUFOX else None,
    )


ENGINES: dict[str, Callable[[], Engine]] = {
    "browser": _browser,
    "markup": _markup,
    "fake": FakeEngine,
}
"""How each engine is made."""

NAMES = (AUTO, *dict.fromkeys((*ENGINES, *OLD_NAMES)))
"""The values of the setting."""


def engine_name(setting: str | None = None) -> str:
    """The name of the engine that a setting means on this machine."""
    name = setting or settings.ENGINE
    name = OLD_NAMES.get(name, name)
    if name == AUTO:
        return "markup" if why_no_browser(settings.BROWSER) else "browser"
    return str(name)


def get_engine(name: str | None = None) -> Engine:
    """The engine of that name, or of the setting; KeyError for an unknown name."""
    return _made(engine_name(name))


@lru_cache
def _made(name: str) -> Engine:
    """One is made per process, and used by all its runs."""
    return ENGINES[name]()

"""Facts of operating a page: keyboard, zoom, movement, outdated looks."""

import re
from collections.abc import Iterator

from turbohtml import Element

from autousers.engine.markup.measuring import amount, counted, either, place_of
from autousers.engine.markup.tree import Item, Page, text_of
from autousers.observation.facts import Fact

_MAY_SCALE = 2.0
_SETTING_LENGTH = 1_000
_REFRESH = re.compile(r"\s*(\d{1,6})")
_STOP = re.compile(r"pause|stop|anhalten|pausa|arr[eê]ter|停止|暂停", re.IGNORECASE)
_LONGEST_WAIT = 72_000
_OUTDATED = frozenset({
    "font", "center", "marquee", "blink", "big", "strike", "frame", "frameset", "tt", "basefont",
})  # fmt: skip
_PRESSED_ANYWAY = frozenset({"label", "body", "html", "form", "summary", "option"})
_ENOUGH_ELEMENTS = 20
_SKIP_WITHIN = 3
_MOST_INSIDE = 100
_MOST_AROUND = 12
_COMPOSITES = frozenset({
    "listbox", "menu", "menubar", "tablist", "tree", "grid", "treegrid", "radiogroup", "toolbar",
    "combobox", "application",
})  # fmt: skip
"""Within these the keyboard moves by arrows; scripts say how."""


def facts(page: Page) -> Iterator[Fact]:
    """All facts of this module."""
    yield from _keyboard(page)
    yield from _window(page)
    yield from _movement(page)
    yield _refresh(page)
    yield from _looks(page)


def _keyboard(page: Page) -> Iterator[Fact]:
    stops = [item for item in page.items if item.focusable]
    ahead = [item for item in stops if _is_ahead(item)]
    yield counted("focus-order-jumps", ahead, len(stops))
    pressed = [item for item in page.items if _reacts(item)]
    unreached = [item for item in pressed if _mouse_only(item)]
    yield counted("mouse-only", unreached, len(pressed))
    before = _before_main(page)
    if before is not None:
        yield amount("stops-before-content", 0 if _can_skip(page, stops) else before)


def _is_ahead(item: Item) -> bool:
    tabindex = item.get("tabindex").strip()
    return tabindex.isdecimal() and tabindex.strip("0") != ""


def _reacts(item: Item) -> bool:
    return item.has("onclick") or item.role in ("button", "link")


def _mouse_only(item: Item) -> bool:
    """Pressed, and neither it nor anything in it or around it takes the focus."""
    if item.focusable or item.has("disabled"):
        return False
    if item.tag in _PRESSED_ANYWAY or "-" in item.tag or item.unheard:
        return False
    if item.get("aria-disabled") == "true" or not _says(item) or _is_in_reach(item.element):
        return False
    for number, node in enumerate(item.element.descendants):
        if number >= _MOST_INSIDE:
            return False  # too much to tell
        if isinstance(node, Element) and Item(node, False, False).focusable:
            return False
    return True


def _says(item: Item) -> bool:
    """Whether people see something to press."""
    pictures = ("img", "svg", "canvas")
    return (
        bool(text_of(item.element, 1) or item.get("aria-label"))
        or item.tag in pictures
        or item.element.select_one(", ".join(pictures)) is not None
    )


def _is_in_reach(element: Element) -> bool:
    """Whether the keyboard reaches it through what is around it."""
    around = element.parent
    for _ in range(_MOST_AROUND):
        if not isinstance(around, Element) or around.tag in ("body", "main"):
            return False
        item = Item(around, False, False)
        if item.focusable or item.tag == "label" or item.role in _COMPOSITES:
            return True
        around = around.parent
    return False


def _before_main(page: Page) -> int | None:
    """Keyboard stops before the main content; None without a `main`."""
    passed = 0
    for item in page.items:
        if item.tag == "main" or item.role == "main":
            return passed
        passed += item.focusable
    return None


def _can_skip(page: Page, stops: list[Item]) -> bool:
    targets = (one.get("href") for one in stops[:_SKIP_WITHIN])
    return any(href.startswith("#") and href[1:] in page.by_id for href in targets)


def _window(page: Page) -> Iterator[Fact]:
    settings = _settings((page.meta("viewport") or "").lower()[:_SETTING_LENGTH])
    yield either("no-small-window-setting", "width" not in settings)
    yield either("zoom-blocked", _blocks_zoom(settings))


def _settings(content: str) -> dict[str, str]:
    """The settings of a viewport, such as `width=device-width, user-scalable=no`."""
    pairs = (one.partition("=") for one in content.replace(";", ",").split(","))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _blocks_zoom(settings: dict[str, str]) -> bool:
    if settings.get("user-scalable") in ("no", "0"):
        return True
    try:
        largest = float(settings.get("maximum-scale", "10"))
    except ValueError:
        return False
    return 0 <= largest < _MAY_SCALE


def _movement(page: Page) -> Iterator[Fact]:
    """What markup makes move. Styles and scripts may move more, so none is no fact."""
    media = [item for item in page.everything if item.tag in ("video", "audio") and _plays(item)]
    moving = [item for item in media if item.tag == "video" and item.has("loop")]
    moving += page.shown("marquee")
    if moving and not any(_may_stop(item) for item in page.items):
        yield counted("moves-unstoppably", moving, len(moving))
    sounding = [item for item in media if not item.has("muted")]
    if sounding:
        yield counted("sounds-by-itself", sounding, len(sounding))


def _may_stop(item: Item) -> bool:
    """Whether it may be a button that stops what moves."""
    is_button = item.tag == "button" or item.role == "button"
    return is_button and bool(_STOP.search(item.get("aria-label") or text_of(item.element, 60)))


def _plays(item: Item) -> bool:
    """Whether it starts by itself, with no control to stop it."""
    return not item.silent and item.has("autoplay") and not item.has("controls")


def _refresh(page: Page) -> Fact:
    waits = (
        _REFRESH.match(item.get("content"))
        for item in page.named("meta")
        if item.get("http-equiv").lower() == "refresh"
    )
    return either("reloads-by-itself", any(m and 0 < int(m[1]) < _LONGEST_WAIT for m in waits))


def _looks(page: Page) -> Iterator[Fact]:
    old = [item for item in page.items if item.tag in _OUTDATED]
    places = [place_of(item.element) for item in old[:10]]
    yield amount("outdated-elements", len(old), places=places)
    if len(page.items) >= _ENOUGH_ELEMENTS:
        single = sum(1 for item in page.items if item.get("style"))
        yield amount("styled-one-by-one", round(100 * single / len(page.items), 1))
    if not page.cut:
        yield amount("many-elements", len(page.everything))

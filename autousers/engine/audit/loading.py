"""Measures of weight: bytes, requests, elements, and what is not there. No times: they vary."""

from autousers.engine.audit.measure import Measure, count, falling, quoted
from autousers.engine.audit.page import Page

_MB = 1_000_000


def page_weight(page: Page) -> Measure:
    """Bytes sent for the page and its parts; on a slow network less is bearable."""
    size = page.parts.size
    best, worst = (0.3 * _MB, 1.5 * _MB) if page.slow_network else (1.5 * _MB, 6.0 * _MB)
    quality = falling(size, best=best, worst=worst)
    return Measure(size, "bytes", quality, f"{_shown(size)} to load")


def request_count(page: Page) -> Measure:
    """Requests for the page and its parts."""
    number = page.parts.requests
    best, worst = (12, 50) if page.slow_network else (30, 120)
    return Measure(
        number, "requests", falling(number, best=best, worst=worst), count(number, "request")
    )


def broken_parts(page: Page) -> Measure:
    """Pictures, styles and scripts that cannot be fetched."""
    broken = page.parts.broken
    if not broken:
        return Measure(0, "broken resources", 1.0, "nothing broken")
    number = len(broken)
    says = f"{count(number, 'broken resource')}, like {quoted(broken[0])}"
    return Measure(number, "broken resources", max(0.0, 0.95 - 0.25 * number), says)


def element_count(page: Page) -> Measure:
    """Elements of the page: beyond 1,500 phones work hard."""
    number = len(page.document.nodes)
    says = f"{'more than ' if page.document.cut else ''}{count(number, 'element')}"
    return Measure(number, "elements", falling(number, best=1500, worst=6000), says)


def _shown(size: int) -> str:
    return f"{size / _MB:.1f} MB" if size >= _MB else f"{max(size // 1000, 1)} kB"

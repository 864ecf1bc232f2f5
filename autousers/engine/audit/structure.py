"""Measures of structure: what a screen reader, a keyboard and a search engine rely on.

Success criteria are those of WCAG 2.2, https://www.w3.org/TR/WCAG22/.
"""

import re
from itertools import pairwise

from autousers.engine.audit.dom import Node
from autousers.engine.audit.measure import Measure, absent, count, intact, quoted
from autousers.engine.audit.page import Page, is_focusable

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.IGNORECASE | re.ASCII)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_ROLES = {"main": "main", "nav": "navigation", "header": "banner", "footer": "contentinfo"}
_NO_PICTURE = frozenset({"none", "presentation"})
_ZOOM = re.compile(r"maximum-scale\s*=\s*([\d.]{1,6})|user-scalable\s*=\s*(no|0)", re.IGNORECASE)
_MAY_SCALE = 2.0


def field_labels(page: Page) -> Measure:
    """Form fields that have an accessible name (1.3.1, 4.1.2); a placeholder is none."""
    fields = page.fields
    if not fields:
        return absent("fields without a label", "no form fields")
    bad = sum(1 for field in fields if not page.name_of(field))
    some = f"{bad} of {count(len(fields), 'form field')} {'has' if bad == 1 else 'have'} no label"
    says = some if bad else f"all {count(len(fields), 'form field')} labelled"
    return Measure(bad, "fields without a label", intact(bad, len(fields)), says)


def image_alternatives(page: Page) -> Measure:
    """Pictures that have an alternative text, or say that they need none (1.1.1)."""
    images = [
        node for node in page.shown if node.tag == "img" and node.get("role") not in _NO_PICTURE
    ]
    if not images:
        return absent("pictures without alternative text", "no pictures")
    bad = sum(1 for image in images if not image.has("alt") and not page.name_of(image))
    some = f"{bad} of {count(len(images), 'picture')} without alternative text"
    says = some if bad else f"all {count(len(images), 'picture')} with alternative text"
    return Measure(bad, "pictures without alternative text", intact(bad, len(images)), says)


def control_names(page: Page) -> Measure:
    """Links and buttons that have a name at all (2.4.4, 4.1.2)."""
    names = [name for _, name in page.links]
    names += [page.name_of(control) for control in page.controls]
    if not names:
        return absent("links and buttons without a name", "no links or buttons")
    bad = sum(1 for name in names if not name)
    some = f"{bad} of {len(names)} links and buttons have no name"
    says = some if bad else f"all {len(names)} links and buttons named"
    return Measure(
        bad, "links and buttons without a name", intact(bad, len(names), harshness=2), says
    )


def heading_order(page: Page) -> Measure:
    """One first-level heading, and no level left out on the way down (1.3.1, 2.4.6)."""
    levels = [int(node.tag[1]) for node in page.shown if node.tag in _HEADINGS and node.text()]
    if not levels:
        return Measure(1, "faults in headings", 0.2, "no headings")
    skips = sum(1 for one, other in pairwise(levels) if other > one + 1)
    tops = levels.count(1)
    faults = skips + (tops != 1) + (levels[0] != 1)
    clauses = [f"{count(skips, 'heading level')} skipped"] * bool(skips)
    clauses += [f"{tops} first-level headings" if tops else "no first-level heading"] * (tops != 1)
    says = " and ".join(clauses) or ("headings out of order" if faults else "headings in order")
    return Measure(faults, "faults in headings", max(0.0, 1 - 0.4 * faults), says)


def page_language(page: Page) -> Measure:
    """The page says which language it is in (3.1.1)."""
    good = bool(_LANGUAGE.fullmatch(page.main_language))
    says = f"language given as {quoted(page.main_language, 20)}" if good else "no page language"
    return Measure(int(not good), "missing", float(good), says)


def landmarks(page: Page) -> Measure:
    """Regions to jump to: main content, navigation, header, footer (1.3.1, 2.4.1)."""
    tags = {node.tag for node in page.shown}
    roles = {node.get("role") for node in page.shown}
    found = [name for name, role in _ROLES.items() if name in tags or role in roles]
    quality = min(1.0, 0.55 * ("main" in found) + 0.15 * len(found))
    missing = [name for name in _ROLES if name not in found]
    says = f"no {', '.join(missing)} landmark" if missing else "all landmarks there"
    return Measure(len(found), "of 4 landmarks", quality, says)


def focus_order(page: Page) -> Measure:
    """Elements out of the order of the page, or that only a mouse can press (2.1.1, 2.4.3)."""
    ahead = sum(1 for node in page.shown if _positive(node.get("tabindex")))
    unreachable = sum(1 for node in page.shown if _mouse_only(node))
    faults = ahead + unreachable
    clauses = [f"{count(unreachable, 'element')} only a mouse can press"] * bool(unreachable)
    clauses += [f"{ahead} with a tabindex of their own"] * bool(ahead)
    says = " and ".join(clauses) or "focus follows the page"
    return Measure(faults, "faults in focus order", max(0.0, 1 - 0.3 * faults), says)


def focus_visible(page: Page) -> Measure:
    """Styles that take away the mark of where the keyboard is, and give none instead (2.4.7)."""
    hidden = page.styles.sheet.hides_focus
    says = "keyboard focus made invisible" if hidden else "keyboard focus left visible"
    return Measure(int(hidden), "rules that hide it", 0.0 if hidden else 1.0, says)


def skip_link(page: Page) -> Measure:
    """A way past what is repeated, for those who would have to walk through it (2.4.1)."""
    reachable = [node for node in page.document.nodes if is_focusable(node)][:3]
    targets = (node.get("href")[1:] for node in reachable if node.get("href").startswith("#"))
    good = any(target in page.by_id for target in targets if target)
    before = _before_main(page)
    if not good and before is not None and before <= 4:
        return absent("missing", "little to skip before the content")
    says = "a link to skip to the content" if good else "no link to skip to the content"
    return Measure(int(not good), "missing", 1.0 if good else 0.4, says)


def zoom(page: Page) -> Measure:
    """A page that can be enlarged, and that fits a small window (1.4.4, 1.4.10)."""
    metas = page.document.named("meta")
    content = next((n.get("content") for n in metas if n.get("name").lower() == "viewport"), "")
    if not content:
        return Measure(1, "faults", 0.3, "no viewport setting for small screens")
    match = _ZOOM.search(content)
    scale = float(match[1].strip(".") or 0) if match and match[1] and match[1].count(".") < 2 else 0
    if match and (match[2] or scale < _MAY_SCALE):
        return Measure(1, "faults", 0.2, "enlarging is switched off")
    return Measure(0, "faults", 1.0, "set up for small screens and enlarging")


def title_and_description(page: Page) -> Measure:
    """A title that says what the page is, and a description for search results (2.4.2)."""
    title = page.document.first("title")
    text = title.text() if title is not None else ""
    metas = page.document.named("meta")
    described = any(n.get("name").lower() == "description" and n.get("content") for n in metas)
    quality = 0.7 * (len(text) >= 4) + 0.3 * described
    missing = ["title"] * (len(text) < 4) + ["description"] * (not described)
    says = f"no {' and no '.join(missing)}" if missing else f"titled {quoted(text)}"
    return Measure(len(missing), "missing", quality, says)


def moving_content(page: Page) -> Measure:
    """What starts to move or sound by itself (1.4.2, 2.2.2)."""
    bad = [
        node
        for node in page.shown
        if node.tag in ("marquee", "blink")
        or (node.tag in ("video", "audio") and node.has("autoplay") and not node.has("muted"))
    ]
    says = f"{count(len(bad), 'element')} moving or sounding unasked" if bad else "nothing moves"
    return Measure(len(bad), "elements", max(0.0, 1 - 0.5 * len(bad)), says)


def _positive(tabindex: str) -> bool:
    return tabindex.isdecimal() and tabindex.strip("0") != ""


def _mouse_only(node: Node) -> bool:
    pressed = node.has("onclick") or node.get("role") in ("button", "link")
    return pressed and not is_focusable(node) and node.tag not in ("label", "body", "html", "form")


def _before_main(page: Page) -> int | None:
    """How many elements the keyboard passes before the main content; None without a `main`."""
    passed = 0
    for node in page.shown:
        if node.tag == "main" or node.get("role") == "main":
            return passed
        passed += is_focusable(node)
    return None

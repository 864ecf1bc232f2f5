"""Measures of looks, as far as styles tell: contrast, sizes, targets, colours, typefaces.

Contrast and target sizes are those of WCAG 2.2: 1.4.3, 2.5.5 and 2.5.8. Sizes of targets are worked
out from styles, not from a drawn page.
"""

from autousers.engine.audit.colors import contrast, over
from autousers.engine.audit.dom import Node
from autousers.engine.audit.measure import Measure, absent, count, falling, intact, quoted
from autousers.engine.audit.page import Page
from autousers.engine.audit.styles import Style

SMALL_TEXT = 12.0
"""Pixels; browsers' own default is 16."""

POINTER_TARGET = 24.0
"""Pixels: 2.5.8, target size (minimum)."""

TOUCH_TARGET = 44.0
"""Pixels: 2.5.5, target size (enhanced); asked for where the window is that of a phone."""

PHONE_WIDTH = 500

_NORMAL_LINE = 1.2
_CHARACTER = 0.5  # of the font size: how wide a letter is, about
_OLD_TAGS = frozenset({"font", "center", "marquee", "blink", "big", "strike", "frame", "frameset"})
_FILLED_IN = ("button", "input", "select", "textarea")


def text_contrast(page: Page) -> Measure:
    """Text that stands out from its background: 4.5:1, or 3:1 where it is large (1.4.3)."""
    letters = failing = 0
    worst: tuple[float, str] = (22.0, "")
    for node, text in page.texts:
        ratio = _ratio(page.style(node))
        if ratio is None:
            continue
        letters += len(text)
        if ratio < (3.0 if _is_large(page.style(node)) else 4.5):
            failing += len(text)
            worst = min(worst, (round(ratio, 1), text))
    if not letters:
        return absent("lowest contrast", "no contrast could be worked out")
    if not failing:
        return Measure(0, "share of text", 1.0, "contrast of all text sufficient")
    share = failing / letters
    quality = max(0.0, 0.75 - 1.5 * share - falling(worst[0], best=1.5, worst=4.5) * 0.35)
    says = f"contrast {worst[0]:.1f}:1 on {quoted(worst[1])}"
    return Measure(round(share, 4), "share of text", quality, says)


def text_size(page: Page) -> Measure:
    """Text large enough to read."""
    sizes = [(page.style(node).size, len(text)) for node, text in page.texts]
    if not sizes:
        return absent("px", "no text")
    smallest = round(min(size for size, _ in sizes), 1)
    letters = sum(length for _, length in sizes)
    small = sum(length for size, length in sizes if size < SMALL_TEXT) / letters
    modest = sum(length for size, length in sizes if size < 14) / letters
    quality = max(0.0, 1 - 0.3 * (small > 0) - 1.2 * small - 0.3 * modest)
    return Measure(smallest, "px", quality, f"smallest text {smallest:g} px")


def target_size(page: Page) -> Measure:
    """What is pressed is large enough to hit; links within a sentence are excepted."""
    needed = TOUCH_TARGET if page.viewport.width <= PHONE_WIDTH else POINTER_TARGET
    pressed = [*page.controls, *(node for node, _ in page.links if not _in_sentence(node))]
    targets = [node for node in pressed if page.style(node).measured]
    if not targets:
        return absent("targets too small", "nothing to press")
    sizes = [_smaller_side(page, node) for node in targets]
    bad = sum(1 for size in sizes if size < needed)
    some = (
        f"{bad} of {count(len(targets), 'target')} smaller than {needed:g} px"
        f" (smallest {min(sizes):.0f} px)"
    )
    says = some if bad else f"all {count(len(targets), 'target')} at least {needed:g} px"
    return Measure(bad, "targets too small", intact(bad, len(targets), harshness=1.0), says)


def fits_window(page: Page) -> Measure:
    """Nothing is set wider than the window, so that nobody scrolls sideways (1.4.10)."""
    limit = page.viewport.width
    wide = [node for node in page.shown if _wide(page, node) > limit]
    says = f"{count(len(wide), 'element')} wider than {limit} px" if wide else "fits the window"
    return Measure(len(wide), "elements too wide", max(0.0, 1 - 0.35 * len(wide)), says)


def colour_count(page: Page) -> Measure:
    """Distinct text and background colours: many mean no system."""
    styles = [page.style(node) for node, _ in page.texts]
    colours = {color for one in styles for color in (one.color, one.background) if color}
    if not colours:
        return absent("colours", "no text")
    number = len(colours)
    return Measure(number, "colours", falling(number, best=9, worst=24), f"{number} colours")


def typeface_count(page: Page) -> Measure:
    """Distinct typefaces: three are plenty."""
    families = {page.style(node).family for node, _ in page.texts}
    if not families:
        return absent("typefaces", "no text")
    number = len(families)
    says = count(number, "typeface")
    return Measure(number, "typefaces", falling(number, best=3, worst=7), says)


def size_steps(page: Page) -> Measure:
    """Distinct sizes of text: a scale has a few steps."""
    steps = {round(page.style(node).size) for node, _ in page.texts}
    if not steps:
        return absent("sizes", "no text")
    number = len(steps)
    return Measure(number, "sizes", falling(number, best=7, worst=16), f"{number} sizes of text")


def consistent_markup(page: Page) -> Measure:
    """Looks set in one place: no presentational elements, few styles on single elements."""
    old = sum(1 for node in page.shown if node.tag in _OLD_TAGS)
    single = sum(1 for node in page.shown if node.has("style"))
    share = single / max(len(page.shown), 1)
    quality = max(0.0, 1 - 0.2 * old - falling(share, best=0.5, worst=0.05) * 0.6)
    clauses = [f"{count(old, 'outdated element')}"] * bool(old)
    clauses += [f"{count(single, 'element')} styled one by one"] * (share > 0.05)
    says = " and ".join(clauses) or "looks set in style sheets"
    return Measure(old + single, "elements", quality, says)


def line_spacing(page: Page) -> Measure:
    """Room between the lines of running text (1.4.12 asks that 1.5 be possible)."""
    heights = [
        (page.style(node).line_height or _NORMAL_LINE, len(text))
        for node, text in page.texts
        if len(text) > 80
    ]
    if not heights:
        return absent("times the font size", "no running text")
    mean = sum(height * length for height, length in heights) / sum(n for _, n in heights)
    quality = 0.4 + 0.6 * (1 - falling(mean, best=1.05, worst=1.45))
    says = f"line spacing {mean:.2g}"
    return Measure(round(mean, 2), "times the font size", quality, says)


def _ratio(style: Style) -> float | None:
    if style.background is None or style.color is None:
        return None
    return contrast(over(style.color, style.background), style.background)


def _is_large(style: Style) -> bool:
    """18 points, or 14 and bold."""
    return style.size >= 24 or (style.bold and style.size >= 18.66)


def _in_sentence(node: Node) -> bool:
    """Whether a link has words beside it, and so the size of its line."""
    parent = node.parent
    return parent is not None and len(parent.own_text()) > 1


def _smaller_side(page: Page, node: Node) -> float:
    """The smaller side of a target, worked out from its styles and its text."""
    style = page.style(node)
    line = style.size * (style.line_height or _NORMAL_LINE)
    height = max(style.height, line + style.padding_y, _inner_height(page, node))
    own = 4 if node.tag in _FILLED_IN and not style.padding_y else 0  # what browsers add
    if not (letters := len(page.name_of(node))):
        return height + own
    width = max(style.width, letters * style.size * _CHARACTER + style.padding_x)
    return min(height, max(width, line)) + own


def _inner_height(page: Page, node: Node) -> float:
    inner = (child for child in node.children if isinstance(child, Node))
    return max(
        (
            max(page.style(child).height, _number(child.get("height")))
            for child in inner
            if page.style(child).shown
        ),
        default=0.0,
    )


def _wide(page: Page, node: Node) -> float:
    declared = page.style(node).width
    return max(declared, _number(node.get("width"))) if node.tag != "canvas" else declared


def _number(text: str) -> float:
    digits = text.removesuffix("px")
    return float(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 6 else 0.0

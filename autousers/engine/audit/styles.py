"""How each element looks, by its styles: colours, sizes of text, sizes of targets."""

import re
from dataclasses import dataclass, replace
from typing import Any

from autousers.engine.audit.cascade import Cascade
from autousers.engine.audit.colors import BLACK, RGBA, WHITE, over, parse_color
from autousers.engine.audit.css import Sheet
from autousers.engine.audit.dom import Document, Node

_MAX_SIZE = 1_000.0
_LENGTH = re.compile(r"(-?(?:\d+\.?\d*|\.\d+))(px|pt|em|rem|%|vw|vh|ex|ch)?", re.ASCII)
_FONT = re.compile(r"((?:\d[\d.]*|\.\d+)(?:px|pt|em|rem|%))(?:\s*/\s*([\d.]+[a-z%]*))?\s+(.+)")
_KEYWORD_SIZES = {
    "xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0,
    "x-large": 24.0, "xx-large": 32.0, "xxx-large": 48.0,
}  # fmt: skip

# What browsers do before any style sheet, as far as it matters here.
_DEFAULT_SCALE = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h5": 0.83, "h6": 0.67, "small": 0.83}
_BOLD = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "b", "strong", "th"})
_CONTROLS = frozenset({"input", "button", "select", "textarea"})
_CONTROL_SIZE = 40 / 3
_LINK_COLOR: RGBA = (0.0, 0.0, 0.933, 1.0)
_BUTTON_COLOR: RGBA = (0.937, 0.937, 0.937, 1.0)
_NOT_SHOWN = frozenset({"head", "script", "style", "template", "noscript", "title", "datalist"})


@dataclass(frozen=True, slots=True)
class Style:
    """What an element looks like. `background` is None where a picture is behind it."""

    color: RGBA = BLACK
    background: RGBA | None = WHITE
    size: float = 16.0
    bold: bool = False
    family: str = ""
    line_height: float | None = None
    shown: bool = True
    width: float = 0.0
    height: float = 0.0
    padding_x: float = 0.0
    padding_y: float = 0.0


class Styles:
    """The styles of all elements of a document, in its order."""

    def __init__(self, document: Document, sheet: Sheet, *, width: int, height: int) -> None:
        self.sheet = sheet
        self._width, self._height = width, height
        self._cascade = Cascade(document, sheet)
        self._styles: list[Style] = []
        self._known: dict[Any, Style] = {}
        root = Style()
        for node in document.nodes:
            parent = root if node.parent is None else self._styles[node.parent.index]
            self._styles.append(self._style(node, parent))

    def of(self, node: Node) -> Style:
        """How this element looks."""
        return self._styles[node.index]

    @property
    def complete(self) -> bool:
        """Whether all rules could be looked at."""
        return self._cascade.complete

    def _style(self, node: Node, parent: Style) -> Style:
        """Work a style out, or take that of an element that has it all in common."""
        declared = self._cascade.declared(node)
        kind = (node.tag, node.get("type"), node.has("href"), node.has("hidden"))
        # The parents' styles live as long as this does, so an address is an identity.
        key = (id(parent), *kind, *declared.items())
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._work_out(node, declared, parent)
        return known

    def _work_out(self, node: Node, declared: dict[str, str], parent: Style) -> Style:
        declared = _without_shorthand(declared)
        style = _defaults(node, parent)
        size = self._font_size(node, declared, style, parent)
        style = replace(
            style,
            size=size,
            bold=_bold(declared, style.bold),
            family=_family(declared, style.family),
            line_height=self._line_height(declared, size, parent),
            shown=parent.shown and _shown(node, declared),
        )
        return self._boxed(declared, _coloured(declared, style))

    def _font_size(
        self, node: Node, declared: dict[str, str], style: Style, parent: Style
    ) -> float:
        text = declared.get("font-size", "")
        if text in _KEYWORD_SIZES:
            return _KEYWORD_SIZES[text]
        if text in ("smaller", "larger"):
            return parent.size * (0.83 if text == "smaller" else 1.2)
        length = self._length(text, em=parent.size, whole=parent.size)
        return style.size if length is None or length <= 0 else length

    def _line_height(self, declared: dict[str, str], size: float, parent: Style) -> float | None:
        text = declared.get("line-height", "")
        if text in ("", "normal", "inherit"):
            return parent.line_height
        match = _LENGTH.fullmatch(text)
        if match and not match[2]:
            return min(float(match[1]), 10.0)
        length = self._length(text, em=size, whole=size)
        return None if length is None or size <= 0 else length / size

    def _boxed(self, declared: dict[str, str], style: Style) -> Style:
        def length(name: str) -> float:
            text = declared.get(name, "")
            return max(self._length(text, em=style.size, whole=None) or 0.0, 0.0)

        sides = self._padding(declared, style.size)
        return replace(
            style,
            width=max(length("width"), length("min-width")),
            height=max(length("height"), length("min-height")),
            padding_x=sides[1] + sides[3],
            padding_y=sides[0] + sides[2],
        )

    def _padding(self, declared: dict[str, str], size: float) -> list[float]:
        words = declared.get("padding", "").split()[:4]
        values = [self._length(word, em=size, whole=None) or 0.0 for word in words] or [0.0]
        top = values[0]
        right = values[1] if len(values) > 1 else top
        sides = [
            top,
            right,
            values[2] if len(values) > 2 else top,
            values[3] if len(values) > 3 else right,
        ]
        for position, name in enumerate(("top", "right", "bottom", "left")):
            if (one := declared.get(f"padding-{name}")) is not None:
                sides[position] = self._length(one, em=size, whole=None) or 0.0
        return [max(side, 0.0) for side in sides]

    def _length(self, text: str, *, em: float, whole: float | None) -> float | None:
        """Read a length in pixels; None for what is not one, or cannot be known."""
        match = _LENGTH.fullmatch(text.strip().lower())
        if match is None:
            return None
        number, unit = float(match[1][:12]), match[2] or "px"
        factors = {
            "px": 1.0, "pt": 4 / 3, "em": em, "rem": 16.0, "vw": self._width / 100,
            "vh": self._height / 100, "ex": em / 2, "ch": em / 2,
        }  # fmt: skip
        if unit == "%":
            return None if whole is None else min(number * whole / 100, _MAX_SIZE)
        return min(number * factors[unit], _MAX_SIZE * 10)


def _defaults(node: Node, parent: Style) -> Style:
    """What the element has from its parent, and from browsers."""
    style = Style(
        color=parent.color,
        background=parent.background,
        size=min(parent.size * _DEFAULT_SCALE.get(node.tag, 1.0), _MAX_SIZE),
        bold=parent.bold or node.tag in _BOLD,
        family=parent.family,
    )
    if node.tag in _CONTROLS:
        is_button = node.tag == "button" or node.get("type") in ("submit", "button", "reset")
        back = _BUTTON_COLOR if is_button else WHITE
        style = replace(style, color=BLACK, background=back, size=_CONTROL_SIZE, family="")
    if node.tag == "a" and node.has("href"):
        style = replace(style, color=_LINK_COLOR)
    return style


def _without_shorthand(declared: dict[str, str]) -> dict[str, str]:
    """Take `font` apart: what stands beside it counts if it was set later."""
    if "font" not in declared:
        return declared
    names = list(declared)
    later = names[names.index("font") + 1 :]
    match = _FONT.search(declared["font"])
    if match is None:
        return declared
    parts: dict[str, str | None] = {
        "font-size": match[1], "line-height": match[2], "font-family": match[3],
        "font-weight": "bold" if " bold " in f" {declared['font']} " else "normal",
    }  # fmt: skip
    known = {name: text for name, text in parts.items() if text and name not in later}
    return {**declared, **known}


def _bold(declared: dict[str, str], inherited: bool) -> bool:
    weight = declared.get("font-weight", "")
    if weight in ("bold", "bolder") or (weight.isdecimal() and len(weight) < 5):
        return not weight.isdecimal() or int(weight) >= 600
    return False if weight in ("normal", "lighter") else inherited


def _family(declared: dict[str, str], inherited: str) -> str:
    families = declared.get("font-family", "")
    if not families or families == "inherit":
        return inherited
    return families.partition(",")[0].strip("\"' ").lower()


def _shown(node: Node, declared: dict[str, str]) -> bool:
    return not (
        node.tag in _NOT_SHOWN
        or node.has("hidden")
        or (node.tag == "input" and node.get("type").lower() == "hidden")
        or declared.get("display", "").lower() == "none"
        or declared.get("visibility", "").lower() in ("hidden", "collapse")
    )


def _coloured(declared: dict[str, str], style: Style) -> Style:
    text = declared.get("color", "")
    color = parse_color(text) or style.color
    back = style.background
    for name in (name for name in declared if name.startswith("background")):
        value = declared[name]
        if "url(" in value or "gradient(" in value:
            back = None
        elif (paint := _paint(value)) is not None and (back is not None or paint[3] == 1):
            back = over(paint, back or WHITE)
    return replace(style, color=color, background=back)


def _paint(value: str) -> RGBA | None:
    whole = parse_color(value)
    if whole is not None or " " not in value:
        return whole
    return next((found for word in value.split() if (found := parse_color(word))), None)

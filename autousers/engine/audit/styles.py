"""How each element looks, by its styles: colours, sizes of text, sizes of targets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from autousers.engine.audit.cascade import Cascade
from autousers.engine.audit.colors import BLACK, RGBA, WHITE, over, parse_color
from autousers.engine.audit.css import Sheet
from autousers.engine.audit.dom import Document, Node

_MAX_SIZE = 1_000.0
_LENGTH = re.compile(r"(-?(?:\d+(?:\.\d*)?|\.\d+))(px|pt|em|rem|%|vw|vh|ex|ch)?", re.ASCII)
_PRODUCT = re.compile(r"calc\(\s*([\d.]+[a-z%]+)\s*\*\s*(\d{1,4}(?:\.\d{1,4})?)\s*\)", re.ASCII)
_WORD = re.compile(r"(?:[^\s()]|\([^()]*\))+")
_NESTED = re.compile(r"\([^()]*\(")
_PADDINGS: Mapping[str, tuple[int, ...]] = {
    "padding-block": (0, 2), "padding-inline": (3, 1),
    "padding-top": (0,), "padding-right": (1,), "padding-bottom": (2,), "padding-left": (3,),
}  # fmt: skip
_FONT = re.compile(
    r"(?<![\d.])((?:\d[\d.]*|\.\d+)(?:px|pt|em|rem|%))(?:\s*/\s*([\d.]+[a-z%]*))?\s+(.+)"
)
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
_CLEAR: RGBA = (0.0, 0.0, 0.0, 0.0)
_INHERITED = frozenset({"inherit", "unset"})
_AS_AROUND = frozenset({"", "inherit", "unset", "revert", "currentcolor", "none", "transparent"})
_NOT_SHOWN = frozenset({"head", "script", "style", "template", "noscript", "title", "datalist"})


@dataclass(frozen=True, slots=True)
class Style:
    """What an element looks like. A colour is None where it is unknown, as in front of pictures."""

    color: RGBA | None = BLACK
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
    measured: bool = True
    """Whether all that makes the box larger was understood."""


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
            family=_family(declared, style, parent),
            line_height=self._line_height(declared, size, parent),
            shown=parent.shown and _shown(node, declared),
        )
        return self._boxed(declared, _coloured(declared, style, parent))

    def _font_size(
        self, node: Node, declared: dict[str, str], style: Style, parent: Style
    ) -> float:
        text = declared.get("font-size", "")
        if text in _INHERITED:
            return parent.size
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
        found = {
            name: self._extents(declared.get(name, ""), style.size)
            for name in ("width", "min-width", "height", "min-height")
        }
        sides = self._padding(declared, style.size)
        known = None not in sides and all(None not in extents for extents in found.values())
        width, min_width, height, min_height = (
            next(iter(extents), 0.0) or 0.0 for extents in found.values()
        )
        top, right, bottom, left = (side or 0.0 for side in sides)
        return replace(
            style,
            width=max(width, min_width),
            height=max(height, min_height),
            padding_x=left + right,
            padding_y=top + bottom,
            measured=known,
        )

    def _padding(self, declared: dict[str, str], size: float) -> list[float | None]:
        """Top, right, bottom and left."""
        sides = _four(self._extents(declared.get("padding", ""), size))
        for name, positions in _PADDINGS.items():
            if name in declared:
                values = self._extents(declared[name], size) or [0.0]
                for position, value in zip(positions, (values[0], values[-1]), strict=False):
                    sides[position] = value
        return sides

    def _extents(self, text: str, em: float) -> list[float | None]:
        """The lengths in a value: 0 for what is none, None for what is not understood."""
        if _NESTED.search(text):
            return [None]
        words = _WORD.findall(text)[:4]
        lengths = ((word, self._length(word, em=em, whole=None)) for word in words)
        return [
            max(length, 0.0) if length is not None else (None if "(" in word else 0.0)
            for word, length in lengths
        ]

    def _length(self, text: str, *, em: float, whole: float | None) -> float | None:
        """Read a length in pixels; None for what is not one, or cannot be known."""
        text = text.strip().lower()
        if (product := _PRODUCT.fullmatch(text)) is not None:
            length = self._length(product[1], em=em, whole=whole)
            return None if length is None else min(length * float(product[2]), _MAX_SIZE * 10)
        match = _LENGTH.fullmatch(text)
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


def _four(values: list[float | None]) -> list[float | None]:
    """What one to four values mean for the four sides."""
    match values:
        case [top, right, bottom, left, *_]:
            return [top, right, bottom, left]
        case [top, right, bottom]:
            return [top, right, bottom, right]
        case [top, right]:
            return [top, right, top, right]
        case [all_round]:
            return [all_round] * 4
        case _:
            return [0.0] * 4


def _without_shorthand(declared: dict[str, str]) -> dict[str, str]:
    """Take `font` apart: what stands beside it counts if it was set later."""
    if "font" not in declared:
        return declared
    names = list(declared)
    later = names[names.index("font") + 1 :]
    if declared["font"] in _INHERITED:
        return {"font-size": "inherit", "font-family": "inherit", **declared}
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


def _family(declared: dict[str, str], style: Style, parent: Style) -> str:
    families = declared.get("font-family", "")
    if families in _INHERITED:
        return parent.family
    return families.partition(",")[0].strip("\"' ").lower() if families else style.family


def _shown(node: Node, declared: dict[str, str]) -> bool:
    return not (
        node.tag in _NOT_SHOWN
        or node.has("hidden")
        or (node.tag == "input" and node.get("type").lower() == "hidden")
        or declared.get("display", "").lower() == "none"
        or declared.get("visibility", "").lower() in ("hidden", "collapse")
    )


def _coloured(declared: dict[str, str], style: Style, parent: Style) -> Style:
    back = style.background
    for name in (name for name in declared if name.startswith("background")):
        paint = _paint(declared[name])
        if paint is None or (back is None and paint[3] < 1):
            back = None
        else:
            back = over(paint, back or WHITE)
    return replace(style, color=_text_color(declared, style, parent), background=back)


def _text_color(declared: dict[str, str], style: Style, parent: Style) -> RGBA | None:
    """The colour of text; None for one that cannot be worked out."""
    text = declared.get("color", "").lower()
    if text in _INHERITED:
        return parent.color
    return style.color if text in _AS_AROUND else parse_color(text)


def _paint(value: str) -> RGBA | None:
    """The colour of a background, see-through where it sets none; None where it is unknown."""
    whole = parse_color(value)
    if whole is not None or value.lower() in _AS_AROUND:
        return whole or _CLEAR
    found = next((color for word in value.split() if (color := parse_color(word))), None)
    # Pictures, gradients, and functions that are not understood.
    return None if (found is None and "(" in value) or "url(" in value else found or _CLEAR

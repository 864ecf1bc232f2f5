"""How each element looks, by its styles: colours, sizes of text, sizes of targets."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from zlib import crc32

from autousers.engine.audit import css
from autousers.engine.audit.colors import BLACK, RGBA, WHITE, over, parse_color
from autousers.engine.audit.css import Compound, Declarations, Rule, Selector, Sheet
from autousers.engine.audit.dom import Document, Node

MATCH_BUDGET = 1_500_000
"""Comparisons of an element with a part of a selector; a page that needs more is half styled."""

_MAX_SIZE = 1_000.0
_MAX_CLASSES = 32  # of one element
_FILTER_BITS = 512
_LENGTH = re.compile(r"(-?(?:\d+\.?\d*|\.\d+))(px|pt|em|rem|%|vw|vh|ex|ch)?", re.ASCII)
_FONT = re.compile(r"((?:\d[\d.]*|\.\d+)(?:px|pt|em|rem|%))(?:\s*/\s*([\d.]+[a-z%]*))?\s+(.+)")
_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)\s*(?:,([^()]*))?\)")
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
        self._budget = MATCH_BUDGET
        self._index(sheet.rules)
        self._classes = [node.get("class").split()[:_MAX_CLASSES] for node in document.nodes]
        own = [self._mask_of(node) for node in document.nodes]
        self._around: list[int] = []
        for node in document.nodes:
            outer = node.parent
            self._around.append(
                0 if outer is None else self._around[outer.index] | own[outer.index]
            )
        self._styles: list[Style] = []
        for node in document.nodes:
            parent = Style() if node.parent is None else self._styles[node.parent.index]
            self._styles.append(self._style(node, parent))

    def of(self, node: Node) -> Style:
        """How this element looks."""
        return self._styles[node.index]

    @property
    def complete(self) -> bool:
        """Whether all rules could be looked at."""
        return self._budget > 0

    def _index(self, rules: list[Rule]) -> None:
        """Sort the rules by what the innermost compound asks for first."""
        self._by_id: dict[str, list[tuple[int, Rule]]] = defaultdict(list)
        self._by_class: dict[str, list[tuple[int, Rule]]] = defaultdict(list)
        self._by_tag: dict[str, list[tuple[int, Rule]]] = defaultdict(list)
        for rule in rules:
            inner = rule.selector.compounds[0]
            entry = (_outer_mask(rule.selector), rule)
            if inner.id:
                self._by_id[inner.id].append(entry)
            elif inner.classes:
                self._by_class[inner.classes[0]].append(entry)
            else:
                self._by_tag[inner.tag].append(entry)

    def _mask_of(self, node: Node) -> int:
        classes = self._classes[node.index]
        return _mask(node.tag, f"#{node.get('id')}", *(f".{name}" for name in classes))

    def _candidates(self, node: Node) -> Iterator[Rule]:
        """Rules whose innermost compound may fit, and whose others may be around."""
        missing = ~self._around[node.index]
        groups = [self._by_id.get(node.get("id"), ()), self._by_tag.get(node.tag, ())]
        groups += [
            self._by_class.get(name, ()) for name in dict.fromkeys(self._classes[node.index])
        ]
        for group in (*groups, self._by_tag.get("", ())):
            self._budget -= len(group) // 8
            if self._budget <= 0:
                return
            for mask, rule in group:
                if not mask & missing:
                    yield rule

    def _declared(self, node: Node) -> dict[str, str]:
        """The cascade: importance, then specificity, then order; inline styles before all."""
        matching = [rule for rule in self._candidates(node) if self._matches(rule.selector, node)]
        matching.sort(key=lambda rule: (rule.selector.specificity, rule.order))
        layers: list[Declarations] = [rule.declarations for rule in matching]
        if node.has("style"):
            layers.append(css.inline(node.get("style")))
        normal: dict[str, str] = {}
        important: dict[str, str] = {}
        for layer in layers:
            for name, (value, urgent) in layer.items():
                # Removed first: a shorthand and its parts count in the order they were set.
                (important if urgent else normal).pop(name, None)
                (important if urgent else normal)[name] = value
        return {
            name: self._resolve(value)
            for name, value in {**normal, **important}.items()
            if name in css.PROPERTIES
        }

    def _resolve(self, value: str) -> str:
        for _ in range(4):
            if "var(" not in value or len(value) > 1000:
                break
            value = _VARIABLE.sub(
                lambda match: self.sheet.variables.get(match[1], match[2] or "").strip(), value
            )
        return value

    def _matches(self, selector: Selector, node: Node) -> bool:
        if not self._fits(selector.compounds[0], node):
            return False
        return self._fits_outside(selector, 1, node)

    def _fits_outside(self, selector: Selector, part: int, node: Node) -> bool:
        if part == len(selector.compounds):
            return True
        for outer in node.ancestors():
            if self._budget <= 0:
                return False
            if self._fits(selector.compounds[part], outer) and self._fits_outside(
                selector, part + 1, outer
            ):
                return True
            if selector.direct[part - 1]:
                return False
        return False

    def _fits(self, compound: Compound, node: Node) -> bool:
        self._budget -= 1
        if self._budget <= 0:
            return False
        if compound.tag and compound.tag != node.tag:
            return False
        if compound.id and compound.id != node.get("id"):
            return False
        if compound.classes:
            classes = self._classes[node.index]
            if not all(name in classes for name in compound.classes):
                return False
        return all(_has(node, *wanted) for wanted in compound.attributes)

    def _style(self, node: Node, parent: Style) -> Style:
        declared = _without_shorthand(self._declared(node))
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


def _mask(*keys: str) -> int:
    """A Bloom filter: what is in it may be among the keys, what is not is not."""
    mask = 0
    for key in keys:
        mask |= _bit(key)
    return mask


@lru_cache(maxsize=8192)
def _bit(key: str) -> int:
    return 1 << crc32(key.encode("utf-8", "replace")) % _FILTER_BITS


def _outer_mask(selector: Selector) -> int:
    """What must be around an element that the selector could match."""
    keys: list[str] = []
    for compound in selector.compounds[1:]:
        keys += [compound.tag] * bool(compound.tag)
        keys += [f"#{compound.id}"] * bool(compound.id)
        keys += [f".{name}" for name in compound.classes]
    return _mask(*keys)


def _has(node: Node, name: str, operator: str, value: str) -> bool:
    if not node.has(name):
        return False
    actual = node.get(name)
    match operator:
        case "":
            return True
        case "=":
            return actual == value
        case "~=":
            return value in actual.split()
        case "|=":
            return actual == value or actual.startswith(f"{value}-")
        case "^=":
            return bool(value) and actual.startswith(value)
        case "$=":
            return bool(value) and actual.endswith(value)
        case _:
            return bool(value) and value in actual


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

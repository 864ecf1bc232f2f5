"""Style sheets: the rules that say how text, targets and focus look, as far as they are needed.

Understood are type, class, id, attribute and child or descendant selectors, width media queries,
and custom properties of the root. A rule with anything else is left out: what is not certain is
not measured.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any

import tinycss2

from autousers.engine.protocol import EngineError

MAX_RULES = 4_000
MAX_SELECTOR_LENGTH = 300

MAX_DEPTH = 64
"""Blocks and brackets within one another. tinycss2 reads and writes them by recursion."""

PROPERTIES = frozenset({
    "color", "background", "background-color", "background-image", "font", "font-size",
    "font-family", "font-weight", "display", "visibility", "width", "min-width", "height",
    "min-height", "padding", "padding-top", "padding-bottom", "padding-left", "padding-right",
    "padding-block", "padding-inline", "line-height", "outline", "outline-style",
    "outline-width", "box-shadow", "border", "border-color", "text-decoration", "animation",
})  # fmt: skip

_ROOTS = frozenset({":root", "html", "body", "*"})
_OUTLINE = ("outline", "outline-style", "outline-width")

Declarations = Mapping[str, tuple[str, bool]]
"""Property to value, and whether it is important."""

_COMPOUND = re.compile(
    r"(?P<tag>[a-z][\w-]*|\*)|\.(?P<cls>(?:[\w-]|\\[^\w\s])+)|\#(?P<id>[\w-]+)"
    r"|\[\s*(?P<attr>[\w-]+)\s*+"
    r"(?:(?P<op>[~|^$*]?=)\s*+[\"']?+(?P<value>[^\"'\]]*+)[\"']?+\s*+[is]?)?\]"
    r"|:(?P<pseudo>root|link|any-link|enabled)(?![\w-])",
    re.IGNORECASE,
)
_COMBINATOR = re.compile(r"\s*(>)\s*|\s+")
_WIDTH = re.compile(
    r"\(\s*(?:(min|max)-width\s*:|width\s*([<>])=?)\s*(\d{1,6}(?:\.\d{1,6})?)(px|em|rem)\s*\)"
)
_FOCUS = re.compile(r":focus(-visible)?\b")
_URL = re.compile(r"""url\(\s*["']?([^"')]+)""")


@dataclass(frozen=True, slots=True)
class Compound:
    """What one element must be like."""

    tag: str = ""
    id: str = ""
    classes: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Selector:
    """Compounds from the inside out; `direct[i]`: the next one must be the parent itself."""

    compounds: tuple[Compound, ...]
    direct: tuple[bool, ...]
    specificity: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Rule:
    """A selector and what it sets."""

    selector: Selector
    declarations: Declarations
    order: int


@dataclass
class Sheet:
    """All rules of a page, in order, and what is known of them."""

    rules: list[Rule] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    imports: list[str] = field(default_factory=list)
    hides_focus: bool = False

    def add(self, text: str, *, width: int) -> None:
        """Read a style sheet as a window of that width would.

        Raises:
            EngineError: when it is nested too deeply.
        """
        parsed = tinycss2.parse_stylesheet(_tokens(text), skip_comments=True, skip_whitespace=True)
        self._add_rules(parsed, width, depth=0)

    def _add_rules(self, parsed: list[Any], width: int, depth: int) -> None:
        for rule in parsed:
            if len(self.rules) >= MAX_RULES:
                return
            if rule.type == "qualified-rule":
                self._add_rule(rule)
            elif rule.type == "at-rule":
                self._add_at_rule(rule, width, depth)

    def _add_at_rule(self, rule: Any, width: int, depth: int) -> None:
        prelude = tinycss2.serialize(rule.prelude).strip()
        keyword = rule.lower_at_keyword
        if keyword == "import":
            if (url := _import(prelude)) and len(self.imports) < 5:
                self.imports.append(url)
        elif rule.content is None or depth >= 4:
            return
        elif keyword in ("layer", "supports") or (keyword == "media" and applies(prelude, width)):
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            self._add_rules(inner, width, depth + 1)

    def _add_rule(self, rule: Any) -> None:
        prelude = tinycss2.serialize(rule.prelude)
        declarations = _declarations(rule.content)
        if _ROOTS & {part.strip() for part in prelude.split(",")}:
            self.variables |= {k: v for k, (v, _) in declarations.items() if k.startswith("--")}
        if _FOCUS.search(prelude) and _hides_outline(declarations):
            self.hides_focus = True
        wanted = {name: value for name, value in declarations.items() if name in PROPERTIES}
        if not wanted:
            return
        selectors = map(parse_selector, _short_parts(prelude))
        for selector in islice(filter(None, selectors), MAX_RULES - len(self.rules)):
            self.rules.append(Rule(selector, wanted, len(self.rules)))


def _tokens(text: str) -> list[Any]:
    """The tokens of a style sheet; the tokenizer works without recursion, what follows does not."""
    tokens: list[Any] = tinycss2.parse_component_value_list(text, skip_comments=True)
    level = tokens
    for _ in range(MAX_DEPTH + 1):
        level = [inner for token in level for inner in _within(token)]
        if not level:
            return tokens
    raise EngineError(f"A style sheet of the page is nested deeper than {MAX_DEPTH} levels.")


def _within(token: Any) -> list[Any]:
    """The tokens within a block or the arguments of a function."""
    within: list[Any] = getattr(token, "content", None) or getattr(token, "arguments", None) or []
    return within


def _short_parts(prelude: str) -> Iterator[str]:
    """The selectors of a rule, but for absurd ones."""
    parts = (part.strip() for part in prelude.split(","))
    return (part for part in parts if len(part) <= MAX_SELECTOR_LENGTH)


def _import(prelude: str) -> str:
    match = _URL.match(prelude)
    return match[1] if match else prelude.partition(" ")[0].strip("\"'")


def applies(query: str, width: int) -> bool:
    """Say whether a media query holds on a screen of that width; unknown features do not."""
    return any(_applies(part.strip().lower(), width) for part in query.split(","))


def _applies(query: str, width: int) -> bool:
    for bound, sign, number, unit in _WIDTH.findall(query):
        limit = float(number) * (1 if unit == "px" else 16)
        if (width < limit) if bound == "min" or sign == ">" else (width > limit):
            return False
    return not set(_WIDTH.sub("", query).split()) - {"screen", "all", "only", "and"}


@lru_cache(maxsize=512)
def inline(style: str) -> Declarations:
    """Read a `style` attribute.

    Raises:
        EngineError: when it is nested too deeply.
    """
    return _declarations(_tokens(style))


def _declarations(content: Any) -> dict[str, tuple[str, bool]]:
    found: dict[str, tuple[str, bool]] = {}
    parsed = tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)
    for item in parsed:
        if item.type == "declaration" and (
            item.lower_name in PROPERTIES or item.lower_name.startswith("--")
        ):
            found[item.lower_name] = (_value(item.value), item.important)
    return found


def _value(tokens: Any) -> str:
    return tinycss2.serialize(tokens).strip()[:200]


def _hides_outline(declarations: Declarations) -> bool:
    def first(name: str) -> str:
        return declarations.get(name, ("", False))[0].partition(" ")[0].lower()

    hidden = any(first(name) in ("none", "0", "0px") for name in _OUTLINE)
    instead = any(
        name.startswith(("box-shadow", "border", "background", "text-decoration"))
        for name in declarations
    )
    return hidden and not instead


@lru_cache(maxsize=8192)
def parse_selector(text: str) -> Selector | None:
    """Read one selector; None when it has parts that are not understood."""
    compounds: list[Compound] = []
    direct: list[bool] = []
    position = 0
    while position < len(text):
        compound, position = _compound(text, position)
        if compound is None or len(compounds) >= 12:
            return None
        compounds.append(compound)
        if position < len(text):
            combinator = _COMBINATOR.match(text, position)
            if combinator is None:
                return None
            direct.append(bool(combinator[1]))
            position = combinator.end()
    if not compounds or len(direct) != len(compounds) - 1:
        return None
    return Selector(tuple(compounds[::-1]), tuple(direct[::-1]), _specificity(compounds))


def _compound(text: str, position: int) -> tuple[Compound | None, int]:
    parts: list[re.Match[str]] = []
    while match := _COMPOUND.match(text, position):
        if match["tag"] and parts:
            return None, position
        parts.append(match)
        position = match.end()
    if not parts:
        return None, position
    roots = any((part["pseudo"] or "").lower() == "root" for part in parts)
    tag = (parts[0]["tag"] or "").lower().replace("*", "")
    return Compound(
        tag="html" if roots else tag,
        id=next((part["id"] for part in parts if part["id"]), ""),
        classes=tuple(part["cls"].replace("\\", "") for part in parts if part["cls"]),
        attributes=tuple(
            (part["attr"].lower(), part["op"] or "", part["value"] or "")
            for part in parts
            if part["attr"]
        ),
    ), position


def _specificity(compounds: list[Compound]) -> tuple[int, int, int]:
    return (
        sum(bool(compound.id) for compound in compounds),
        sum(len(compound.classes) + len(compound.attributes) for compound in compounds),
        sum(bool(compound.tag) for compound in compounds),
    )


def urls(value: str) -> Iterator[str]:
    """The addresses that a value refers to."""
    yield from _URL.findall(value)

"""Which rules reach an element, and which of them wins: the cascade, within a budget."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from zlib import crc32

from autousers.engine.audit import css
from autousers.engine.audit.css import Compound, Declarations, Rule, Selector, Sheet
from autousers.engine.audit.dom import Document, Node

MATCH_BUDGET = 600_000
"""Comparisons of an element with a part of a selector; a page that needs more is half styled."""

_MAX_CLASSES = 32  # of one element
_FILTER_BITS = 512
_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)\s*(?:,([^()]*))?\)")


class Cascade:
    """The rules of a page, sorted so that an element is compared with few of them."""

    def __init__(self, document: Document, sheet: Sheet) -> None:
        self._variables = sheet.variables
        self._budget = MATCH_BUDGET
        self._index(sheet.rules)
        self._classes = [node.get("class").split()[:_MAX_CLASSES] for node in document.nodes]
        own = [self._mask_of(node) for node in document.nodes]
        self._around: list[int] = []
        for node in document.nodes:
            up = node.parent
            self._around.append(0 if up is None else self._around[up.index] | own[up.index])

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

    def declared(self, node: Node) -> dict[str, str]:
        """What is set for an element, by importance, specificity and order; inline styles win."""
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
        """Put in what variables stand for; one that is not known stays, and is not understood."""
        for _ in range(4):
            if "var(" not in value or len(value) > 1000:
                break
            value = _VARIABLE.sub(self._variable, value)
        return value

    def _variable(self, match: re.Match[str]) -> str:
        fallback = match[0] if match[2] is None else match[2].strip()
        return self._variables.get(match[1], fallback)

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


def _mask(*keys: str) -> int:
    """A Bloom filter: what is in it may be among the keys, what is not is not."""
    mask = 0
    for key in keys:
        mask |= _bit(key)
    return mask


@lru_cache(maxsize=2048)
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
    if not node.has(name) or name.endswith("-cloak"):
        return False  # a cloak hides the page until scripts take it off, which they do
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

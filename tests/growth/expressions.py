"""Every regular expression of the project, found in its source, and texts made to hurt it."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "teams", "evaluations", "ratings", "autousers", "webhooks", "config")
METHODS = ("search", "match", "fullmatch", "findall", "finditer", "split", "sub", "subn")

REPEATS = (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT)

#: Units of texts for one expression: enough for its repeats and classes, and still quick.
MOST_UNITS = 40

_SAMPLES = {
    kinds.CATEGORY_DIGIT: "0",
    kinds.CATEGORY_NOT_DIGIT: "a",
    kinds.CATEGORY_SPACE: " ",
    kinds.CATEGORY_NOT_SPACE: "a",
    kinds.CATEGORY_WORD: "a",
    kinds.CATEGORY_NOT_WORD: "-",
}


class Expression(NamedTuple):
    """A compiled expression, and the methods it is used with."""

    where: str
    pattern: re.Pattern[str]
    methods: frozenset[str]


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Each module of the project that runs in production, as its name and its tree."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            if ".migrations." not in name:
                yield name, ast.parse(path.read_text())


def expressions() -> list[Expression]:
    """Those that modules compile for themselves."""
    named: list[tuple[str, str]] = []
    uses: dict[tuple[str, str], set[str]] = defaultdict(set)
    for module, tree in sources():
        origin = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                origin |= {a.asname or a.name: (node.module, a.name) for a in node.names}
        for node in tree.body:
            if isinstance(node, ast.Assign) and _calls(node.value) == "compile":
                assert isinstance(node.targets[0], ast.Name)
                named.append((module, node.targets[0].id))
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                key = origin.get(node.value.id, (module, node.value.id))
                uses[key] |= {node.attr} & {*METHODS}
    return [
        Expression(
            f"{module}.{name}",
            getattr(import_module(module), name),
            frozenset(uses[module, name]),
        )
        for module, name in named
    ]


def loose_calls() -> list[str]:
    """Calls of `re` within functions, as source: nothing finds their expressions by itself."""
    loose = []
    for module, tree in sources():
        top = {id(node.value) for node in tree.body if isinstance(node, ast.Assign)}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "re":
                loose.append(f"{module}: {ast.unparse(node)}")
            called = _calls(node)
            if called and called != "escape" and id(node) not in top:
                loose.append(f"{module}: {ast.unparse(node)}")
    return loose


def _calls(node: ast.AST) -> str:
    """Which function of `re` a node calls, if any."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        owner = node.func.value
        if isinstance(owner, ast.Name) and owner.id == "re":
            return node.func.attr
    return ""


# --- texts --------------------------------------------------------------------------------------


class Parts(NamedTuple):
    """Short texts out of an expression: what it repeats, what stands before that, and the rest."""

    repeated: list[str]
    starts: list[str]
    others: list[str]


def parts(pattern: re.Pattern[Any]) -> Parts:
    """Take an expression apart."""
    found = Parts([], [], [])
    whole = _collect(parser.parse(pattern.pattern, pattern.flags), found)
    units = [*found.repeated, whole, *sorted(found.others, key=len), *"a- .!"]
    return Parts(found.repeated, found.starts, _distinct(units)[:MOST_UNITS])


def _distinct(texts: list[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if text]


def _collect(items: Any, found: Parts) -> str:
    """The shortest text (or nearly) of a sequence; notes those of its parts."""
    text = run = ""
    for kind, value in items:
        if kind is kinds.LITERAL:
            run += chr(value)
        else:
            found.others.append(run)
            run = ""
        if kind in REPEATS:
            found.starts.append(text)
        text += _example(kind, value, found)
    found.others.extend((run, text))
    return text


def _example(kind: Any, value: Any, found: Parts) -> str:
    if kind in REPEATS:
        least, _, inner = value
        text = _collect(inner, found)
        found.repeated.append(text)
        return text * max(least, 1)
    if kind is kinds.SUBPATTERN:
        return _collect(value[3], found)
    if kind is kinds.BRANCH:
        branches = [_collect(branch, found) for branch in value[1]]
        return branches[0]
    if kind in (kinds.ASSERT, kinds.ASSERT_NOT):
        _collect(value[1], found)
        return ""
    if kind is kinds.ATOMIC_GROUP:
        return _collect(value, found)
    return _character(kind, value, found)


def _character(kind: Any, value: Any, found: Parts) -> str:
    if kind is kinds.LITERAL:
        return chr(value)
    if kind is kinds.NOT_LITERAL:
        found.others.append(chr(value))
        return "a" if chr(value) != "a" else "b"
    if kind is kinds.IN:
        return _of_class(value, found)
    return "a" if kind is kinds.ANY else ""


def _of_class(members: Any, found: Parts) -> str:
    """A character of a class; what a negated class excludes is noted as well."""
    samples = [_member(*one) for one in members if one[0] is not kinds.NEGATE]
    found.others.extend(samples)
    if members[0][0] is kinds.NEGATE:
        return next(char for char in "a-;0 " if char not in samples)
    return samples[0]


def _member(kind: Any, value: Any) -> str:
    if kind is kinds.LITERAL:
        return chr(value)
    return chr(value[0]) if kind is kinds.RANGE else _SAMPLES[value]

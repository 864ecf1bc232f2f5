"""The parts of `docs/api/audit-engine.md` that are made from the tables the engine works with.

The page marks them: what stands between `<!-- made: NAME -->` and `<!-- end -->` is replaced by
`make docs`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from autousers.engine.audit.personas import BUILT_IN, TRAITS
from autousers.engine.audit.rubric import DIMENSION_WORDS, DIMENSIONS, MEASURES

PAGE = "api/audit-engine.md"

_MARKED = re.compile(r"(<!-- made: ([\w ]+) -->\n).*?(<!-- end -->)", flags=re.DOTALL)


def page(path: Path) -> str:
    """What the page should say: its text, with what is made from code up to date."""
    return _MARKED.sub(lambda match: f"{match[1]}{_PARTS[match[2]]()}{match[3]}", path.read_text())


def measures() -> str:
    """Every measure, by what its function says of itself."""
    rows = (
        (f"`{name}`", _summary(about.measure.__doc__), ", ".join(about.words))
        for name, about in MEASURES.items()
    )
    return _table(("measure", "what it asks for", "words, or their beginnings"), rows)


def dimensions() -> str:
    """The weights of each built-in dimension, the heaviest first."""
    rows = (
        (
            f"`{name}`",
            _factors(weights, "{name} {factor:g}"),
            ", ".join(DIMENSION_WORDS.get(name, ())),
        )
        for name, weights in DIMENSIONS.items()
    )
    return _table(("dimension", "measures and their weights", "words"), rows)


def traits() -> str:
    """What each trait makes more, or less, of."""
    rows = (
        (f"`{name}`", _factors(trait.emphasis, "{name} ×{factor:g}"), ", ".join(trait.words))
        for name, trait in TRAITS.items()
    )
    return _table(("trait", "measures it counts more or less", "words"), rows)


def personas() -> str:
    """The character of each built-in persona."""
    rows = (
        (
            f"`{name}`",
            ", ".join(one.traits),
            f"{one.patience:g}",
            f"{one.strictness:g}",
            "phone" if one.phone else "desktop",
        )
        for name, one in BUILT_IN.items()
    )
    return _table(("persona", "traits", "patience", "strictness", "window"), rows)


_PARTS: Mapping[str, Callable[[], str]] = {
    "measures": measures,
    "dimensions": dimensions,
    "traits": traits,
    "personas": personas,
}


def _summary(docstring: str | None) -> str:
    return (docstring or "").strip().partition("\n")[0]


def _factors(factors: Mapping[str, float], form: str) -> str:
    ordered = sorted(factors.items(), key=lambda item: -item[1])
    return ", ".join(form.format(name=name, factor=factor) for name, factor in ordered)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)

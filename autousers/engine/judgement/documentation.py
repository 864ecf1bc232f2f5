"""The parts of `docs/api/autousers.md` that are made from the tables the rubric works with.

`make docs` replaces the text between `<!-- made: NAME -->` and `<!-- end -->` of the page.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from autousers.engine.judgement.dimensions import DIMENSION_WORDS
from autousers.engine.judgement.traits import BUILT_IN, CONDITIONS, TRAIT_WORDS
from autousers.observation.catalogue import CATALOGUE, SUBJECTS
from autousers.observation.catalogue.kinds import SEVERITIES, FactKind, Scale

PAGE = "api/autousers.md"

_MARKED = re.compile(r"(<!-- made: ([\w ]+) -->\n).*?(<!-- end -->)", flags=re.DOTALL)
_BY = {"value": "", "portion": " of those looked at", "share": " of the page", "worst": " at worst"}
_SHARES = frozenset({"portion", "share"})


def page(path: Path) -> str:
    """The text of the page with its parts made from code brought up to date."""
    return _MARKED.sub(lambda match: f"{match[1]}{_PARTS[match[2]]()}{match[3]}", path.read_text())


def facts() -> str:
    """Every fact, by subject, with its basis and its steps of severity."""
    head = ("fact", "what it is", "WCAG 2.2", "rests on", "severity")
    return "\n".join(
        f"### {subject}\n\n{_table(head, map(_fact, kinds))}" for subject, kinds in SUBJECTS.items()
    )


def dimensions() -> str:
    """The weights of each built-in dimension, the heaviest first."""
    rows = (
        (
            f"`{name}`",
            _factors({kind.id: kind.weights.get(name, 0) for kind in CATALOGUE.values()}),
            ", ".join(words),
        )
        for name, words in DIMENSION_WORDS.items()
    )
    return _table(("dimension", "facts and their weights", "words"), rows)


def traits() -> str:
    """What each trait minds, and the conditions it visits under."""
    rows = (
        (
            f"`{name}`",
            ", ".join(f"`{kind.id}`" for kind in CATALOGUE.values() if name in kind.traits),
            _conditions(CONDITIONS.get(name, {})),
            ", ".join(words),
        )
        for name, words in TRAIT_WORDS.items()
    )
    return _table(("trait", "facts that matter to it", "conditions", "words"), rows)


def personas() -> str:
    """The character of each built-in persona."""
    rows = (
        (f"`{name}`", ", ".join(one.traits), f"{one.patience:g}", f"{one.strictness:g}")
        for name, one in BUILT_IN.items()
    )
    return _table(("persona", "traits", "patience", "strictness"), rows)


_PARTS: Mapping[str, Callable[[], str]] = {
    "facts": facts,
    "dimensions": dimensions,
    "traits": traits,
    "personas": personas,
}


def _fact(kind: FactKind) -> tuple[str, ...]:
    steps = [_step(kind, scale, *step) for scale in kind.scales for step in scale.steps]
    return (
        f"`{kind.id}`",
        kind.about,
        kind.criterion,
        ", ".join(kind.bases),
        "; ".join(steps) or "never: it is quoted only",
    )


def _step(kind: FactKind, scale: Scale, step: float, severity: int) -> str:
    """`serious from 50 % of those looked at`."""
    when = f", {scale.when}" if scale.when else ""
    word = SEVERITIES[severity]
    if step == 0:
        return f"{word} from the first{when}"
    number = f"{step:.0%}" if scale.by in _SHARES else f"{step:,g}"
    unit = kind.place_unit if scale.by == "worst" else ""
    side = "up to" if scale.falling else "from"
    return f"{word} {side} {number}{unit}{_BY[scale.by]}{when}"


def _conditions(wanted: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}".replace("_", " ") for name, value in wanted.items())


def _factors(factors: Mapping[str, float]) -> str:
    ordered = sorted(factors.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {factor:g}" for name, factor in ordered if factor)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)

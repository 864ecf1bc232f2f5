"""Findings in words: a title for people, and a paragraph for a ticket, as Markdown."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autousers.findings.finding import Finding
from autousers.observation.catalogue.kinds import SEVERITIES, FactKind
from autousers.observation.facts import Conditions
from ratings.reports.markdown_report import escaped

#: How the severities are called on pages and in tickets.
SEVERITY_WORDS = tuple(word.capitalize() for word in SEVERITIES)

_BACKTICKS = re.compile(r"`+")
_END_OF_CLAUSE = re.compile(r"[;:.](?=\s|$)")


@dataclass(frozen=True)
class Names:
    """What the ids of a study's findings are called."""

    personas: Mapping[str, str]
    dimensions: Mapping[str, str]
    designs: Mapping[str, str]
    """Labels, by address."""

    def of_personas(self, ids: Iterable[str]) -> list[str]:
        """The names of personas, in their order."""
        return sorted(self.personas.get(one, one) for one in ids)

    def of_dimensions(self, ids: Iterable[str]) -> list[str]:
        """The names of dimensions, in their order."""
        return sorted(self.dimensions.get(one, one) for one in ids)

    def of_design(self, address: str) -> str:
        """The label of a design, or its address."""
        return self.designs.get(address) or address


def title_of(finding: Finding) -> str:
    """What is wrong in a few words, and at which place."""
    what = kind_title(finding.fact.kind)
    text = finding.place.text if finding.place else ""
    return f"{what}: “{text}”" if text else what


def kind_title(kind: FactKind) -> str:
    """What a kind of fact is about, without what is excepted."""
    return _END_OF_CLAUSE.split(kind.about, maxsplit=1)[0].replace("`", "")


def conditions_in_words(conditions: Conditions) -> str:
    """How a design was visited: `390 × 844 px, touch, slow network, light`."""
    parts = [f"{conditions.width} × {conditions.height} px"]
    parts += ["touch"] if conditions.touch else []
    parts += [f"zoom {conditions.zoom * 100:.0f} %"] if conditions.zoom != 1 else []
    parts += ["keyboard"] if conditions.keyboard else []
    parts += [f"{conditions.network} network", conditions.colour_scheme]
    parts += ["reduced motion"] if conditions.motion == "reduced" else []
    return ", ".join(parts)


def measured_at(finding: Finding) -> str:
    """The number of the fact at the place, with its unit; empty where it has none."""
    place, unit = finding.place, finding.fact.kind.place_unit
    if place is None or place.value is None:
        return ""
    number = f"{place.value:,.2f}".rstrip("0").rstrip(".")
    return f"{number}{unit}" if unit.startswith(":") else f"{number} {unit}".strip()


def ticket(finding: Finding, names: Names, *, link: str, picture: str = "") -> str:
    """A finding as a paragraph of Markdown that can be pasted into a ticket.

    `link` leads to the finding, `picture` to the picture with its place, or is empty.
    """
    lines = [
        f"**{escaped(title_of(finding))}**",
        "",
        f"- Measured: {escaped(finding.says)} ({escaped(finding.fact.basis)})",
        *_of_place(finding),
        f"- Design: {_design(finding, names)}",
        f"- Seen in: {escaped(conditions_in_words(finding.conditions))}",
        f"- Severity: {SEVERITY_WORDS[finding.severity]}, {finding.severity} of 4; "
        f"points: {finding.points}",
        f"- Met by: {_listed(names.of_personas(finding.personas))}",
        f"- Rated low for it: {_listed(names.of_dimensions(finding.dimensions))}",
    ]
    if finding.fact.kind.criterion:
        lines.append(f"- WCAG: {escaped(finding.fact.kind.criterion)}")
    if finding.status:
        lines.append(f"- Against the earlier study: {finding.status}")
    linked = [f"[Finding]({link})"] + ([f"[Picture]({picture})"] if picture else [])
    return "\n".join([*lines, f"- {', '.join(linked)}"])


def _of_place(finding: Finding) -> list[str]:
    if finding.place is None:
        return ["- Place: the whole page"]
    here = measured_at(finding)
    return [f"- Place: {_code(finding.place.selector)}" + (f", {escaped(here)}" if here else "")]


def _design(finding: Finding, names: Names) -> str:
    label = names.of_design(finding.design)
    shown = f"{escaped(label)}, " if label != finding.design else ""
    return f"{shown}{_code(finding.design)}"


def _code(text: str) -> str:
    """A text of strangers as code: with a fence that is longer than any in it."""
    flat = " ".join(text.split())
    longest = max((len(run) for run in _BACKTICKS.findall(flat)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {flat} {fence}" if "`" in flat else f"{fence}{flat}{fence}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(escaped(name) for name in names)

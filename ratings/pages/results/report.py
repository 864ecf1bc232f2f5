"""Everything that the results page says of one study."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autousers.findings.reading import findings_of
from evaluations.models import Comparison, Evaluation
from ratings.insights import service
from ratings.insights.figures import AUTOUSERS, PEOPLE, Contrast, Figures, scale_of_verdict
from ratings.insights.verdict import Verdict
from ratings.insights.words import agreement_sentence, band, in_full
from ratings.pages.results.cells import Cell
from ratings.pages.results.marks import DimensionStrip, strips_of
from ratings.pages.results.quotes import Quotes, quotes_of
from ratings.reports.designs import designs_in

#: Designs in one table; the exports have all.
MOST_ROWS = 100


@dataclass(frozen=True)
class Report:
    """The figures of a study, those of one design rater by rater, and what was written of it."""

    figures: Figures
    wanted: str = ""
    """The design that the address names."""
    before: str = ""
    """Where the part of what was written begins."""
    for_team: bool = True
    """Whether people are named and quoted: their names and words are for the team."""

    @classmethod
    def of(cls, study: Evaluation, **options: Any) -> "Report":
        """Read it, in a fixed number of queries."""
        return cls(Figures.of(study), **options)

    @property
    def is_pair(self) -> bool:
        """Whether pairs are compared."""
        return self.figures.is_pair

    @property
    def verdict(self) -> Verdict:
        """The verdict in a sentence."""
        return self.figures.verdict

    @cached_property
    def chosen(self) -> Comparison | None:
        """The design that is shown rater by rater; None in a study without any."""
        rows = self.figures.comparisons
        first = next(iter(rows), None)
        return next((row for row in rows if row.pk == self.wanted), first)

    @property
    def matrix(self) -> list[tuple[Comparison, list[Cell]]]:
        """The mean of each design on each dimension."""
        return [
            (row, [Cell(self.figures.group(row, one)) for one in self.figures.dimensions])
            for row in self.figures.comparisons[:MOST_ROWS]
        ]

    @property
    def rows_left_out(self) -> int:
        """Designs that the table does not show."""
        return max(0, len(self.figures.comparisons) - MOST_ROWS)

    @cached_property
    def strips(self) -> list[tuple[DimensionStrip, Cell, Cell, Cell]]:
        """The rated dimensions of the chosen design, with people, autousers, and all of them."""
        if self.chosen is None:
            return []
        groups = {
            row.dimension_id: (
                self.figures.group(self.chosen, row, PEOPLE),
                self.figures.group(self.chosen, row, AUTOUSERS),
            )
            for row in self.figures.dimensions
        }
        found = strips_of(self.chosen, self.figures.dimensions, groups, with_names=self.for_team)
        return [(one, Cell(one.people), Cell(one.autousers), Cell(one.whole)) for one in found]

    @property
    def addresses(self) -> list[tuple[str, str]]:
        """The sides of the chosen pair, and the address of each; empty for a file."""
        sent = self.figures.study.wizard.get("comparisonPairs", [])
        if self.chosen is None or self.chosen.position >= len(sent):
            return []
        chosen = Comparison(label=self.chosen.label, stimulus=sent[self.chosen.position])
        designs = designs_in(chosen, self.figures.study.type)
        return [(one["side"], one["address"]) for one in designs]

    @cached_property
    def quotes(self) -> Quotes | None:
        """What was written of the chosen design."""
        if self.chosen is None or not self.figures.raters:
            return None
        names = {row.dimension_id: row.name for row in self.figures.dimensions}
        minimum, _ = scale_of_verdict(self.figures.study, self.figures.dimensions)
        return quotes_of(
            self.chosen, names, self.before, minimum=minimum, with_people=self.for_team
        )

    @cached_property
    def said(self) -> dict[str, Any]:
        """What the figures say in sentences; empty without raters."""
        if not self.figures.raters:
            return {}
        study = self.figures.study
        return service.said_of(self.figures, lambda: [f.to_json() for f in findings_of(study)])

    @property
    def points(self) -> Sequence[str]:
        """The sentences beside the verdict and the effects, which stand elsewhere."""
        insight, effects = self.said.get("insight", {}), self.said.get("effects", [])
        return [one for one in insight.get("keyFindings", []) if one not in effects]

    @property
    def actions(self) -> Sequence[dict[str, str]]:
        """What to do, the first thing first."""
        insight = self.said.get("insight", {})
        return insight.get("structured", {}).get("actionItems", [])

    @property
    def effects(self) -> Sequence[str]:
        """What can be told of how designs were shown."""
        return self.said.get("effects", [])

    # --- agreement -------------------------------------------------------------------------------

    @property
    def alphas(self) -> list[tuple[str, float | None, str]]:
        """Krippendorff's α of each dimension, with the word for it."""
        return [(name, alpha, band(alpha)) for name, alpha in self.figures.alphas]

    @property
    def agreement_sentence(self) -> str:
        """What the agreement means."""
        return agreement_sentence(self.figures.alpha)

    @property
    def groups(self) -> dict[str, Any] | None:
        """The agreement of people with autousers; None where one of them did not rate."""
        found = self.figures.agreement["peopleAndAutousers"]
        return {**found, "word": band(found["kappa"])} if found["items"] else None

    @property
    def widest(self) -> tuple[Contrast, str, str] | None:
        """Where people and autousers differ most, and what they say there."""
        found = next(iter(self.figures.contrasts), None)
        return (found, in_full(found.people), in_full(found.autousers)) if found else None

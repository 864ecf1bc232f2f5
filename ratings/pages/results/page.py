"""The results page of a study: the verdict, what each rater gave, and how far they agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse

from evaluations.models import Comparison, Evaluation, EvaluationDimension, EvaluationType
from evaluations.pages.study_page import StudyPage
from ratings.pages.results.charts import Bar, Scale, Strip, scale_of_verdict, strip
from ratings.pages.results.raters import MOST_MARKS, Group, Mark, marks_of, named, whole
from ratings.pages.results.verdict import Judged, Verdict, of_designs, of_pairs
from ratings.reports.agreement_report import agreement_of
from ratings.reports.export import FORMATS
from ratings.statistics.agreement import interpretation

#: What an agreement means, in a sentence; the words are those of Landis and Koch.
AGREEMENT_SENTENCES = {
    "poor": "Raters contradict each other more than by chance. Look at what each understood.",
    "slight": "Hardly. Knowing one rater says little about the next.",
    "fair": "A little. They often differ by more than a step.",
    "moderate": "Moderately. They give the same order, but are often a step apart.",
    "substantial": "Largely. Most are within a step.",
    "near_perfect": "Almost fully. They nearly always give the same step.",
}
NO_AGREEMENT = "Not defined: nothing was rated by two raters, or all gave the same value."


@dataclass(frozen=True)
class Cell:
    """The mean of one design on one dimension."""

    group: Group
    scale: Scale

    @property
    def bar(self) -> Bar | None:
        """The mean and its interval, drawn; None where nobody rated."""
        return Bar.of(self.group, self.scale)


@dataclass(frozen=True)
class DimensionStrip:
    """One dimension of the chosen design: a mark for each rater."""

    name: str
    marks: Sequence[Mark]
    scale: Scale

    @cached_property
    def strip(self) -> Strip:
        """The chart."""
        return strip(self.marks, self.scale)

    @property
    def values(self) -> list[tuple[Mark, str]]:
        """Each mark, with its value as the pages say it."""
        return [(mark, named(mark.value, self.scale.minimum)) for mark in self.marks]

    @property
    def people(self) -> Group:
        """What people gave."""
        return self._group(people=True)

    @property
    def autousers(self) -> Group:
        """What autousers gave."""
        return self._group(people=False)

    def _group(self, *, people: bool) -> Group:
        values = [mark.value for mark in self.marks if mark.is_person == people]
        return Group(values, self.scale.minimum, self.scale.maximum)


class ResultsPage(StudyPage):
    """What came of a study."""

    template = "studies/results.html"

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The page; `design` chooses the comparison that is shown rater by rater."""
        study = self.study(id)
        report = _Report.of(study, request.GET.get("design", ""))
        return self.show(request, study=study, report=report, formats=FORMATS)


@dataclass(frozen=True)
class _Report:
    """Everything that the page says of one study."""

    study: Evaluation
    dimensions: Sequence[EvaluationDimension]
    comparisons: Sequence[Comparison]
    marks: Sequence[Mark]
    agreement: dict[str, Any]
    wanted: str

    @classmethod
    def of(cls, study: Evaluation, wanted: str) -> "_Report":
        """Read it, in a fixed number of queries."""
        return cls(
            study=study,
            dimensions=list(study.dimensions.all()),
            comparisons=study.shown_comparisons,
            marks=marks_of([study.pk]),
            agreement=agreement_of(study),
            wanted=wanted,
        )

    @property
    def is_pair(self) -> bool:
        """Whether pairs are compared."""
        return self.study.type == EvaluationType.SXS

    @property
    def is_cut(self) -> bool:
        """Whether the study has more marks than the page reads."""
        return len(self.marks) == MOST_MARKS

    @cached_property
    def chosen(self) -> Comparison | None:
        """The design that is shown rater by rater; None in a study without any."""
        first = next(iter(self.comparisons), None)
        return next((row for row in self.comparisons if row.pk == self.wanted), first)

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict in a sentence."""
        judged = [
            Judged(
                label=str(row),
                whole=self._whole([mark for mark in self.marks if mark.comparison == row.pk]),
                dimensions={
                    dimension.name: cell.group
                    for dimension, cell in zip(self.dimensions, self._cells(row), strict=True)
                },
            )
            for row in self.comparisons
        ]
        return of_pairs(judged) if self.is_pair else of_designs(judged)

    @property
    def people(self) -> int:
        """How many people rated."""
        return len({mark.rater for mark in self.marks if mark.is_person})

    @property
    def autousers(self) -> int:
        """How many personas rated."""
        return len({mark.rater for mark in self.marks if not mark.is_person})

    @property
    def matrix(self) -> list[tuple[Comparison, list[Cell]]]:
        """The mean of each design on each dimension."""
        return [(row, self._cells(row)) for row in self.comparisons]

    @property
    def strips(self) -> list[DimensionStrip]:
        """The dimensions of the chosen design that were rated."""
        found = []
        for dimension in self.dimensions:
            marks = self._marks(self.chosen, dimension) if self.chosen else []
            if marks:
                found.append(DimensionStrip(dimension.name, marks, _scale(dimension)))
        return found

    @property
    def alphas(self) -> list[tuple[str, float | None, str]]:
        """Krippendorff's α of each dimension, with the word for it."""
        found = self.agreement["byDimension"]
        rows: list[tuple[str, float | None, str]] = []
        for dimension in self.dimensions:
            alpha = found.get(dimension.dimension_id, {}).get("alpha")
            word = (interpretation(alpha) or "").replace("_", " ")
            rows.append((dimension.name, alpha, word))
        return rows

    @property
    def alpha(self) -> float | None:
        """The mean of the dimensions' α; None where none is defined."""
        values = [alpha for _, alpha, _ in self.alphas if alpha is not None]
        return sum(values) / len(values) if values else None

    @property
    def agreement_sentence(self) -> str:
        """What the agreement means."""
        return AGREEMENT_SENTENCES.get(interpretation(self.alpha) or "", NO_AGREEMENT)

    def _marks(self, row: Comparison, dimension: EvaluationDimension) -> list[Mark]:
        wanted = (row.pk, dimension.dimension_id)
        return [mark for mark in self.marks if (mark.comparison, mark.dimension) == wanted]

    def _cells(self, row: Comparison) -> list[Cell]:
        cells = []
        for dimension in self.dimensions:
            values = [mark.value for mark in self._marks(row, dimension)]
            scale = _scale(dimension)
            cells.append(Cell(Group(values, scale.minimum, scale.maximum), scale))
        return cells

    def _whole(self, marks: Sequence[Mark]) -> Group:
        scale = scale_of_verdict(self.study, self.dimensions)
        return whole(marks, scale.minimum, scale.maximum)


def _scale(dimension: EvaluationDimension) -> Scale:
    return Scale(dimension.minimum, dimension.maximum)

"""Who rests on which observation: autousers, their comparisons, and how they rated them.

A dimension is rated low at or below the middle of its scale, by the mean of an autouser's agents;
of a pair, for the side that was not preferred.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Min, Sum

from autousers.runs.specs import stimuli_in
from evaluations.models import Evaluation, EvaluationType
from ratings.models import RaterType, Rating, RatingScore


@dataclass
class Use:
    """An autouser that rated a comparison after a look at one of its designs."""

    autouser: str
    comparison: str
    run: str
    """One of the runs, where people can see what it saw."""
    label: str
    pair: Mapping[str, str] = field(default_factory=dict)
    """The addresses of a pair's sides; empty for a design that stands alone."""
    means: dict[str, float] = field(default_factory=dict)
    """What it gave, by dimension."""

    def side_of(self, design: str) -> str:
        """The side of a pair that a design is; empty for one that stands alone."""
        return next((side for side, url in self.pair.items() if url == design), "")

    def label_of(self, design: str) -> str:
        """What a design of the comparison is called; empty where nobody named it."""
        side = self.side_of(design)
        return f"{self.label}, side {side}" if side and self.label else self.label

    def low(self, design: str, middles: Mapping[str, float]) -> set[str]:
        """The dimensions that it rated low for a design; `middles` are those of the scales."""
        found = set()
        for dimension, mean in self.means.items():
            middle = middles.get(dimension)
            if middle is not None and self._is_low(design, mean, middle):
                found.add(dimension)
        return found

    def _is_low(self, design: str, mean: float, middle: float) -> bool:
        """Whether a mean is low for a design; below the middle a pair's side A is preferred."""
        if not self.pair:
            return mean <= middle
        return mean != middle and self.pair["B" if mean < middle else "A"] == design


def uses_of(studies: Sequence[Evaluation]) -> dict[str, list[Use]]:
    """The uses of each observation of some studies, by its id; one query for all of them."""
    pairs = {one.pk for one in studies if one.type == EvaluationType.SXS}
    uses: dict[str, dict[tuple[str, str], Use]] = defaultdict(dict)
    totals: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(dict)
    for row in _scores([one.pk for one in studies], pairs=bool(pairs)):
        who = (row["autouser"], row["comparison"])
        if who not in uses[row["observation"]]:
            pair = _sides(row["stimulus"]) if row["study"] in pairs else {}
            uses[row["observation"]][who] = Use(*who, row["run"], row["label"], pair)
        total = totals[who].setdefault(row["dimension"], [0.0, 0.0])
        total[0] += row["sum"]
        total[1] += row["n"]
    for used in uses.values():
        for who, use in used.items():
            use.means = {name: sum_ / n for name, (sum_, n) in totals[who].items()}
    return {pk: list(used.values()) for pk, used in uses.items()}


def _scores(evaluation_ids: Sequence[str], *, pairs: bool) -> Iterable[Mapping[str, Any]]:
    """What counts, by observation, autouser, comparison and dimension.

    Of a pair a run has two observations, so each of its scores stands in two rows: the mean is
    the same.
    """
    counted = Rating.objects.filter(
        evaluation__in=evaluation_ids, rater_type=RaterType.AUTOUSER
    ).valid()
    rows = RatingScore.objects.filter(
        rating__in=counted, rating__autouser_run__observations__isnull=False
    )
    named = rows.order_by().values(
        "dimension",
        observation=F("rating__autouser_run__observations"),
        autouser=F("rating__autouser_id"),
        comparison=F("rating__comparison_id"),
        study=F("rating__evaluation_id"),
        label=F("rating__comparison__label"),
        **({"stimulus": F("rating__comparison__stimulus")} if pairs else {}),
    )
    found: Iterable[Mapping[str, Any]] = named.annotate(
        sum=Sum("value"), n=Count("pk"), run=Min("rating__autouser_run_id")
    )
    return found


def _sides(stimulus: Mapping[str, Any]) -> dict[str, str]:
    """The addresses of a pair, by side."""
    return {one.side: one.url for one in stimuli_in(stimulus, EvaluationType.SXS)}

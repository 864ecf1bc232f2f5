"""Figures that are dear to compute, kept in the row of a study until other ratings count."""

from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery

from evaluations.models import Evaluation
from ratings.models import RaterExclusion, Rating

#: Version of the kept format. Change it when the format changes: older figures are then ignored.
FORM = 4


@dataclass(frozen=True)
class Kept:
    """What is kept under a key; None for what has to be computed."""

    key: list[Any]
    agreement: dict[str, Any] | None = None
    insight: dict[str, Any] | None = None
    sums: list[list[Any]] | None = None

    @property
    def excluded_raters(self) -> int:
        """How many raters are left out at present."""
        made, ended = self.key[3] or 0, self.key[4] or 0
        return int(made - ended)


def kept_of(evaluation: Evaluation) -> Kept:
    """The figures of the ratings that count at present. One query.

    The key is read before the ratings are: a rating that comes meanwhile makes another.
    """
    found = Evaluation.objects.filter(pk=evaluation.pk)
    stored, *parts = found.values_list("agreement_cache", *_parts_of_key()).get()
    key = [FORM, *parts]
    if stored is None or stored["key"] != key:
        return Kept(key)
    return Kept(key, stored.get("agreement"), stored.get("insight"), stored.get("sums"))


def keep(evaluation: Evaluation, kept: Kept) -> None:
    """Keep figures under the key that they were computed for."""
    cache = asdict(kept)
    Evaluation.objects.filter(pk=evaluation.pk).update(agreement_cache=cache)


def figures_key(evaluation: Evaluation) -> list[Any]:
    """A key that changes with the ratings of a study, and with whose ratings count.

    Exclusions are never deleted, so their number and that of the ended ones only grow.
    """
    found = Evaluation.objects.filter(pk=evaluation.pk)
    return [FORM, *found.values_list(*_parts_of_key()).get()]


def _parts_of_key() -> list[Subquery]:
    ratings = Rating.objects.filter(evaluation=OuterRef("pk"))
    exclusions = RaterExclusion.objects.filter(evaluation=OuterRef("pk"))
    return [
        _aggregate(ratings, Count("pk")),
        _aggregate(ratings, Max("pk")),
        _aggregate(exclusions, Count("pk")),
        _aggregate(exclusions, Count("restored_at")),
    ]


def _aggregate(rows: QuerySet[Any], of: Count | Max) -> Subquery:
    return Subquery(rows.order_by().values("evaluation").annotate(found=of).values("found"))

"""Reading and storing insights.

Without a stored insight the figures alone speak. What they say of a whole study is kept with its
agreement until other ratings count; it is not stored, and changes with the ratings.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.utils import timezone

from api.exceptions import NotFound
from evaluations.models import Comparison, Evaluation
from ratings.insights import agreement_insight, results_insight
from ratings.insights.figures import Figures
from ratings.insights.insight import FIGURES
from ratings.insights.results_insight import Findings
from ratings.models import Insight, Rating
from ratings.reports.kept import figures_key, keep
from teams.models import User

#: The value of `insightType` of an insight about agreement.
AGREEMENT = "agreement"

#: Reads the findings of a study; only what has to be computed reads them.
ReadFindings = Callable[[], Findings]


class NothingRated(NotFound):
    """No rating of the evaluation, or of the comparison, counts: there is nothing to speak of."""

    code = "no_ratings"
    message = "No rating counts here yet, so there is nothing to say."


def insight_of(
    evaluation: Evaluation, comparison: Comparison | None, read: ReadFindings
) -> dict[str, Any]:
    """The stored insight by the API's field names or, without one, what the figures say.

    Raises:
        NothingRated: when no rating counts.
    """
    stored = Insight.objects.filter(evaluation=evaluation, comparison=comparison).first()
    if stored is not None:
        return _reply(stored) | {"stale": stored.figures_key != figures_key(evaluation)}
    return _reply(_computed(evaluation, comparison, read)) | {"stale": False}


def compute(evaluation: Evaluation, comparison: Comparison | None, read: ReadFindings) -> Insight:
    """What the figures say now, as a row that is not stored yet.

    Raises:
        NothingRated: when no rating counts.
    """
    return _computed(evaluation, comparison, read)


def store(insight: Insight, *, by: User) -> dict[str, Any]:
    """Store an insight in place of the one before; the caller has locked the evaluation.

    Of two at once the second one replaces the first: there is one row, and it keeps its id.
    """
    values = {
        "basis": insight.basis,
        "content": insight.content,
        "rating_count": insight.rating_count,
        "figures_key": insight.figures_key,
        "generated_at": insight.generated_at,
        "generated_by": by,
    }
    row, _ = Insight.objects.update_or_create(
        evaluation=insight.evaluation, comparison=insight.comparison, defaults=values
    )
    return _reply(row) | {"stale": row.figures_key != figures_key(insight.evaluation)}


def agreement_insight_of(evaluation: Evaluation) -> dict[str, Any]:
    """What the figures say of agreement, by the API's field names.

    Raises:
        NothingRated: when no rating counts.
    """
    figures = Figures.of(evaluation)
    count = figures.agreement["ratingCount"]
    if not count:
        raise NothingRated
    content = agreement_insight.write(figures).to_json()
    row = _row(evaluation, None, content, count, figures.kept.key)
    return _reply(row) | {
        "id": f"{FIGURES}-{AGREEMENT}-{evaluation.pk}",
        "insightType": AGREEMENT,
        "stale": False,
    }


def said_of(figures: Figures, read: ReadFindings) -> dict[str, Any]:
    """What the figures say of a whole study: `insight`, and its `effects` alone. It is kept."""
    if figures.kept.insight is not None:
        return figures.kept.insight
    content = results_insight.write(figures, read())
    said = {"insight": content.to_json(), "effects": list(content.effects)}
    keep(figures.study, replace(figures.kept, insight=said))
    return said


def _computed(evaluation: Evaluation, comparison: Comparison | None, read: ReadFindings) -> Insight:
    figures = Figures.of(evaluation)
    if comparison is None:
        count = figures.agreement["ratingCount"]
        content = said_of(figures, read)["insight"] if count else {}
    else:
        count = Rating.objects.filter(comparison=comparison).valid().count()
        content = _of_comparison(figures, comparison, read) if count else {}
    if not count:
        raise NothingRated
    return _row(evaluation, comparison, content, count, figures.kept.key)


def _of_comparison(figures: Figures, comparison: Comparison, read: ReadFindings) -> dict[str, Any]:
    own = [one for one in read() if comparison.pk in one["comparisonIds"]]
    return results_insight.write(figures.only(comparison), own).to_json()


def _row(
    evaluation: Evaluation,
    comparison: Comparison | None,
    content: dict[str, Any],
    count: int,
    key: list[Any],
) -> Insight:
    return Insight(
        pk=f"{FIGURES}-{comparison.pk if comparison else evaluation.pk}",
        evaluation=evaluation,
        comparison=comparison,
        basis=FIGURES,
        content=content,
        rating_count=count,
        figures_key=key,
        generated_at=timezone.now(),
    )


def _reply(row: Insight) -> dict[str, Any]:
    return {
        "id": row.pk,
        "evaluationId": row.evaluation_id,
        "comparisonId": row.comparison_id,
        "insightType": None,
        "basis": row.basis,
        **row.content,
        "ratingCountAtGeneration": row.rating_count,
        "generatedAt": row.generated_at,
    }

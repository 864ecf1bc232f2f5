"""Studies that an autouser and people have rated, written straight into the database."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from autousers.models import Autouser, AutouserRun, RunStatus
from evaluations.models import Comparison, Evaluation
from evaluations.studies.services import create_evaluation
from ratings.models import RaterType, Rating
from ratings.services import insert_rating, next_ordinal
from teams.models import Team, User

Scores = Mapping[str, float]


def make_study(
    team: Team,
    *,
    designs: int = 4,
    dimensions: Sequence[str] = ("usability",),
    name: str = "Ticket kiosk",
    type: str = "SSE",
) -> Evaluation:
    """A Running study of some designs, or pairs of designs."""
    site = "https://example.com"
    shown = (
        {"designUrls": [{"url": f"{site}/{n}"} for n in range(designs)]}
        if type == "SSE"
        else {
            "comparisonPairs": [
                {"currentUrl": f"{site}/{n}/a", "variantUrl": f"{site}/{n}/b"}
                for n in range(designs)
            ]
        }
    )
    values = {"name": name, "type": type, "status": "Running", **shown}
    values["selectedDimensionIds"] = list(dimensions)
    return create_evaluation(team=team, author=team.owner, values=values)


def comparisons(evaluation: Evaluation) -> list[Comparison]:
    return list(Comparison.objects.filter(evaluation=evaluation).order_by("position"))


def rate_as(
    autouser: Autouser,
    comparison: Comparison,
    scores: Scores,
    *,
    agent: int = 1,
    rubric_version: str | None = None,
    **extra: Any,
) -> Rating:
    """A rating of one of an autouser's agents, with the run that gave it."""
    run = AutouserRun(
        team=comparison.evaluation.team,
        evaluation=comparison.evaluation,
        comparison=comparison,
        autouser=autouser,
        agent=agent,
        quota_month=date(2026, 6, 1),
        status=RunStatus.COMPLETED,
        due_at=None,
        completed_at=timezone.now(),
    )
    AutouserRun.objects.bulk_create([run])
    return _rate(
        comparison,
        scores,
        rater_type=RaterType.AUTOUSER,
        rater=f"autouser:{autouser.pk}:{agent}",
        autouser=autouser,
        autouser_run=run,
        rubric_version=rubric_version,
        **extra,
    )


def rate_by(user: User, comparison: Comparison, scores: Scores, **extra: Any) -> Rating:
    """A person's rating."""
    return _rate(
        comparison,
        scores,
        rater_type=RaterType.HUMAN,
        rater=f"user:{user.pk}",
        user=user,
        **extra,
    )


def rate_all(
    evaluation: Evaluation,
    autouser: Autouser,
    *,
    ours: Sequence[float],
    theirs: Sequence[float],
    dimension: str = "usability",
    **extra: Any,
) -> None:
    """One score of the autouser and one of the team's owner for each comparison."""
    person = evaluation.team.owner
    for comparison, mine, yours in zip(comparisons(evaluation), ours, theirs, strict=True):
        rate_as(autouser, comparison, {dimension: mine}, **extra)
        rate_by(person, comparison, {dimension: yours}, justification=f"I see a {yours}.")


def _rate(comparison: Comparison, scores: Scores, *, rater: str, **fields: Any) -> Rating:
    rating = Rating(
        evaluation=comparison.evaluation,
        comparison=comparison,
        rater=rater,
        ordinal=next_ordinal(comparison, rater),
        dimension_ratings=dict(scores),
        **fields,
    )
    insert_rating(rating)
    return rating

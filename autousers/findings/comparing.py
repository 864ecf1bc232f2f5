"""Earlier studies of the same designs: those that findings can be compared with."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from api.exceptions import InvalidRequest
from autousers.models import Observation, ObservationStatus
from autousers.runs.specs import stimuli_of
from evaluations.models import Comparison, Evaluation
from evaluations.studies.access import find_evaluation
from teams.auth.principals import Principal

#: Most studies that a page offers to compare with, the newest.
MOST_OFFERED = 50


def addresses_of(evaluation: Evaluation, comparisons: Iterable[Comparison]) -> set[str]:
    """The addresses of a study's designs."""
    designs = [one for row in comparisons for one in stimuli_of(row, evaluation.type)]
    return {one.url for one in designs if one.url}


def comparable(principal: Principal, evaluation: Evaluation, wanted: str) -> Evaluation:
    """The study that is named by `compareTo`: another that the caller sees, of the same designs.

    Raises:
        EvaluationNotFound, EvaluationNoAccess: when the caller does not see it.
        InvalidRequest: when it has no design of this one.
    """
    found = find_evaluation(principal, wanted, whole=False)
    own = addresses_of(evaluation, evaluation.comparisons.all())
    if found.pk == evaluation.pk or not addresses_of(found, found.comparisons.all()) & own:
        raise InvalidRequest(
            "compareTo: That study has no design of this one, so nothing can be compared.",
            param="compareTo",
        )
    return found


def earlier_studies(principal: Principal, evaluation: Evaluation) -> list[Evaluation]:
    """The team's earlier studies of which somebody looked at a design of this one, newest first.

    Designs that nobody has looked at in both are left out: nothing can be said of them.
    """
    done = Observation.objects.filter(status=ObservationStatus.DONE)
    own = done.filter(evaluation=evaluation).values("design")
    looked = done.filter(evaluation=OuterRef("pk"), design__in=own)
    rows = Evaluation.objects.visible_to(principal).filter(
        Exists(looked), team=evaluation.team_id, created_at__lt=evaluation.created_at
    )
    named = rows.only("name", "created_at", "type", "team")
    return list(named.order_by("-created_at", "-pk")[:MOST_OFFERED])

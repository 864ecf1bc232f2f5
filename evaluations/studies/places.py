"""The places of evaluations in the lists of people with whom they were shared."""

from collections.abc import Iterable

from api.models import DeletedRow
from evaluations.models import Evaluation


def keep(evaluation: Evaluation, people: Iterable[str]) -> None:
    """Keep the place of an evaluation in the lists of people who are about to lose it, for a day.

    The place is personal, like the list: to everybody else the evaluation is unknown.
    """
    rows = [
        DeletedRow(
            id=name(evaluation.pk, person),
            resource="evaluation",
            team_id=evaluation.team_id,
            sort_at=evaluation.updated_at,
        )
        for person in people
    ]
    # A share may be granted and revoked several times on one day.
    DeletedRow.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["sort_at", "deleted_at"],
    )


def name(evaluation_id: str, person: str) -> str:
    """The name of an evaluation's place in the list of one person."""
    return f"{evaluation_id}/{person}"

"""Where a team stood in the lists of its people, once they have it no more.

A list of teams is one person's own, so a place in it is kept per person: of a
team that was deleted, and of one that a person left or was removed from.
"""

from collections.abc import Iterable
from datetime import datetime

from api import ids
from api.models import DeletedRow
from teams.auth.principals import Principal
from teams.models import Team, User

RESOURCE = "team"


def keep(team: Team, people: Iterable[User]) -> None:
    """Keep the place of a team for people who are about to lose it, for a day."""
    rows = [
        DeletedRow(
            id=_name(team.pk, person.pk),
            resource=RESOURCE,
            team_id=team.pk,
            sort_at=team.created_at,
        )
        for person in people
    ]
    # Somebody may leave a team, come back, and leave it again on one day.
    DeletedRow.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=["deleted_at"]
    )


def find(principal: Principal, cursor: str) -> tuple[datetime, str] | None:
    """Where a team stands in the caller's list, or stood; None when it never did."""
    pk = ids.parse(cursor) or ""
    place = Team.objects.visible_to(principal).filter(pk=pk).values_list("created_at", "pk").first()
    if place is not None or principal.is_bearer:  # a key's list never had another team
        return place
    gone = DeletedRow.objects.filter(pk=_name(pk, principal.user.pk), resource=RESOURCE).first()
    return None if gone is None else (gone.sort_at, pk)


def _name(team_id: str, user_id: str) -> str:
    return f"{team_id}/{user_id}"

"""The places of teams in the lists of people who left them or whose team was deleted.

Each person has a list of their own, so a place is kept per person.
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
    """The present or former place of a team in the caller's list; None if it had none."""
    pk = ids.parse(cursor) or ""
    place = Team.objects.visible_to(principal).filter(pk=pk).values_list("created_at", "pk").first()
    if place is not None or principal.is_bearer:  # a key's list has no team but its own
        return place
    gone = DeletedRow.objects.filter(pk=_name(pk, principal.user.pk), resource=RESOURCE).first()
    return None if gone is None else (gone.sort_at, pk)


def _name(team_id: str, user_id: str) -> str:
    return f"{team_id}/{user_id}"

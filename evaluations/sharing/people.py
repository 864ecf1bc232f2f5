"""The people with whom an evaluation can be shared by name.

These are people whom the caller can see anyway. Everybody else gets an invite to their address. So
sharing does not reveal who has an account.
"""

from django.db.models import Q, QuerySet

from api import ids
from api.email_addresses import normal_address
from api.exceptions import InvalidRequest
from evaluations.models import AccessRequest, Evaluation, Share
from teams.auth.principals import Principal
from teams.models import Membership, Team, User


class PersonNotFound(InvalidRequest):
    """The caller shares neither a team nor this evaluation with a person of this id."""

    code = "person_not_found"
    message = (
        "There is nobody of this id in your teams or among the people of this evaluation. "
        "Share with the person's email address instead."
    )

    def __init__(self) -> None:
        super().__init__(param="userId")


def known_to(principal: Principal, evaluation: Evaluation) -> QuerySet[User]:
    """The active people of the caller's teams, holders of a share, and those who asked for one."""
    teams = [evaluation.team_id, *principal.roles]
    holders = Share.objects.granted().filter(evaluation=evaluation).values("user_id")
    requesters = AccessRequest.objects.filter(evaluation=evaluation).values("requester_id")
    return User.objects.filter(
        Q(pk__in=Membership.objects.filter(team__in=teams).values("user_id"))
        | Q(pk__in=Team.objects.filter(pk__in=teams).values("owner_id"))
        | Q(pk__in=holders)
        | Q(pk__in=requesters),
        is_active=True,
    )


def find_person(principal: Principal, evaluation: Evaluation, raw_id: str) -> User:
    """A person by their id.

    Raises:
        PersonNotFound: when the caller knows nobody of this id.
    """
    person = known_to(principal, evaluation).filter(pk=ids.parse(raw_id) or "").first()
    if person is None:
        raise PersonNotFound
    return person


def find_by_address(principal: Principal, evaluation: Evaluation, email: str) -> User | None:
    """A person by their address; None for everybody whom the caller does not know."""
    return known_to(principal, evaluation).filter(email=normal_address(email)).first()

"""The routes of teams."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.rest.lists import Listing, ListView
from api.rest.objects import ObjectView, Reading, Removal
from api.rest.pagination import Place
from api.rest.permissions import HasScope
from api.writes.idempotency import idempotent
from teams.auth.access import find_team, require_owner
from teams.auth.permissions import RequiresPerson, require_role
from teams.auth.principals import principal_of
from teams.models import Role, Team
from teams.people import members, places, services
from teams.rest.base import TeamApiView
from teams.rest.serializers import (
    LeftSerializer,
    TeamCreateSerializer,
    TeamSerializer,
    TeamTransferAdminCreateSerializer,
    TeamUpdateSerializer,
)

DEFAULT_LIMIT = 20


@extend_schema(tags=["Teams"])
class TeamListView(TeamApiView, ListView):
    """The teams a caller is in, and making new ones."""

    reply_is_personal = True

    listing = Listing(
        operation_id="getTeams",
        summary="List your teams",
        description="Newest first. A key sees the team it was made for.",
        serializer=TeamSerializer,
    )

    def rows(self, request: Request) -> QuerySet[Team]:
        """The teams the caller is in."""
        return Team.objects.visible_to(principal_of(request)).with_member_count()

    def place(self, rows: QuerySet[Team], cursor: str) -> Place | None:
        """A team keeps its place in the lists of its people when it is deleted."""
        return places.find(principal_of(self.request), cursor)

    def render(self, row: Team) -> dict[str, Any]:
        """A team, and the caller's role in it."""
        return TeamSerializer.reply(row, principal_of(self.request).role_in(row.pk))

    def authorize(self, request: Request) -> None:
        """Anybody may make a team, and is its Owner."""

    @extend_schema(
        operation_id="postTeams",
        summary="Create a team",
        request=TeamCreateSerializer,
        responses={201: TeamSerializer},
        extensions={"x-role": "any"},
    )
    @idempotent
    def post(self, request: Request, _: None) -> Response:
        """Create a team whose Owner is the caller, or the person a key acts for."""
        values = TeamCreateSerializer.parse(request.data)
        team = services.found_team(owner=principal_of(request).user, **values)
        return Response(TeamSerializer.whole(team, Role.OWNER), status=201)


@extend_schema(tags=["Teams"])
class TeamView(TeamApiView, ObjectView):
    """One team."""

    permission_classes = (HasScope, RequiresPerson)
    person_methods = frozenset({"DELETE"})
    lowers_own_rights = True

    reading = Reading(
        operation_id="getTeamsId",
        summary="Get a team",
        description="The team and the people in it.",
        serializer=TeamSerializer,
    )
    removal = Removal(
        operation_id="deleteTeamsId",
        summary="Delete a team",
        description="Delete it for good, with everything that is in it. Keys cannot do this.",
        role="Owner",
    )

    def find(self, request: Request, id: str) -> Team:
        """A team the caller is in."""
        return find_team(principal_of(request), id)

    def render(self, found: Team) -> dict[str, Any]:
        """The team, the people in it, and the caller's role."""
        return TeamSerializer.whole(found, principal_of(self.request).role_in(found.pk))

    def authorize(self, request: Request, id: str) -> Team:
        """The team, locked; Admins change it, and its Owner deletes it."""
        team = find_team(principal_of(request), id, lock=True)
        if request.method == "DELETE":
            require_owner(principal_of(request), team)
        else:
            require_role(principal_of(request), team, Role.ADMIN)
        return team

    @extend_schema(
        operation_id="patchTeamsId",
        summary="Update a team",
        request=TeamUpdateSerializer,
        responses={200: TeamSerializer},
        extensions={"x-role": "Admin+"},
    )
    @idempotent
    def patch(self, request: Request, team: Team) -> Response:
        """Change only the fields that are sent."""
        changes = TeamUpdateSerializer.parse(request.data)
        if "description" in changes:
            changes["description"] = changes["description"] or ""
        for field, value in changes.items():
            setattr(team, field, value)
        team.save(update_fields=list(changes))
        return Response(self.render(team))

    def remove(self, found: Team) -> None:
        """Delete it with everything that is in it."""
        services.delete_team(found)


@extend_schema(tags=["Teams"])
class LeaveTeamView(TeamApiView):
    """Leaving a team."""

    reply_is_personal = True
    lowers_own_rights = True

    def authorize(self, request: Request, id: str) -> Team:
        """The team, locked."""
        return find_team(principal_of(request), id, lock=True)

    def subject(self, request: Request, target: Team) -> str | None:
        """The membership: after leaving and coming back it is another one."""
        member = members.find_person(target, principal_of(request).user)
        return member.pk if member else None

    @extend_schema(
        operation_id="postTeamsIdLeave",
        summary="Leave a team",
        request={"application/json": {"type": "object"}},
        responses={200: LeftSerializer},
        extensions={"x-role": "any but the Owner"},
    )
    @idempotent
    def post(self, request: Request, team: Team) -> Response:
        """Leave, which revokes the keys you made for it. The Owner hands it over first."""
        members.remove(members.find_member(team, principal_of(request).user.pk))
        return Response({"left": True, "id": team.pk})


@extend_schema(tags=["Teams"])
class TransferAdminView(TeamApiView):
    """Handing a team over."""

    lowers_own_rights = True

    def authorize(self, request: Request, id: str) -> Team:
        """The team, locked; its Owner gives it away."""
        team = find_team(principal_of(request), id, lock=True)
        require_owner(principal_of(request), team)
        return team

    @extend_schema(
        operation_id="postTeamsIdTransferAdmin",
        summary="Hand a team over to another Owner",
        request=TeamTransferAdminCreateSerializer,
        responses={200: TeamSerializer},
        extensions={"x-role": "Owner"},
    )
    @idempotent
    def post(self, request: Request, team: Team) -> Response:
        """Make a member the Owner. You stay in the team, as an Admin."""
        values = TeamTransferAdminCreateSerializer.parse(request.data)
        members.hand_over(team=team, to=values["newOwnerId"])
        return Response(TeamSerializer.whole(team, Role.ADMIN))

"""The routes of a team's members."""

from datetime import datetime

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import ids
from api.models import DeletedRow
from api.rest.lists import list_of, page_parameters
from api.rest.objects import ObjectView, Removal
from api.rest.pagination import list_page, read_query
from api.rest.permissions import HasScope
from api.rest.views import ApiView
from api.writes.idempotency import idempotent
from teams.auth.access import find_team
from teams.auth.permissions import RequiresPerson, require_role
from teams.auth.principals import principal_of
from teams.models import Role, Team
from teams.people import invitations, members
from teams.people.members import Member
from teams.rest.base import TeamApiView
from teams.rest.serializers import (
    TeamMemberCreateSerializer,
    TeamMemberSerializer,
    TeamMemberUpdateSerializer,
)

DEFAULT_LIMIT = 20


@extend_schema(tags=["Teams"])
class MemberListView(TeamApiView):
    """The people in a team or invited to it, and inviting more."""

    @extend_schema(
        operation_id="getTeamsIdMembers",
        summary="List the members of a team",
        parameters=page_parameters(DEFAULT_LIMIT),
        responses={200: list_of(TeamMemberSerializer)},
    )
    def get(self, request: Request, id: str) -> Response:
        """Newest first; the Owner is last."""
        team = find_team(principal_of(request), id)
        everybody = members.members_of(team)
        page = list_page(
            everybody,
            read_query(request, default_limit=DEFAULT_LIMIT),
            find_cursor=lambda cursor: _find_cursor(team, everybody, cursor),
        )
        return page.response(request, TeamMemberSerializer.reply)

    def authorize(self, request: Request, id: str) -> Team:
        """The team, locked; its Admins invite."""
        team = find_team(principal_of(request), id, lock=True)
        require_role(principal_of(request), team, Role.ADMIN)
        return team

    @extend_schema(
        operation_id="postTeamsIdMembers",
        summary="Invite a member",
        request=TeamMemberCreateSerializer,
        responses={201: TeamMemberSerializer},
        extensions={"x-role": "Admin+"},
    )
    @idempotent
    def post(self, request: Request, team: Team) -> Response:
        """They get a mail, and are in the team once they accept: the reply's status is pending.

        They are listed meanwhile, by their address alone, and have no rights. An
        invitation ends after 14 days. PATCH changes the role they will have, and
        DELETE withdraws it.
        """
        values = TeamMemberCreateSerializer.parse(request.data)
        member = invitations.invite(
            team=team,
            email=values["email"],
            role=Role(values["role"]),
            by=principal_of(request).user,
        )
        return Response(TeamMemberSerializer.reply(member), status=201)


@extend_schema(tags=["Teams"])
class MemberView(TeamApiView, ObjectView):
    """One person in a team, or invited to it."""

    lowers_own_rights = True  # an Admin may remove themselves

    removal = Removal(
        operation_id="deleteTeamsIdMembersMemberId",
        summary="Remove a member",
        description="""Take them out of the team, which revokes the keys they made for it.

        Of somebody invited, withdraw the invitation.
        """,
        role="Admin+",
    )

    def authorize(self, request: Request, id: str, memberId: str) -> Member:
        """The member, while the team is locked; its Admins change who may what."""
        team = find_team(principal_of(request), id, lock=True)
        require_role(principal_of(request), team, Role.ADMIN)
        return members.find_member(team, memberId)

    @extend_schema(
        operation_id="patchTeamsIdMembersMemberId",
        summary="Change a member's role",
        request=TeamMemberUpdateSerializer,
        responses={200: TeamMemberSerializer},
        extensions={"x-role": "Admin+"},
    )
    @idempotent
    def patch(self, request: Request, member: Member) -> Response:
        """Only `transfer-admin` changes the Owner."""
        values = TeamMemberUpdateSerializer.parse(request.data)
        changed = members.change_role(member, Role(values["role"]))
        return Response(TeamMemberSerializer.reply(changed))

    def remove(self, found: Member) -> None:
        """Take a person out of the team, or withdraw their invitation."""
        members.remove(found)


@extend_schema(tags=["Teams"])
class AcceptInvitationView(ApiView):
    """Accepting an invitation."""

    permission_classes = (HasScope, RequiresPerson)
    person_methods = frozenset({"POST"})
    reply_is_personal = True

    def authorize(self, request: Request, id: str) -> Team:
        """The team, locked, for a person who is invited to it. Keys accept nothing."""
        return invitations.find_team(principal_of(request).user, id)

    def subject(self, request: Request, target: Team) -> str | None:
        """The membership: after a removal and a new invitation it is another one."""
        return invitations.subject_of(target, principal_of(request).user)

    @extend_schema(
        operation_id="postTeamsIdMembersAccept",
        summary="Accept an invitation to a team",
        request={"application/json": {"type": "object"}},
        responses={200: TeamMemberSerializer},
        extensions={"x-role": "invited"},
    )
    @idempotent
    def post(self, request: Request, team: Team) -> Response:
        """Be a member from now on, in the role that the invitation has.

        It has to be to your address. A member of the team keeps their role.
        """
        member = invitations.accept(team=team, user=principal_of(request).user)
        return Response(TeamMemberSerializer.reply(member))


def _find_cursor(team: Team, everybody: list[Member], cursor: str) -> tuple[datetime, str] | None:
    """The place of a present or former member, or of an invitation, in the list."""
    pk = ids.parse(cursor) or ""
    for member in everybody:
        if member.pk == pk:
            return member.place
    over = team.invitations.filter(pk=pk).values_list("created_at", "pk")
    gone = DeletedRow.objects.filter(pk=pk, resource="member", team_id=team.pk)
    return over.first() or gone.values_list("sort_at", "pk").first()

"""Who is in a team: inviting, roles, removing, leaving, and handing the team over.

Every change holds the lock on the team's row (`find_team(…, lock=True)`), so
that of two at once each sees what the other did. The Owner is a column of the
team and no membership: no change of roles can make or lose one.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from api import ids
from api.exceptions import InvalidRequest, NotFound
from api.models import DeletedRow
from teams import places, services
from teams.mails import queue_invitation
from teams.models import ApiKey, Membership, Role, Team, User


class MemberNotFound(NotFound):
    """There is no such member in this team."""

    code = "member_not_found"
    message = "There is no such member in this team."


class OwnerProtected(InvalidRequest):
    """A team has exactly one Owner, who changes only by handing the team over."""

    code = "owner_protected"
    message = (
        "A team has exactly one Owner, and only POST /teams/{id}/transfer-admin changes who "
        "that is."
    )


class AlreadyMember(InvalidRequest):
    """The person is in the team already; change their role instead."""

    code = "already_member"
    message = "This person is in the team already. Change their role instead."

    def __init__(self) -> None:
        super().__init__(param="email")


class NotAMember(InvalidRequest):
    """A team can only be handed over to somebody who is in it."""

    code = "not_a_member"
    message = "newOwnerId must name another active member of the team."

    def __init__(self) -> None:
        super().__init__(param="newOwnerId")


@dataclass(frozen=True)
class Member:
    """A person in a team. The Owner, who has no membership, is known by their own id."""

    pk: str
    team_id: str
    user: User
    role: Role
    created_at: datetime
    membership: Membership | None = None

    @property
    def place(self) -> tuple[datetime, str]:
        """Where they stand in the list."""
        return self.created_at, self.pk


def owner_of(team: Team) -> Member:
    """The Owner, as a member."""
    return Member(team.owner_id, team.pk, team.owner, Role.OWNER, team.created_at)


def member_of(membership: Membership) -> Member:
    """Anybody else, as a member."""
    return Member(
        membership.pk,
        membership.team_id,
        membership.user,
        Role(membership.role),
        membership.created_at,
        membership,
    )


def members_of(team: Team) -> list[Member]:
    """Everybody in a team, who came last first; the Owner is the last."""
    joined = team.memberships.exclude(user_id=team.owner_id).select_related("user")
    return [*map(member_of, joined.order_by("-created_at", "-pk")), owner_of(team)]


def find_member(team: Team, raw_id: str) -> Member:
    """Get a member by their id, or by that of the person.

    Raises:
        MemberNotFound: when there is none.
    """
    pk = ids.parse(raw_id) or ""
    if pk == team.owner_id:
        return owner_of(team)
    named = team.memberships.filter(Q(pk=pk) | Q(user_id=pk)).select_related("user")
    membership = named.exclude(user_id=team.owner_id).first()
    if membership is None:
        raise MemberNotFound
    return member_of(membership)


def invite(*, team: Team, email: str, role: Role, by: User) -> Member:
    """Put a person into a team, and mail them; an unknown address becomes an account.

    Raises:
        OwnerProtected: when they are to be Owner.
        AlreadyMember: when they are in it.
    """
    if role is Role.OWNER:
        raise OwnerProtected(param="role")
    user = services.find_or_register(email)
    if user.pk == team.owner_id or team.memberships.filter(user=user).exists():
        raise AlreadyMember
    membership = Membership.objects.create(team=team, user=user, role=role)
    queue_invitation(user, team=team, by=by)
    return member_of(membership)


def change_role(member: Member, role: Role) -> Member:
    """Give a member another role.

    Raises:
        OwnerProtected: when they are the Owner, or are to be.
    """
    if role is Role.OWNER or member.membership is None:
        raise OwnerProtected(param="role")
    member.membership.role = role
    member.membership.save(update_fields=["role"])
    return member_of(member.membership)


def remove(member: Member) -> None:
    """Take a member out of the team. Their keys of it are revoked, for good.

    Raises:
        OwnerProtected: when they are the Owner.
    """
    if member.membership is None:
        raise OwnerProtected
    ApiKey.objects.filter(team_id=member.team_id, user=member.user).end()
    places.keep(member.membership.team, [member.user])
    _end(member.membership)


def hand_over(*, team: Team, to: str) -> None:
    """Make a member, named by an id that somebody sent, the Owner; the one before is an Admin.

    Raises:
        PersonalTeam: for the team that came with an account.
        NotAMember: when there is none, or it is the Owner, or somebody who was deactivated.
    """
    if team.is_personal:
        raise services.PersonalTeam
    try:
        member = find_member(team, to)
    except MemberNotFound:
        raise NotAMember from None
    if member.membership is None or not member.user.is_active:
        raise NotAMember
    make_owner(team=team, user=member.user)


def make_owner(*, team: Team, user: User) -> None:
    """Make a person the Owner, whether or not they are in the team; the one before is an Admin."""
    before = team.owner
    for membership in team.memberships.filter(user=user):
        _end(membership)
    team.owner, team.is_personal = user, False
    team.save(update_fields=["owner", "is_personal"])
    Membership.objects.update_or_create(team=team, user=before, defaults={"role": Role.ADMIN})


def _end(membership: Membership) -> None:
    """Delete a membership; a cursor on it keeps its place for a day."""
    DeletedRow.objects.create(
        id=membership.pk,
        resource="member",
        team_id=membership.team_id,
        sort_at=membership.created_at,
    )
    membership.delete()

"""Who is in a team or invited to it: roles, removing, leaving, and handing the team over.

Every change holds the lock on the team's row (`find_team(…, lock=True)`), so that concurrent
changes run one after the other. The Owner is a column of the team and no membership: no change of
roles can make or lose one.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from api import ids
from api.exceptions import InvalidRequest, NotFound
from api.models import DeletedRow
from teams.models import ApiKey, Invitation, Membership, Role, Team, User
from teams.people import places, services
from teams.signals import left_team


class MemberNotFound(NotFound):
    """The team has no member and no invitation with this id."""

    code = "member_not_found"
    message = "There is no such member in this team."


class OwnerProtected(InvalidRequest):
    """A team has exactly one Owner. Only a transfer of the team changes the Owner."""

    code = "owner_protected"
    message = (
        "A team has exactly one Owner, and only POST /teams/{id}/transfer-admin changes who "
        "that is."
    )


class AlreadyMember(InvalidRequest):
    """The person is already a member of the team. Change their role instead."""

    code = "already_member"
    message = "This person is in the team already. Change their role instead."

    def __init__(self) -> None:
        super().__init__(param="email")


class NotAMember(InvalidRequest):
    """The new owner is not a member of the team."""

    code = "not_a_member"
    message = "newOwnerId must name another active member of the team."

    def __init__(self) -> None:
        super().__init__(param="newOwnerId")


PENDING, ACTIVE = "pending", "active"


@dataclass(frozen=True)
class Member:
    """A person in a team, or somebody invited to it.

    The Owner has no membership row, so their user id stands in for its id. An invited person has an
    address only: no user, and no rights.
    """

    pk: str
    team_id: str
    user: User | None
    email: str
    role: Role
    created_at: datetime
    row: Membership | Invitation | None = None

    @property
    def place(self) -> tuple[datetime, str]:
        """Their place in the list."""
        return self.created_at, self.pk

    @property
    def user_id(self) -> str:
        """The id of the person; of somebody invited, that of the invitation."""
        return self.user.pk if self.user else self.pk

    @property
    def name(self) -> str | None:
        """What the person is called, where that is known."""
        return (self.user.name or None) if self.user else None

    @property
    def is_owner(self) -> bool:
        """Whether they own the team."""
        return self.row is None

    @property
    def status(self) -> str:
        """Active, or pending until they accept."""
        return PENDING if self.user is None else ACTIVE


def owner_of(team: Team) -> Member:
    """The Owner, as a member."""
    owner = team.owner
    return Member(owner.pk, team.pk, owner, owner.email, Role.OWNER, team.created_at)


def member_of(row: Membership | Invitation) -> Member:
    """A membership or an invitation, as a member."""
    user = row.user if isinstance(row, Membership) else None
    email = row.user.email if isinstance(row, Membership) else row.email
    return Member(row.pk, row.team_id, user, email, Role(row.role), row.created_at, row)


def members_of(team: Team) -> list[Member]:
    """All members and invited people of a team, newest first; the Owner is last."""
    joined = team.memberships.exclude(user_id=team.owner_id).select_related("user")
    rows = [member_of(row) for rows in (joined, team.invitations.pending()) for row in rows]
    rows.sort(key=lambda member: member.place, reverse=True)
    return [*rows, owner_of(team)]


def find_member(team: Team, raw_id: str) -> Member:
    """Get a member or somebody invited by their id, or a member by that of the person.

    Raises:
        MemberNotFound: when there is none.
    """
    pk = ids.parse(raw_id) or ""
    if pk == team.owner_id:
        return owner_of(team)
    named = team.memberships.filter(Q(pk=pk) | Q(user_id=pk)).select_related("user")
    row = named.exclude(user_id=team.owner_id).first() or (
        team.invitations.pending().filter(pk=pk).first()
    )
    if row is None:
        raise MemberNotFound
    return member_of(row)


def find_person(team: Team, user: User) -> Member | None:
    """A person who is in a team, as its member; None for anybody else."""
    if user.pk == team.owner_id:
        return owner_of(team)
    membership = team.memberships.filter(user=user).select_related("user").first()
    return member_of(membership) if membership else None


def is_address_of_member(team: Team, email: str) -> bool:
    """Whether an address, in its normal form, is that of somebody in a team."""
    return team.people().filter(email=email).exists()


def change_role(member: Member, role: Role) -> Member:
    """Give a member another role, or somebody invited the one they will have.

    Raises:
        OwnerProtected: when they are the Owner, or are to be.
    """
    if role is Role.OWNER or member.row is None:
        raise OwnerProtected(param="role")
    if member.user and not role.includes(Role.ADMIN):
        _withdraw_invitations_by(member.user, member.team_id)
    member.row.role = role
    member.row.save(update_fields=["role"])
    return member_of(member.row)


def remove(member: Member) -> None:
    """Take a member out of the team, or withdraw an invitation.

    A member's keys of the team are revoked, for good, and so are the
    invitations they sent that were not accepted: these came from their role.
    So end their shares of the team's evaluations (`left_team`).

    Raises:
        OwnerProtected: when they are the Owner.
    """
    if member.row is None:
        raise OwnerProtected
    if member.user:
        ApiKey.objects.filter(team_id=member.team_id, user=member.user).end()
        _withdraw_invitations_by(member.user, member.team_id)
        places.keep(member.row.team, [member.user])
        left_team.send(Team, team_id=member.team_id, user=member.user)
    end(member.row)


def hand_over(*, team: Team, to: str) -> None:
    """Make a member the Owner, by an id that the caller sent. The former Owner becomes an Admin.

    Raises:
        PersonalTeam: for the team that came with an account.
        NotAMember: when there is none, or it is the Owner, or somebody who was deactivated.
        TooManyTeams: when they own as many as one person may.
    """
    if team.is_personal:
        raise services.PersonalTeam
    try:
        member = find_member(team, to)
    except MemberNotFound:
        raise NotAMember from None
    if member.is_owner or member.user is None or not member.user.is_active:
        raise NotAMember
    services.refuse_another_team(member.user, param="newOwnerId")
    make_owner(team=team, user=member.user)


def make_owner(*, team: Team, user: User) -> None:
    """Make a person the Owner, also one from outside; the former Owner becomes an Admin."""
    before = team.owner
    rows: list[Membership | Invitation] = [*team.memberships.filter(user=user)]
    for row in (*rows, *team.invitations.to(user)):
        end(row)
    team.owner, team.is_personal = user, False
    team.save(update_fields=["owner", "is_personal"])
    Membership.objects.update_or_create(team=team, user=before, defaults={"role": Role.ADMIN})


def end(row: Membership | Invitation) -> None:
    """Delete a membership or an invitation; a cursor on it keeps its place for a day."""
    DeletedRow.objects.create(
        id=row.pk, resource="member", team_id=row.team_id, sort_at=row.created_at
    )
    row.delete()


def _withdraw_invitations_by(user: User, team_id: str) -> None:
    for invitation in Invitation.objects.filter(team_id=team_id, invited_by=user):
        end(invitation)

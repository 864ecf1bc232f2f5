"""Invitations of addresses to teams. Accepting makes a membership.

Every change holds the lock on the team's row, as in `teams/people/members.py`. The invitation is
read again behind that lock, so one that was withdrawn or accepted meanwhile is not found.
"""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from api import ids
from api.email_addresses import normal_address
from api.exceptions import InvalidRequest, NotFound, RateLimitError
from api.models import KEPT_HOURS
from teams.limits import daily
from teams.models import Invitation, Membership, Role, Team, User
from teams.people import members, services
from teams.people.members import Member
from teams.people.notices import queue_invitation

#: Mails to one address on one day, from one team, and from one person in all teams.
MAILS_TO_ADDRESS = 3


class AlreadyInvited(InvalidRequest):
    """The address has an open invitation. Change that invitation instead."""

    code = "already_invited"
    message = (
        "This address was invited already and has not answered. Change the role of that "
        "invitation, or remove it and invite again."
    )

    def __init__(self) -> None:
        super().__init__(param="email")


class TeamFull(InvalidRequest):
    """The team has as many members and open invitations as a team may have."""

    code = "team_full"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"A team can have {limit} people besides its Owner, invited ones included. "
            "Remove somebody first.",
            param="email",
        )


class InvitationNotFound(NotFound):
    """There is no open invitation to this team for the caller's address."""

    code = "invitation_not_found"
    message = (
        "There is no invitation to this team for your address, or it is over. Ask an Admin of "
        "the team for another one."
    )


class TooManyInvitations(RateLimitError):
    """The daily limit of invitations to this address or by this person is reached. Try again
    tomorrow.
    """

    code = "invitation_limit_reached"

    def __init__(self, whom: str, limit: int) -> None:
        super().__init__(
            f"{whom} {limit} invitations today, which is the most for one day (UTC). "
            "Removing an invitation does not take its mail back. Go on tomorrow.",
            param="email",
        )


def invite(*, team: Team, email: str, role: Role, by: User) -> Member:
    """Ask an address into a locked team, and mail it.

    Whether the address has an account is neither looked up nor told.

    Raises:
        OwnerProtected: when the role is Owner.
        AlreadyMember: when it is that of somebody in the team.
        AlreadyInvited: when it has an invitation that can be accepted.
        TeamFull: when the team has as many people as a team may have.
        TooManyInvitations: when it got enough mails for today, or `by` sent enough.
    """
    if role is Role.OWNER:
        raise members.OwnerProtected(param="role")
    email = normal_address(email)
    if members.is_address_of_member(team, email):
        raise members.AlreadyMember
    if team.invitations.pending().filter(email=email).exists():
        raise AlreadyInvited
    withdraw(team, email)  # one that expired, or whose sender is no longer an Admin
    if team.memberships.count() + team.invitations.count() >= settings.MEMBERS_PER_TEAM:
        raise TeamFull(settings.MEMBERS_PER_TEAM)
    count_mail(team, email, by)
    now = timezone.now()
    invitation = Invitation.objects.create(
        team=team,
        email=email,
        role=role,
        invited_by=by,
        created_at=now,
        expires_at=now + Invitation.GOOD_FOR,
    )
    queue_invitation(invitation)
    return members.member_of(invitation)


def accept(*, team: Team, user: User) -> Member:
    """Make a person a member of a locked team, as their invitation says.

    A member keeps their role, so accepting twice is no error.

    Raises:
        InvitationNotFound: when there is none for their address that is good.
    """
    invitation = team.invitations.pending().to(user).first()
    present = members.find_person(team, user)
    if present is not None:
        withdraw(team, user.email)
        return present
    if invitation is None:
        raise InvitationNotFound
    membership = Membership.objects.create(
        id=invitation.pk,
        team=team,
        user=user,
        role=invitation.role,
        created_at=invitation.created_at,
    )
    invitation.delete()
    return members.member_of(membership)


@transaction.atomic
def accept_with_password(*, invitation: Invitation, name: str, password: str) -> Member:
    """Accept as the reader of the mails of an address that has no password yet.

    Raises:
        InvitationNotFound: when it is not good any more, or the address got a password meanwhile.
    """
    team = Team.objects.locked().filter(pk=invitation.team_id).first()
    if team is None or find_by_id(invitation.pk) is None:
        raise InvitationNotFound
    user = choose_password(invitation.email, name=name, password=password)
    if user is None:
        raise InvitationNotFound
    return accept(team=team, user=user)


@transaction.atomic
def choose_password(email: str, *, name: str, password: str) -> User | None:
    """Give the account of an invited address its first password; None if it has one by now."""
    found = services.find_or_register(email, name=name)
    user = User.objects.select_for_update(no_key=True).get(pk=found.pk)
    if not may_choose_password(user):
        return None
    user.name = name
    user.set_password(password)
    user.save(update_fields=["name", "password"])
    return user


@transaction.atomic
def decline(invitation: Invitation) -> None:
    """End an invitation at the request of its addressee."""
    team = Team.objects.locked().filter(pk=invitation.team_id).first()
    current = team and team.invitations.filter(pk=invitation.pk).first()
    if current:
        members.end(current)


def may_choose_password(user: User | None) -> bool:
    """Whether an invited address has no account that somebody could sign in to."""
    return user is None or (user.is_active and not user.has_usable_password())


def withdraw(team: Team, email: str) -> None:
    """End the invitation of an address to a locked team, if there is one."""
    for invitation in team.invitations.filter(email=normal_address(email)):
        members.end(invitation)


def subject_of(team: Team, user: User) -> str | None:
    """The id of a person's membership, or of the invitation that becomes it; both have the same."""
    present = members.find_person(team, user)
    if present is not None:
        return present.pk
    invited = team.invitations.pending().to(user).values_list("pk", flat=True)
    return invited.first()


def find_team(user: User, raw_id: str) -> Team:
    """Get a team that a person is invited to, or in, and lock it.

    Raises:
        InvitationNotFound: when there is none.
    """
    invited = Invitation.objects.pending().to(user).values("team_id")
    mine = Q(pk__in=invited) | Q(pk__in=Team.objects.of_user(user).values("pk"))
    team = Team.objects.filter(mine).locked().filter(pk=ids.parse(raw_id) or "").first()
    if team is None:
        raise InvitationNotFound
    return team


def pending_of(user: User) -> QuerySet[Invitation]:
    """The invitations that a person can accept, newest first."""
    pending = Invitation.objects.pending().to(user).select_related("team", "invited_by")
    return pending.order_by("-created_at", "-pk")


def find_by_id(pk: str) -> Invitation | None:
    """An invitation that can be accepted, with its team and sender."""
    pending = Invitation.objects.pending().select_related("team", "invited_by")
    return pending.filter(pk=pk).first()


def find_by_token(token: str) -> Invitation | None:
    """The invitation of a token from a mail, while it can be accepted."""
    pk = Invitation.id_in(token)
    return find_by_id(pk) if pk else None


def forget() -> int:
    """Delete invitations that ended a day ago; cursors on them end too. Returns the number."""
    before = timezone.now() - timedelta(hours=KEPT_HOURS)
    return Invitation.objects.filter(expires_at__lt=before).delete()[0]


def count_mail(team: Team, email: str, by: User) -> None:
    """Count a mail that asks an address into a team or to an evaluation of it, or refuse it.

    It is counted by person too: a team can be made again.

    Raises:
        TooManyInvitations: when the address got enough mails for today, or `by` sent enough.
    """
    address = hashlib.sha256(email.encode()).hexdigest()
    for sender in (f"team:{team.pk}", f"user:{by.pk}"):
        if not daily.count(f"invite {sender} {address}", MAILS_TO_ADDRESS):
            raise TooManyInvitations("This address was sent", MAILS_TO_ADDRESS)
    limit = settings.INVITATIONS_PER_DAY
    if not daily.count(f"invite user:{by.pk}", limit):
        raise TooManyInvitations(f"{by.email} sent", limit)

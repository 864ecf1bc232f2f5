"""Invitations: addresses that were asked into a team and have not answered."""

from datetime import timedelta
from typing import ClassVar, Self

from django.core.signing import BadSignature, Signer
from django.db import models
from django.utils import timezone

from api.database.fields import CuidField
from api.email_addresses import normal_address
from teams.models.people import User
from teams.models.roles import Role
from teams.models.team import Membership, Team


def _invitation_signer() -> Signer:
    """Made when it is used: without a SECRET_KEY the checks could not say what is missing."""
    return Signer(salt="teams.invitations")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Reads of invitations."""

    def pending(self) -> Self:
        """Those that can be accepted: in time, and from an active Admin of the team.

        An invitation gives no more than its sender may give at this moment.
        """
        admins = Membership.objects.filter(
            team=models.OuterRef("team"), user=models.OuterRef("invited_by"), role=Role.ADMIN
        )
        return self.filter(
            models.Q(team__owner=models.F("invited_by")) | models.Exists(admins),
            invited_by__is_active=True,
            expires_at__gt=timezone.now(),
        )

    def to(self, user: User) -> Self:
        """Those to the address of a person."""
        return self.filter(email=normal_address(user.email))


class Invitation(models.Model):
    """An address that was asked into a team, and has not answered.

    Nobody is in the team by it: accepting makes it a membership with the same id. It refers to an
    address and to no account, so that inviting does not reveal whether there is one.
    """

    GOOD_FOR = timedelta(days=14)

    id = CuidField(primary_key=True)
    team = models.ForeignKey(Team, models.CASCADE, related_name="invitations")
    email = models.EmailField(db_index=True, help_text="In its normal form.")
    role = models.CharField(
        max_length=10, choices=[(role.value, role.label) for role in Membership.MEMBER_ROLES]
    )
    invited_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "email"], name="invitation_once_per_team"),
            models.CheckConstraint(
                condition=models.Q(role__in=[Role.VIEWER, Role.EDITOR, Role.ADMIN]),
                name="invitation_role_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} ({self.role})"

    @property
    def token(self) -> str:
        """The secret in its mail: sending it proves that the mail was read."""
        return _invitation_signer().sign(self.pk)

    @staticmethod
    def id_in(token: str) -> str | None:
        """The id of the invitation that a token was made for; None for an invalid token."""
        try:
            return _invitation_signer().unsign(token)
        except BadSignature:
            return None

"""Teams, who is in them with which role, and their plans."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from api.database.fields import CuidField
from teams.models.people import User
from teams.models.roles import Role
from teams.models.tenancy import TenantQuerySet


class Plan(models.TextChoices):
    """What a team has subscribed to."""

    FREE = "free", "Free"
    TEAM = "team", "Team"
    PRO = "pro", "Pro"
    ENTERPRISE = "enterprise", "Enterprise"


def default_plan() -> str:
    """The plan of a new team: what the installation says."""
    return str(settings.DEFAULT_PLAN)


class TeamQuerySet(TenantQuerySet["Team"]):
    """Reads of teams."""

    team_path = "pk"

    def of_user(self, user: User) -> Self:
        """The teams a person owns or is a member of."""
        joined = Membership.objects.filter(user=user).values("team_id")
        return self.filter(models.Q(owner=user) | models.Q(pk__in=joined))

    def with_member_count(self) -> Self:
        """Say of each team how many people are in it, its Owner included."""
        others = models.Q(memberships__isnull=False) & ~models.Q(
            memberships__user=models.F("owner")
        )
        return self.annotate(member_count=models.Count("memberships", filter=others) + 1)

    def locked(self) -> Self:
        """Locked until the transaction ends, so that changes of its members take turns.

        Rows that only refer to the team can be written meanwhile.
        """
        return self.select_for_update(of=("self",), no_key=True)


class Team(models.Model):
    """A tenant: every other row belongs to exactly one team.

    The Owner is a column, so that each team has exactly one.
    """

    id = CuidField(primary_key=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    slug = models.SlugField(max_length=80, unique=True)
    is_personal = models.BooleanField(
        default=False, editable=False, help_text="The one that came with its Owner's account."
    )
    plan = models.CharField(max_length=10, choices=Plan.choices, default=Plan.PRO)
    owner = models.ForeignKey(User, models.PROTECT, related_name="owned_teams")
    # Limits of its own, which replace those of its plan. Empty: the plan's.
    rpm_limit = models.PositiveIntegerField("requests per minute", null=True, blank=True)
    autouser_ratings_limit = models.PositiveIntegerField(
        "autouser ratings per month", null=True, blank=True
    )
    human_ratings_limit = models.PositiveIntegerField(
        "human ratings per month", null=True, blank=True
    )
    evaluations_limit = models.PositiveIntegerField("evaluations per month", null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TeamQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(plan__in=Plan.values), name="team_plan_known"
            ),
            models.UniqueConstraint(
                fields=["owner"],
                condition=models.Q(is_personal=True),
                name="team_personal_once_per_person",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def people(self) -> models.QuerySet[User]:
        """Everybody in the team, its Owner among them."""
        joined = self.memberships.values("user_id")
        return User.objects.filter(models.Q(pk=self.owner_id) | models.Q(pk__in=joined))


class Membership(models.Model):
    """A person's role in a team they do not own."""

    MEMBER_ROLES = (Role.VIEWER, Role.EDITOR, Role.ADMIN)

    id = CuidField(primary_key=True)
    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(
        max_length=10, choices=[(role.value, role.label) for role in MEMBER_ROLES]
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "user"], name="membership_once_per_team"),
            models.CheckConstraint(
                condition=models.Q(role__in=[Role.VIEWER, Role.EDITOR, Role.ADMIN]),
                name="membership_role_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"

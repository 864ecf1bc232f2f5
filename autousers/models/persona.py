"""Models of personas, rubrics and calibrations."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from api.database.announced import AnnouncedQuerySet, StatusModel
from api.database.fields import CuidField
from evaluations.models import Evaluation
from teams.models import Caller, Team, TenantQuerySet

#: Characters of an autouser's id: a cuid, or the short word of a built-in one.
AUTOUSER_ID_LENGTH = 64

#: The dimension of a rubric that is about the whole persona.
WHOLE_PERSONA = "overall"


class AutouserStatus(models.TextChoices):
    """The status of an autouser."""

    DRAFT = "draft", "draft"
    PUBLISHED = "published", "published"


class Visibility(models.TextChoices):
    """A label set by members; it grants no access to other teams."""

    PRIVATE = "private", "private"
    PUBLIC = "public", "public"


class CalibrationStatus(models.TextChoices):
    """The calibration status of an autouser."""

    UNCALIBRATED = "uncalibrated", "uncalibrated"
    CALIBRATING = "calibrating", "calibrating"
    CALIBRATED = "calibrated", "calibrated"
    FROZEN = "frozen", "frozen"


class AutouserQuerySet(TenantQuerySet["Autouser"]):
    """Reads of autousers."""

    has_built_in_rows = True

    def alive(self) -> Self:
        """Autousers that are not deleted."""
        return self.filter(deleted_at=None)

    def visible_to(self, caller: Caller) -> Self:
        """Built-in autousers and those of the caller's teams, without deleted ones."""
        return self.alive().in_teams_of(caller)

    def usable_in(self, team: Team) -> Self:
        """Autousers that a team's evaluations can select."""
        return self.alive().filter(Q(team=None) | Q(team=team))


class Autouser(models.Model):
    """A persona that rates designs: a built-in one, or one of a team.

    Deleting it is soft, because runs and ratings refer to it.
    """

    id = CuidField(primary_key=True, max_length=AUTOUSER_ID_LENGTH)
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="autousers")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=200)
    description = models.TextField(null=True, blank=True, max_length=2000)  # noqa: DJ001 - the API tells null from ""
    role = models.CharField(max_length=200, default="autouser")
    avatar = models.CharField(max_length=500, null=True, blank=True)  # noqa: DJ001 - the API answers null
    system_prompt = models.TextField(max_length=50_000)
    status = models.CharField(
        max_length=9, choices=AutouserStatus.choices, default=AutouserStatus.PUBLISHED
    )
    visibility = models.CharField(
        max_length=7, choices=Visibility.choices, default=Visibility.PRIVATE
    )
    capabilities = models.JSONField(null=True, blank=True)
    config = models.JSONField(null=True, blank=True)
    calibration_status = models.CharField(
        max_length=12,
        choices=CalibrationStatus.choices,
        default=CalibrationStatus.UNCALIBRATED,
        editable=False,
    )
    active_rubric = models.ForeignKey(
        "Rubric", models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AutouserQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            # GET /autousers: newest change first within a team, by keyset.
            models.Index(fields=["team", "-updated_at", "-id"], name="autouser_list"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=AutouserStatus.values), name="autouser_status_known"
            ),
            models.CheckConstraint(
                condition=Q(visibility__in=Visibility.values), name="autouser_visibility_known"
            ),
            models.CheckConstraint(
                condition=Q(calibration_status__in=CalibrationStatus.values),
                name="autouser_calibration_status_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_system(self) -> bool:
        """Whether it is built in: it has no team."""
        return self.team_id is None

    @property
    def origin(self) -> str:
        """Its origin, in the API's word."""
        return "built-in" if self.is_system else "custom"

    @property
    def is_frozen(self) -> bool:
        """Whether its rubric is frozen."""
        return self.calibration_status == CalibrationStatus.FROZEN


class RubricStatus(models.TextChoices):
    """A draft can be edited, the active one is used for rating, a frozen one never changes."""

    DRAFT = "draft", "draft"
    ACTIVE = "active", "active"
    FROZEN = "frozen", "frozen"


class Rubric(StatusModel):
    """A rubric version of an autouser. Freezing it is announced."""

    ANNOUNCED: ClassVar = frozenset({"status"})
    CREATION_IS_ANNOUNCED: ClassVar = False

    NEXT_STATUSES: ClassVar[dict[str, frozenset[str]]] = {
        RubricStatus.DRAFT: frozenset({RubricStatus.ACTIVE, RubricStatus.FROZEN}),
        RubricStatus.ACTIVE: frozenset({RubricStatus.DRAFT, RubricStatus.FROZEN}),
        RubricStatus.FROZEN: frozenset(),
    }

    id = CuidField(primary_key=True)
    autouser = models.ForeignKey(Autouser, models.CASCADE, related_name="rubrics")
    version = models.PositiveIntegerField()
    dimension_id = models.CharField(max_length=200, default=WHOLE_PERSONA)
    name = models.CharField(max_length=200)
    status = models.CharField(
        max_length=6, choices=RubricStatus.choices, default=RubricStatus.DRAFT
    )
    criteria_text = models.TextField(max_length=50_000)
    commit_message = models.CharField(max_length=500, null=True, blank=True)  # noqa: DJ001 - the API answers null
    krippendorff_alpha = models.FloatField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    frozen_at = models.DateTimeField(null=True, blank=True, editable=False)
    revised_at = models.DateTimeField(
        default=timezone.now,
        editable=False,
        help_text="When its criteria were changed last; what was measured before is out of date.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AnnouncedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["autouser", "version"], name="rubric_version_once"),
            models.CheckConstraint(
                condition=Q(status__in=RubricStatus.values), name="rubric_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status=RubricStatus.FROZEN, frozen_at__isnull=False)
                | (~Q(status=RubricStatus.FROZEN) & Q(frozen_at__isnull=True)),
                name="rubric_frozen_at_some_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def is_frozen(self) -> bool:
        """Whether it never changes any more."""
        return self.status == RubricStatus.FROZEN

    @property
    def label(self) -> str:
        """How a rating names the rubric it was given by: `v3`."""
        return f"v{self.version}"


class CalibrationRun(models.Model):
    """One comparison of an autouser's scores with those people gave in one evaluation."""

    id = CuidField(primary_key=True)
    autouser = models.ForeignKey(Autouser, models.CASCADE, related_name="calibrations")
    evaluation = models.ForeignKey(
        Evaluation, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    rubric = models.ForeignKey(Rubric, models.SET_NULL, null=True, blank=True, related_name="+")
    kappa = models.FloatField(null=True, blank=True)
    krippendorff_alpha = models.FloatField(null=True, blank=True)
    agreement = models.FloatField(null=True, blank=True, help_text="Percent, 0 to 100.")
    sample_size = models.PositiveIntegerField()
    by_dimension = models.JSONField(default=dict)
    disagreements = models.JSONField(default=list)
    converged = models.BooleanField(default=False)
    message = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = "calibration"
        indexes: ClassVar = [
            models.Index(fields=["autouser", "-created_at"], name="calibration_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.autouser_id}, {self.created_at:%Y-%m-%d}"

"""Models of templates, their versions, and the dimensions of evaluations."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from api.database.fields import CuidField
from evaluations.models.choices import DESCRIPTION_LIMIT, NAME_LIMIT, EvaluationType
from evaluations.models.evaluation import Evaluation
from teams.models import Team, TenantQuerySet

#: Characters of a template's id: a cuid, or the short word of a built-in one.
TEMPLATE_ID_LENGTH = 64

#: Characters of the id by which a study selects a dimension.
DIMENSION_ID_LENGTH = 200


class TemplateType(models.TextChoices):
    """The kind of stimulus, shown alone (SSE) or side by side (SXS)."""

    TEXT_SXS = "TEXT_SXS", "TEXT_SXS"
    TEXT_SSE = "TEXT_SSE", "TEXT_SSE"
    MEDIA_SXS = "MEDIA_SXS", "MEDIA_SXS"
    MEDIA_SSE = "MEDIA_SSE", "MEDIA_SSE"


class ScaleType(models.TextChoices):
    """How many steps a scale has."""

    THREE_POINT = "THREE_POINT", "THREE_POINT"
    FIVE_POINT = "FIVE_POINT", "FIVE_POINT"
    SEVEN_POINT = "SEVEN_POINT", "SEVEN_POINT"


#: The highest score of a side-by-side scale, by its number of steps; the lowest is its negative.
SXS_REACH = {ScaleType.THREE_POINT: 1, ScaleType.FIVE_POINT: 2, ScaleType.SEVEN_POINT: 3}

#: The default scale of a single design.
SSE_SCALE = (1, 5)


class TemplateStatus(models.TextChoices):
    """A draft belongs to an evaluation that is still a Draft."""

    DRAFT = "draft", "draft"
    ACTIVE = "active", "active"


class TemplateQuerySet(TenantQuerySet["Template"]):
    """Reads of templates."""

    has_built_in_rows = True

    def listed(self) -> Self:
        """All but the members of sets, which are shown with their set."""
        return self.filter(set=None)

    def usable_in(self, team: Team) -> Self:
        """Templates that evaluations of a team can select."""
        return self.filter(Q(team=None) | Q(team=team))


class Template(models.Model):
    """A dimension that raters judge: a built-in one, or one of a team.

    `content` has the fields that the API stores and answers unchanged, by their API names. Members
    of sets and dimensions of one study have a `key`; studies select them by it instead of by id.
    """

    id = CuidField(primary_key=True, max_length=TEMPLATE_ID_LENGTH)
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="templates")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    key = models.CharField(max_length=DIMENSION_ID_LENGTH, blank=True, editable=False)
    set = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="members", editable=False
    )
    made_for = models.ForeignKey(
        Evaluation, models.SET_NULL, null=True, blank=True, related_name="own_templates",
        editable=False,
    )  # fmt: skip
    name = models.CharField(max_length=NAME_LIMIT)
    description = models.TextField(null=True, blank=True, max_length=DESCRIPTION_LIMIT)  # noqa: DJ001 - the API tells null from ""
    status = models.CharField(
        max_length=6, choices=TemplateStatus.choices, default=TemplateStatus.ACTIVE
    )
    type = models.CharField(
        max_length=9, choices=TemplateType.choices, default=TemplateType.TEXT_SXS
    )
    scale_type = models.CharField(
        max_length=11, choices=ScaleType.choices, default=ScaleType.SEVEN_POINT
    )
    scale_min = models.SmallIntegerField(default=1)
    scale_max = models.SmallIntegerField(default=7)
    icon = models.CharField(max_length=100, default="star")
    content = models.JSONField(default=dict, help_text="The rest, by the API's field names.")
    source_built_in_id = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001 - null: made from no other
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TemplateQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            # GET /templates: newest change first within a team, by keyset.
            models.Index(fields=["team", "-updated_at", "-id"], name="template_list"),
            # The dimensions that a study selects by key.
            models.Index(fields=["team", "key"], condition=~Q(key=""), name="template_key"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=TemplateStatus.values), name="template_status_known"
            ),
            models.CheckConstraint(
                condition=Q(type__in=TemplateType.values), name="template_type_known"
            ),
            models.CheckConstraint(
                condition=Q(scale_type__in=ScaleType.values), name="template_scale_type_known"
            ),
            models.CheckConstraint(
                condition=Q(scale_min__lt=models.F("scale_max")), name="template_scale_rises"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_system(self) -> bool:
        """Whether it is built in: it has no team."""
        return self.team_id is None

    @property
    def selected_by(self) -> str:
        """The id by which studies select it."""
        return self.key or self.pk

    def scale_for(self, evaluation_type: str) -> tuple[int, int]:
        """The lowest and highest score in an evaluation of a type.

        Side by side, the scale reaches equally far to both sides of 0, "the
        same"; negative scores are for side A. A single design is rated from 1
        to 5, unless the template was made for single designs.
        """
        if evaluation_type == EvaluationType.SXS:
            reach = SXS_REACH[ScaleType(self.scale_type)]
            return -reach, reach
        if self.type in (TemplateType.TEXT_SSE, TemplateType.MEDIA_SSE):
            return self.scale_min, self.scale_max
        return SSE_SCALE


class VersionChange(models.TextChoices):
    """The change that made a version."""

    CREATED = "created", "created"
    UPDATED = "updated", "updated"
    DUPLICATED = "duplicated", "duplicated"


class TemplateVersion(models.Model):
    """A version of a template; evaluations refer to it.

    It outlives a deleted template if an evaluation refers to it.
    """

    id = CuidField(primary_key=True)
    template = models.ForeignKey(
        Template, models.SET_NULL, null=True, blank=True, related_name="versions"
    )
    dimension_id = models.CharField(max_length=TEMPLATE_ID_LENGTH, help_text="The template's id.")
    version = models.PositiveIntegerField()
    change_type = models.CharField(max_length=10, choices=VersionChange.choices)
    change_summary = models.TextField(null=True, blank=True)  # noqa: DJ001 - the API answers null
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    snapshot = models.JSONField(default=dict, help_text="The template as the API answered it.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["dimension_id", "version"], name="template_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dimension_id} v{self.version}"


class EvaluationDimension(models.Model):
    """A dimension of an evaluation, with the template's scale at the time of selection."""

    id = CuidField(primary_key=True)
    evaluation = models.ForeignKey(  # its index is the beginning of the constraints below
        Evaluation, models.CASCADE, related_name="dimensions", db_index=False
    )
    position = models.PositiveIntegerField()
    dimension_id = models.CharField(
        max_length=DIMENSION_ID_LENGTH, help_text="The id it was selected by."
    )
    name = models.CharField(max_length=NAME_LIMIT)
    minimum = models.SmallIntegerField()
    maximum = models.SmallIntegerField()
    template = models.ForeignKey(Template, models.RESTRICT, related_name="used_as")
    template_version = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["evaluation", "position"], name="evaluation_dimension_position_once"
            ),
            models.UniqueConstraint(
                fields=["evaluation", "dimension_id"], name="evaluation_dimension_once"
            ),
        ]

    def __str__(self) -> str:
        return self.dimension_id

    def allows(self, score: Any) -> bool:
        """Whether a number is on the scale."""
        return bool(self.minimum <= score <= self.maximum)

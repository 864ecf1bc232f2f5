"""The operators' pages of templates and their versions.

They are read-only: a change must make a version, which only the API does.
"""

from django.contrib import admin

from api.admin import cells
from api.admin.base import ReadOnlyAdmin, ReadOnlyInline, display
from api.admin.lists import NewestRelatedFilter
from evaluations.models import EvaluationDimension, Template, TemplateVersion


class DimensionInline(ReadOnlyInline):
    """The dimensions of an evaluation."""

    model = EvaluationDimension
    fields = ("position", "dimension_id", "name", "minimum", "maximum", "taken_from")

    @display(description="template")
    def taken_from(self, dimension: EvaluationDimension) -> str:
        """Link to the template, with the version that the evaluation uses."""
        text = f"{dimension.template_id} v{dimension.template_version}"
        return cells.link_to("evaluations.template", dimension.template_id, text)


class VersionInline(ReadOnlyInline):
    """The versions of a template."""

    model = TemplateVersion
    fields = ("version_link", "change_type", "change_summary", "changed_by", "created_at")
    ordering = ("-version",)

    @display(description="version")
    def version_link(self, version: TemplateVersion) -> str:
        """Link to the version."""
        return cells.link(version, f"v{version.version}")


class MemberInline(ReadOnlyInline):
    """The dimensions of a set."""

    model = Template
    fk_name = "set"
    verbose_name_plural = "dimensions of the set"
    fields = ("key", "name", "scale_min", "scale_max", "version")


@admin.register(Template)
class TemplateAdmin(ReadOnlyAdmin):
    """Templates with their team, content and evaluation."""

    list_display = ("name", "id", "team_link", "key", "status", "type", "version", "changed")
    list_filter = ("status", "type", ("team", NewestRelatedFilter))
    list_select_related = ("team",)
    search_fields = ("pk", "team", "key", "name__icontains")
    search_help_text = "Id, id of the team, key, or name"
    fields = (
        "id",
        "team_link",
        "name",
        "description",
        "status",
        "key",
        "set_link",
        "made_for_link",
        "type",
        "scale_type",
        "scale_min",
        "scale_max",
        "icon",
        "source_built_in_id",
        "content_shown",
        "version",
        "created_by",
        "created_at",
        "updated_at",
    )
    inlines = (MemberInline, VersionInline)

    @display(description="team")
    def team_link(self, template: Template) -> str:
        """Link to its team; built-in ones have none."""
        return cells.link(template.team)

    @display(description="set")
    def set_link(self, template: Template) -> str:
        """The set it is a dimension of."""
        return cells.link(template.set)

    @display(description="made for")
    def made_for_link(self, template: Template) -> str:
        """The study it was made for."""
        return cells.link(template.made_for)

    @display(description="content")
    def content_shown(self, template: Template) -> str:
        """The rest, by the names of the API."""
        return cells.pretty(template.content)

    @display(description="changed")
    def changed(self, template: Template) -> str:
        """When it was changed last."""
        return cells.moment(template.updated_at)


@admin.register(TemplateVersion)
class TemplateVersionAdmin(ReadOnlyAdmin):
    """Versions of templates."""

    list_display = ("id", "template_link", "version", "change_type", "change_summary")
    list_select_related = ("template",)
    list_filter = ("change_type",)
    search_fields = ("pk", "dimension_id")
    search_help_text = "Id, or id of the template"
    fields = (
        "id",
        "template_link",
        "version",
        "change_type",
        "change_summary",
        "changed_by",
        "created_at",
        "snapshot_shown",
    )

    @display(description="template")
    def template_link(self, version: TemplateVersion) -> str:
        """The template as it is now."""
        return cells.link(version.template)

    @display(description="snapshot")
    def snapshot_shown(self, version: TemplateVersion) -> str:
        """What the API answered then."""
        return cells.pretty(version.snapshot)


@admin.register(EvaluationDimension)
class EvaluationDimensionAdmin(ReadOnlyAdmin):
    """The dimensions of all evaluations."""

    list_display = ("id", "evaluation_link", "position", "dimension_id", "minimum", "maximum")
    list_select_related = ("evaluation",)
    search_fields = ("pk", "evaluation", "template")
    search_help_text = "Id, id of the evaluation, or id of the template"
    fields = (
        "id",
        "evaluation_link",
        "position",
        "dimension_id",
        "name",
        "minimum",
        "maximum",
        "template",
        "template_version",
    )

    @display(description="evaluation")
    def evaluation_link(self, dimension: EvaluationDimension) -> str:
        """The study it belongs to."""
        return cells.link(dimension.evaluation)

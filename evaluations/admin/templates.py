"""The operators' pages of templates: what designs are judged by, and how that stood over time.

They are looked at only: a change makes a version, and the API is what does that.
"""

from django.contrib import admin

from api.admin import cells
from api.admin.base import ReadOnlyAdmin, ReadOnlyInline, display
from api.admin.lists import NewestRelatedFilter
from evaluations.models import EvaluationDimension, Template, TemplateVersion


class DimensionInline(ReadOnlyInline):
    """What a study is rated on."""

    model = EvaluationDimension
    fields = ("position", "dimension_id", "name", "minimum", "maximum", "taken_from")

    @display(description="template")
    def taken_from(self, dimension: EvaluationDimension) -> str:
        """The template, and the version of it that the study took."""
        text = f"{dimension.template_id} v{dimension.template_version}"
        return cells.link_to("evaluations.template", dimension.template_id, text)


class VersionInline(ReadOnlyInline):
    """How the template stood over time."""

    model = TemplateVersion
    fields = ("version_link", "change_type", "change_summary", "changed_by", "created_at")
    ordering = ("-version",)

    @display(description="version")
    def version_link(self, version: TemplateVersion) -> str:
        """The version, which has a page of its own."""
        return cells.link(version, f"v{version.version}")


class MemberInline(ReadOnlyInline):
    """The dimensions of a set, which studies select by their keys."""

    model = Template
    fk_name = "set"
    verbose_name_plural = "dimensions of the set"
    fields = ("key", "name", "scale_min", "scale_max", "version")


@admin.register(Template)
class TemplateAdmin(ReadOnlyAdmin):
    """Templates: whose they are, what they say, and for which study they were made."""

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
        """Whose it is; built-in ones are nobody's."""
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
    """Templates as they stood."""

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
    """What studies are rated on, one by one."""

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

"""The rules of making, changing and deleting templates.

Every change writes a version, the new reply of the API, in its transaction. A set keeps its list as
it was sent; each entry is also a row of its own, which studies select by the id it has in the list.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework.serializers import ValidationError

from api.database.columns import editable_columns
from api.exceptions import InvalidRequest
from api.models import DeletedRow
from evaluations.models import (
    NAME_LIMIT,
    EvaluationDimension,
    ScaleType,
    Template,
    TemplateStatus,
    TemplateType,
    TemplateVersion,
    VersionChange,
)
from evaluations.templates import scales
from evaluations.templates.shapes import (
    COLUMNS,
    CONTENT_FIELDS,
    SCALE_FIELDS,
    TemplateSerializer,
    changeable,
)
from teams.models import Team, User

#: The names of deleted templates in `DeletedRow`.
RESOURCE = "template"

#: Fields that a revert leaves alone: the status is no content.
NOT_REVERTED = frozenset({"status"})

#: A copy of a draft is no draft.
NOT_COPIED = frozenset({"status"})


class TemplateInUse(InvalidRequest):
    """An evaluation uses the template, or a dimension that would be removed from the set."""

    code = "template_in_use"


@transaction.atomic(savepoint=False)
def create_template(*, team: Team, author: User | None, values: dict[str, Any]) -> Template:
    """Make a template of a team from a validated body, with the members of a set.

    Raises:
        ValidationError: when the bounds of the scale are invalid.
    """
    template = Template(team=team, created_by=author)
    _assign(template, values)
    insert([template, *_members_of(template)])
    return template


@transaction.atomic(savepoint=False)
def update_template(*, template: Template, changes: dict[str, Any], author: User | None) -> bool:
    """Apply validated changes to a template whose row the caller has locked.

    Nothing is written when nothing differs; False says so.

    Raises:
        TemplateInUse: when a dimension that a study is rated by would leave the set.
        ValidationError: when the bounds of the scale are invalid.
    """
    before = changeable(template)
    _assign(template, changes)
    return _save_if_changed(template, before, author)


@transaction.atomic(savepoint=False)
def revert_template(*, template: Template, version: TemplateVersion, author: User | None) -> bool:
    """Restore the content of a version in a locked template.

    Raises:
        As `update_template` does.
    """
    before = changeable(template)
    template.content = {}
    known = (COLUMNS.keys() | set(CONTENT_FIELDS)) - NOT_REVERTED
    said = {name: value for name, value in version.snapshot.items() if name in known}
    _assign(template, {COLUMNS.get(name, name): value for name, value in said.items()})
    return _save_if_changed(template, before, author, f"Reverted to version {version.version}.")


@transaction.atomic(savepoint=False)
def duplicate_template(*, source: Template, team: Team, author: User | None) -> Template:
    """Copy a template into a team, with the members of a set."""
    values = {name: getattr(source, name) for name in editable_columns(Template) - NOT_COPIED}
    values |= {"name": f"{source.name[: NAME_LIMIT - 7]} (copy)", "content": {**source.content}}
    if source.is_system:
        values["source_built_in_id"] = source.pk
    copy = Template(team=team, created_by=author, **values)
    summary = f"Duplicated from {source.name} ({source.pk})."
    insert([copy, *_members_of(copy)], VersionChange.DUPLICATED, summary)
    return copy


@transaction.atomic(savepoint=False)
def delete_templates(templates: Iterable[Template]) -> None:
    """Delete locked templates for good, with their versions and the members of sets.

    Raises:
        TemplateInUse: while a study is rated by one of them.
    """
    deleted = list(templates)
    members = Template.objects.filter(set__in=deleted).select_for_update(of=("self",))
    family = [*deleted, *members.order_by("pk")]
    studies = EvaluationDimension.objects.filter(template__in=family).values("evaluation")
    if count := studies.distinct().count():
        raise TemplateInUse(f"The template is attached to evaluations ({count}); it has to stay.")
    DeletedRow.objects.bulk_create(
        DeletedRow(
            id=template.pk,
            resource=RESOURCE,
            team_id=template.team_id or "",
            sort_at=template.updated_at,
        )
        for template in deleted
    )
    TemplateVersion.objects.filter(template__in=family).delete()
    Template.objects.filter(pk__in=[template.pk for template in family]).delete()


def insert(
    templates: Sequence[Template],
    change: VersionChange = VersionChange.CREATED,
    summary: str | None = None,
) -> None:
    """Save new templates, each with its first version."""
    for template in templates:
        template.updated_at = template.created_at
    Template.objects.bulk_create(templates)
    TemplateVersion.objects.bulk_create(
        _version(template, change, template.created_by, summary) for template in templates
    )


def save_changes(templates: Sequence[Template], author: User | None, summary: str) -> None:
    """Save locked templates that were changed, each with a new version."""
    if not templates:
        return
    now = timezone.now()
    for template in templates:
        template.version += 1
        template.updated_at = now
    fields = [*COLUMNS.values(), "content", "version", "updated_at"]
    Template.objects.bulk_update(templates, fields)
    TemplateVersion.objects.bulk_create(
        _version(template, VersionChange.UPDATED, author, summary) for template in templates
    )


def _save_if_changed(
    template: Template, before: dict[str, Any], author: User | None, summary: str | None = None
) -> bool:
    after = changeable(template)
    names = sorted(before.keys() | after.keys())
    changed = [name for name in names if before.get(name, ...) != after.get(name, ...)]
    if changed:
        save_changes([template], author, summary or f"Changed {', '.join(changed)}.")
        _reconcile(template, author)
    return bool(changed)


def _version(
    template: Template, change: VersionChange, author: User | None, summary: str | None
) -> TemplateVersion:
    return TemplateVersion(
        template=template,
        dimension_id=template.pk,
        version=template.version,
        change_type=change,
        change_summary=summary,
        changed_by=author,
        snapshot=TemplateSerializer.render(template),
        created_at=template.updated_at,
    )


def _assign(template: Template, changes: dict[str, Any]) -> None:
    """Set what was sent. A field that is neither a column nor part of the content raises."""
    content = {name: changes[name] for name in CONTENT_FIELDS if name in changes}
    template.content = {**template.content, **content}
    for name in changes.keys() - content.keys():
        if name not in COLUMNS.values():
            raise TypeError(f"A template keeps no field {name!r}.")
        setattr(template, name, changes[name])
    sent = changes.keys() & set(SCALE_FIELDS.values())
    if sent == {"scale_type"}:
        template.scale_max = template.scale_min + scales.STEPS[ScaleType(template.scale_type)] - 1
    elif sent and "scale_type" not in sent:
        template.scale_type = scales.type_of(template.scale_min, template.scale_max)
    if not scales.are_bounds(template.scale_min, template.scale_max):
        message = (
            f"scaleMin must be below scaleMax, and both between -{scales.LIMIT} and {scales.LIMIT}."
        )
        raise ValidationError({"scaleMin" if sent == {"scale_min"} else "scaleMax": message})


# --- sets ------------------------------------------------------------------------------------


def _members_of(template: Template) -> list[Template]:
    """A row for each dimension that a set lists; not saved."""
    listed = template.content.get("dimensions") or []
    return [_fill_member(Template(created_by=template.created_by), template, one) for one in listed]


def _locked_members(template: Template) -> list[Template]:
    return list(template.members.select_for_update(of=("self",)).order_by("pk"))


def _reconcile(template: Template, author: User | None) -> None:
    """Update the members of a locked set from its list.

    Raises:
        TemplateInUse: when one that a study is rated by is not listed any more.
    """
    listed = {entry["id"]: entry for entry in template.content.get("dimensions") or []}
    members = _locked_members(template)
    if not listed and not members:
        return
    _remove([member for member in members if member.key not in listed])
    kept = [member for member in members if member.key in listed]
    changed = []
    for member in kept:
        before = changeable(member)
        if changeable(_fill_member(member, template, listed.pop(member.key))) != before:
            changed.append(member)
    save_changes(changed, author, "Changed with its set.")
    insert(
        [_fill_member(Template(created_by=author), template, entry) for entry in listed.values()]
    )


def _remove(members: Sequence[Template]) -> None:
    if not members:
        return
    used = EvaluationDimension.objects.filter(template__in=members).first()
    if used is not None:
        raise TemplateInUse(
            f"dimensions: {used.dimension_id!r} is attached to an evaluation; it has to stay.",
            param="dimensions",
        )
    pks = [member.pk for member in members]
    TemplateVersion.objects.filter(template__in=pks).delete()
    Template.objects.filter(pk__in=pks).delete()


def _fill_member(member: Template, template: Template, entry: dict[str, Any]) -> Template:
    """Update a member from its entry; without a scale of its own it has the set's."""
    member.set, member.team = template, template.team
    member.key, member.name = entry["id"], entry["label"]
    member.status, member.icon, member.type = template.status, template.icon, template.type
    bounds = scales.parse(entry.get("scale") or "")
    if bounds is None:
        member.scale_min, member.scale_max = template.scale_min, template.scale_max
        member.scale_type = template.scale_type
        return member
    media = template.type in (TemplateType.MEDIA_SSE, TemplateType.MEDIA_SXS)
    member.type = TemplateType.MEDIA_SSE if media else TemplateType.TEXT_SSE
    member.scale_min, member.scale_max = bounds
    member.scale_type = scales.type_of(*bounds)
    return member


def activate(drafts: Iterable[Template]) -> None:
    """Activate locked drafts, when their evaluation starts."""
    drafts = list(drafts)
    for draft in drafts:
        draft.status = TemplateStatus.ACTIVE
    save_changes(drafts, None, "Its evaluation runs.")

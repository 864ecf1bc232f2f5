"""The dimensions of an evaluation: finding templates by the selected ids."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import F, Q

from api import ids
from api.exceptions import InvalidRequest
from evaluations.models import (
    Evaluation,
    EvaluationDimension,
    EvaluationStatus,
    EvaluationType,
    ScaleType,
    Template,
    TemplateStatus,
    TemplateType,
)
from evaluations.templates import services
from evaluations.templates.shapes import changeable, fitting_content
from teams.models import Team, User

DEFAULT = ["overall"]

#: Other words for built-in dimensions.
ALIASES = {"visual": "visual-design"}


class UnknownDimension(InvalidRequest):
    """An evaluation selects a dimension that is neither built in, nor its own, nor its team's."""

    code = "unknown_dimension"

    def __init__(self, index: int, wanted: str) -> None:
        param = f"selectedDimensionIds.{index}"
        super().__init__(
            f"{param}: There is no dimension {wanted[:100]!r}. GET /templates lists them.",
            param=param,
        )


class UnknownTemplate(InvalidRequest):
    """An evaluation begins with a template that is neither built in nor its team's."""

    code = "unknown_template"

    def __init__(self, wanted: str) -> None:
        super().__init__(
            f"templateId: There is no template {wanted[:100]!r}. GET /templates lists them.",
            param="templateId",
        )


def choose(evaluation: Evaluation, author: User | None) -> list[EvaluationDimension]:
    """The dimensions that an evaluation's wizard data selects, in order; not saved.

    Without a selection they are those of the template it begins with. The
    selection is written back with the ids that ratings are given by. A custom
    dimension becomes a template of the team, a draft until the study runs.

    Raises:
        UnknownDimension: naming the place in the selection.
        UnknownTemplate: when the evaluation begins with one that there is not.
    """
    wizard = evaluation.wizard
    begins_with = first_template(evaluation)
    wanted = wizard.get("selectedDimensionIds")
    if wanted or begins_with is None:
        chosen = _selected(evaluation, wanted or DEFAULT, author)
    else:
        members = list(begins_with.members.order_by("created_at", "pk")) or [begins_with]
        chosen = {member.selected_by: member for member in members}
    wizard["selectedDimensionIds"] = list(chosen)
    return [
        _dimension(evaluation, position, name, template)
        for position, (name, template) in enumerate(chosen.items())
    ]


def insert(chosen: Iterable[EvaluationDimension]) -> None:
    """Save what `choose` made, with the templates that are new.

    The templates refer to an evaluation that is saved after them: the foreign
    key is checked at commit. A team's templates are locked, so that none can
    be deleted meanwhile.

    Raises:
        UnknownDimension: when one was deleted since it was found.
    """
    chosen = list(chosen)
    new = [row.template for row in chosen if row.template._state.adding]
    _hold([row for row in chosen if row.template.team_id and not row.template._state.adding])
    services.insert(new)
    EvaluationDimension.objects.bulk_create(chosen)


def rebuild(evaluation: Evaluation, author: User | None) -> None:
    """Replace the dimensions of a saved evaluation by those that it selects now.

    Raises:
        As `choose` does.
    """
    chosen = choose(evaluation, author)
    evaluation.dimensions.all().delete()
    insert(chosen)
    kept = [row.template_id for row in chosen]
    dropped = evaluation.own_templates.filter(status=TemplateStatus.DRAFT, used_as=None)
    services.delete_templates(dropped.exclude(pk__in=kept).select_for_update(of=("self",)))


def rescale(evaluation: Evaluation) -> None:
    """Give the dimensions of an evaluation the scales of the type it has now."""
    rows = list(evaluation.dimensions.select_related("template"))
    for row in rows:
        row.minimum, row.maximum = row.template.scale_for(evaluation.type)
    EvaluationDimension.objects.bulk_update(rows, ["minimum", "maximum"])


def canonical(name: str) -> str:
    """The stored id of a dimension, from any accepted spelling."""
    return built_in_id(name) or name


def built_in_id(name: str) -> str | None:
    """The id of the built-in dimension that a text may name; None when it cannot be one."""
    word = ids.parse_word(name)
    return ALIASES.get(word, word) if word else None


def first_template(evaluation: Evaluation) -> Template | None:
    """The template that an evaluation begins with; its stored id is written back."""
    wanted = evaluation.template_id
    if not wanted:
        return None
    usable = Template.objects.usable_in(evaluation.team).listed()
    found = usable.filter(pk=ids.parse(wanted) or canonical(wanted)).first()
    if found is None:
        raise UnknownTemplate(wanted)
    evaluation.template_id = found.pk
    return found


def _selected(
    evaluation: Evaluation, wanted: Sequence[str], author: User | None
) -> dict[str, Template]:
    """The templates that ids name, each once, by the ids that ratings are given by.

    Present dimensions keep their template, even if another template has the same id by now.
    """
    custom = {one["id"]: one for one in evaluation.wizard.get("customDimensions") or []}
    present = _present(evaluation)
    own = _own_templates(
        evaluation, {name: custom[name] for name in wanted if name in custom}, author, present
    )
    found = _find(evaluation.team, [name for name in wanted if name not in custom])
    chosen: dict[str, Template] = {}
    for index, name in enumerate(wanted):
        template = own.get(name) or present.get(name) or found(name)
        if template is None:
            raise UnknownDimension(index, name)
        chosen.setdefault(template.selected_by, template)
    return chosen


def _present(evaluation: Evaluation) -> Mapping[str, Template]:
    if evaluation._state.adding:
        return {}
    rows = evaluation.dimensions.select_related("template")
    return {row.dimension_id: row.template for row in rows}


def _find(team: Team, names: Sequence[str]) -> Any:
    """A function from a selected id to its template: the team's own before a built-in one.

    Of several that sets of the team have under one id it is the newest.
    """
    if not names:
        return lambda name: None
    keys = {ids.parse(name) or canonical(name) for name in names}
    rows = Template.objects.usable_in(team).filter(
        Q(pk__in=keys) | Q(team=team, key__in=[*names], made_for=None) & ~Q(key="")
    )
    by_key: dict[str, Template] = {}
    for row in rows.order_by("created_at", "pk"):
        by_key[row.selected_by] = by_key[row.pk] = row
    return lambda name: by_key.get(name) or by_key.get(ids.parse(name) or canonical(name))


def _own_templates(
    evaluation: Evaluation,
    custom: Mapping[str, dict[str, Any]],
    author: User | None,
    present: Mapping[str, Template],
) -> dict[str, Template]:
    """The templates of custom dimensions by id: those it has, brought up to date, and new ones.

    The evaluation is locked, which also protects its own templates.
    """
    had = {
        name: present[name].pk
        for name in custom
        if name in present and present[name].made_for_id == evaluation.pk
    }
    locked = Template.objects.select_for_update(of=("self",)).order_by("pk").in_bulk(had.values())
    own, changed = {}, []
    for name, sent in custom.items():
        template = locked[had[name]] if name in had else Template(created_by=author)
        before = changeable(template)
        own[name] = _fill(template, evaluation, sent)
        if name in had and changeable(template) != before:
            changed.append(template)
    services.save_changes(changed, author, "Changed with its evaluation.")
    return own


def _fill(template: Template, evaluation: Evaluation, sent: dict[str, Any]) -> Template:
    single = evaluation.type == EvaluationType.SSE
    running = evaluation.status == EvaluationStatus.RUNNING
    template.team, template.made_for, template.key = evaluation.team, evaluation, sent["id"]
    template.name = sent.get("name") or sent["label"]
    template.description = sent.get("description")
    if template._state.adding:
        template.status = TemplateStatus.ACTIVE if running else TemplateStatus.DRAFT
    template.type = TemplateType.MEDIA_SSE if single else TemplateType.MEDIA_SXS
    template.scale_type = ScaleType.FIVE_POINT if single else ScaleType.SEVEN_POINT
    template.scale_min, template.scale_max = 1, 5 if single else 7
    template.icon = sent.get("icon") or "star"
    template.content = fitting_content(sent)
    return template


def _dimension(
    evaluation: Evaluation, position: int, name: str, template: Template
) -> EvaluationDimension:
    minimum, maximum = template.scale_for(evaluation.type)
    return EvaluationDimension(
        evaluation=evaluation,
        position=position,
        dimension_id=name,
        name=template.name,
        minimum=minimum,
        maximum=maximum,
        template=template,
        template_version=template.version,
    )


def _hold(rows: Sequence[EvaluationDimension]) -> None:
    """Lock the templates of dimensions, sets before members: the order of all changes of sets."""
    if not rows:
        return
    wanted = Template.objects.filter(pk__in=[row.template_id for row in rows])
    ordered = wanted.order_by(F("set_id").asc(nulls_first=True), "pk")
    held = set(ordered.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    for row in rows:
        if row.template_id not in held:
            raise UnknownDimension(row.position, row.dimension_id)

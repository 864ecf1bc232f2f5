"""What a study is rated on: the ids it selects, found among templates."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q

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
    TemplateVersion,
    VersionChange,
)
from teams.models import Team, User

DEFAULT = ["overall"]

#: Other words for built-in dimensions.
ALIASES = {"visual": "visual-design"}

#: Fields of a custom dimension that are columns of its template; the rest is its content.
_COLUMNS = frozenset({"id", "name", "label", "description", "icon"})


class UnknownDimension(InvalidRequest):
    """An evaluation selects a dimension that is neither built in, nor its own, nor its team's."""

    code = "unknown_dimension"

    def __init__(self, index: int, wanted: str) -> None:
        param = f"selectedDimensionIds.{index}"
        super().__init__(
            f"{param}: There is no dimension {wanted[:100]!r}. GET /templates lists them.",
            param=param,
        )


def choose(evaluation: Evaluation, author: User | None) -> list[EvaluationDimension]:
    """The dimensions that an evaluation's wizard data selects, in order; not saved.

    The selection is written back with the ids that ratings are given by. A
    custom dimension becomes a template of the team, a draft until the study runs.

    Raises:
        UnknownDimension: naming the place in the selection.
    """
    wizard = evaluation.wizard
    wanted = wizard.get("selectedDimensionIds") or DEFAULT
    custom = {one["id"]: one for one in wizard.get("customDimensions") or []}
    found = _find(evaluation.team, [name for name in wanted if name not in custom])
    chosen: dict[str, Template] = {}
    for index, name in enumerate(wanted):
        template = (
            _own_template(evaluation, custom[name], author) if name in custom else found(name)
        )
        if template is None:
            raise UnknownDimension(index, name)
        chosen.setdefault(template.selected_by, template)
    wizard["selectedDimensionIds"] = list(chosen)
    return [
        _dimension(evaluation, position, name, template)
        for position, (name, template) in enumerate(chosen.items())
    ]


def insert(chosen: Iterable[EvaluationDimension]) -> None:
    """Save what `choose` made, with the templates that are new.

    The templates refer to an evaluation that is saved after them: the foreign
    key is checked at commit.
    """
    chosen = list(chosen)
    own = [row.template for row in chosen if row.template._state.adding]
    if own:
        Template.objects.bulk_create(own)
        TemplateVersion.objects.bulk_create(_first_version(template) for template in own)
    EvaluationDimension.objects.bulk_create(chosen)


def rescale(evaluation: Evaluation) -> None:
    """Give the dimensions of an evaluation the scales of the type it has now."""
    rows = list(evaluation.dimensions.select_related("template"))
    for row in rows:
        row.minimum, row.maximum = row.template.scale_for(evaluation.type)
    EvaluationDimension.objects.bulk_update(rows, ["minimum", "maximum"])


def canonical(name: str) -> str:
    """The id that a dimension is known by, whichever of its spellings was sent."""
    word = ids.parse_word(name)
    return ALIASES.get(word or "", word or name)


def _find(team: Team, names: Sequence[str]) -> Any:
    """A function from a selected id to its template: the team's own before a built-in one."""
    if not names:
        return lambda name: None
    keys = {ids.parse(name) or canonical(name) for name in names}
    rows = Template.objects.usable_in(team).filter(
        Q(pk__in=keys) | Q(team=team, key__in=[*names], made_for=None) & ~Q(key="")
    )
    by_key: dict[str, Template] = {}
    for row in rows.order_by("created_at", "pk"):
        by_key[row.selected_by] = row
    return lambda name: by_key.get(name) or by_key.get(ids.parse(name) or canonical(name))


def _own_template(evaluation: Evaluation, sent: dict[str, Any], author: User | None) -> Template:
    single = evaluation.type == EvaluationType.SSE
    running = evaluation.status == EvaluationStatus.RUNNING
    return Template(
        team=evaluation.team,
        created_by=author,
        key=sent["id"],
        made_for=evaluation,
        name=sent.get("name") or sent["label"],
        description=sent.get("description"),
        status=TemplateStatus.ACTIVE if running else TemplateStatus.DRAFT,
        type=TemplateType.MEDIA_SSE if single else TemplateType.MEDIA_SXS,
        scale_type=ScaleType.FIVE_POINT if single else ScaleType.SEVEN_POINT,
        scale_min=1,
        scale_max=5 if single else 7,
        icon=sent.get("icon") or "star",
        content={key: value for key, value in sent.items() if key not in _COLUMNS},
    )


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


def _first_version(template: Template) -> TemplateVersion:
    return TemplateVersion(
        template=template,
        dimension_id=template.pk,
        version=template.version,
        change_type=VersionChange.CREATED,
        changed_by=template.created_by,
        snapshot={"id": template.pk, "name": template.name, **template.content},
    )

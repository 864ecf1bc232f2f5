"""Saving drafts: changes of the wizard's fields after creation."""

import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework.serializers import ValidationError

from api.exceptions import InvalidRequest
from evaluations.files import designs
from evaluations.models import (
    OTHER_STIMULI,
    STIMULI,
    Comparison,
    Evaluation,
    EvaluationStatus,
    EvaluationType,
)
from evaluations.studies import services
from evaluations.studies.columns import split
from evaluations.studies.stimuli import WIZARD_LIMIT, check_custom
from evaluations.templates import dimensions
from teams.models import User

#: Fields that may change while the evaluation runs; they affect later runs.
WHILE_RUNNING = frozenset({"selectedAutousers"})


#: The fields that every wizard has.
NOTHING: Mapping[str, Any] = {
    "designUrls": [],
    "comparisonPairs": [],
    "selectedDimensionIds": [],
    "selectedAutousers": [],
}


class NotEditable(InvalidRequest):
    """The wizard's fields cannot change in the current status."""

    code = "evaluation_not_editable"


@transaction.atomic(savepoint=False)
def save_draft(*, evaluation: Evaluation, sent: Mapping[str, Any], author: User | None) -> bool:
    """Merge validated wizard fields into an evaluation whose row the caller has locked.

    Nothing is written when nothing differs; False says so. New stimuli make
    new comparisons, and a new selection makes new dimensions.

    Raises:
        NotEditable: when its status does not allow it.
        ValidationError: when the fields do not go together, or come too late.
        UnknownDimension, UnknownTemplate: naming the place.
        AutousersNeeded: when a running study would have none left.
    """
    _check_status(evaluation, sent)
    before = {**NOTHING, **evaluation.wizard}
    columns, wizard = split(sent)
    changed = _assign(evaluation, columns)
    evaluation.wizard = {**before, **wizard}
    _check_size(evaluation.wizard, before)
    shown = designs.named_in(before)
    designs.settle(evaluation.wizard, evaluation.team, kept=shown)
    if evaluation.status == EvaluationStatus.RUNNING:
        services.check_runnable(evaluation, param="selectedAutousers")
    _settle_stimuli(evaluation, sent, before, changed)
    _settle_dimensions(evaluation, sent, before, changed, author)
    if evaluation.wizard != before:
        changed.append("wizard")
    if changed:
        evaluation.updated_at = timezone.now()
        evaluation.save(update_fields=[*changed, "updated_at"])
        designs.record(evaluation, before=shown)
    return bool(changed)


def _check_status(evaluation: Evaluation, sent: Mapping[str, Any]) -> None:
    if evaluation.status == EvaluationStatus.ARCHIVED:
        raise NotEditable("An Archived evaluation cannot be edited. Move it to Ended first.")
    late = [name for name in sent if name not in WHILE_RUNNING]
    if evaluation.status == EvaluationStatus.RUNNING and late:
        param = "templateId" if late[0] == "template_id" else late[0]
        raise NotEditable(
            f"{param}: While an evaluation is Running only selectedAutousers may change, "
            "for later runs. End it first.",
            param=param,
        )


def _check_size(wizard: dict[str, Any], before: dict[str, Any]) -> None:
    """Refuse a wizard larger than one request body."""
    size = len(json.dumps(wizard, ensure_ascii=False))
    if size > WIZARD_LIMIT and size > len(json.dumps(before, ensure_ascii=False)):
        raise ValidationError(
            f"All that a study is made of has at most {WIZARD_LIMIT:,} characters, written as "
            f"JSON; this would be {size:,}."
        )


def _assign(evaluation: Evaluation, columns: Mapping[str, Any]) -> list[str]:
    """Set the columns; the names of those that differ.

    Raises:
        UnknownTemplate: when `templateId` names none.
    """
    stored = {column: getattr(evaluation, column) for column in columns}
    for column, value in columns.items():
        setattr(evaluation, column, value)
    if "template_id" in columns and columns["template_id"] != stored["template_id"]:
        dimensions.first_template(evaluation)
    return [column for column in columns if getattr(evaluation, column) != stored[column]]


def _settle_stimuli(
    evaluation: Evaluation, sent: Mapping[str, Any], before: Mapping[str, Any], changed: list[str]
) -> None:
    """Replace the comparisons if the stimuli changed.

    Raises:
        ValidationError: when it is of the other type's kind, or there are ratings or runs.
    """
    shown = STIMULI[EvaluationType(evaluation.type)]
    other = OTHER_STIMULI[EvaluationType(evaluation.type)]
    if sent.get(other):
        raise ValidationError(
            {other: f"An evaluation of type {evaluation.type} takes none of these."}
        )
    if "type" in changed:
        evaluation.wizard[other] = []
    services.number_stimuli(evaluation.wizard)
    if evaluation.wizard[shown] == before[shown] and "type" not in changed:
        return
    services.check_unrated(evaluation, "type" if "type" in changed else shown)
    comparisons = services.comparisons_of(evaluation)
    Comparison.objects.filter(evaluation=evaluation).delete()
    Comparison.objects.bulk_create(comparisons)
    evaluation.shown_comparisons = comparisons


def _settle_dimensions(
    evaluation: Evaluation,
    sent: Mapping[str, Any],
    before: Mapping[str, Any],
    changed: list[str],
    author: User | None,
) -> None:
    """Replace the dimensions if the selection changed.

    Raises:
        ValidationError: when custom dimensions are not selected, or there are ratings.
        UnknownDimension: naming the place.
    """
    wizard = evaluation.wizard
    begins_anew = "template_id" in changed and evaluation.template_id is not None
    if begins_anew and "selectedDimensionIds" not in sent:
        wizard["selectedDimensionIds"] = []
    elif _same_selection(wizard, before):
        wizard["selectedDimensionIds"] = before["selectedDimensionIds"]
    _settle_custom(wizard, sent)
    decisive = ("selectedDimensionIds", "customDimensions")
    if "type" not in changed and all(wizard.get(k) == before.get(k) for k in decisive):
        return
    places = ("selectedDimensionIds", "customDimensions", "type")
    param = next((place for place in places if place in sent), "templateId")
    services.check_unrated(evaluation, param, runs_matter=False)
    dimensions.rebuild(evaluation, author)


def _settle_custom(wizard: dict[str, Any], sent: Mapping[str, Any]) -> None:
    """Require that sent custom dimensions are selected; drop deselected ones."""
    custom = wizard.get("customDimensions")
    if not custom:
        return
    if "customDimensions" in sent:
        check_custom(wizard)
    else:
        selected = wizard.get("selectedDimensionIds") or dimensions.DEFAULT
        wizard["customDimensions"] = [one for one in custom if one["id"] in selected]


def _same_selection(wizard: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether the same dimensions are selected, in whichever spelling."""
    known = before["selectedDimensionIds"]
    wanted = wizard["selectedDimensionIds"] or dimensions.DEFAULT
    return wanted == known or [dimensions.canonical(name) for name in wanted] == known

"""The rules of rubrics: adding versions, activating and freezing them.

Every function works on an autouser whose row the caller has locked, so that
what it finds of rubrics and calibrations stays true until the transaction ends.
"""

from typing import Any

from django.db.models import Max
from django.utils import timezone

from api.exceptions import InvalidRequest
from autousers.models import (
    WHOLE_PERSONA,
    Autouser,
    CalibrationRun,
    CalibrationStatus,
    Rubric,
    RubricStatus,
)
from autousers.personas.services import touch
from evaluations.templates.dimensions import canonical
from teams.models import User

CRITERIA_LIMIT = 50_000
MESSAGE_LIMIT = 500


class RubricFrozen(InvalidRequest):
    """A frozen rubric cannot be changed. Add a new version instead."""

    code = "rubric_frozen"

    def __init__(self, rubric: Rubric) -> None:
        super().__init__(
            f"Version {rubric.version} is frozen and cannot be changed. Add a new version instead."
        )


class NoRubric(InvalidRequest):
    """The autouser has no active rubric, and the request names none."""

    code = "no_rubric"
    message = (
        "This autouser has no active rubric. Send the text of one as manualRubricEdit to "
        "POST /autousers/{id}/calibration/optimize, or apply: true there to store the proposal; "
        "or name an inactive one by its rubricId."
    )

    def __init__(self) -> None:
        super().__init__(param="rubricId")


def add_rubric(
    *, autouser: Autouser, author: User | None, values: dict[str, Any], activate: bool = False
) -> Rubric:
    """Add the next version. The first one is active at once; later ones when that is asked for."""
    last = Rubric.objects.filter(autouser=autouser).aggregate(last=Max("version"))["last"] or 0
    rubric = Rubric(
        autouser=autouser,
        version=last + 1,
        dimension_id=canonical(values.get("dimension_id") or WHOLE_PERSONA),
        name=values.get("name") or autouser.name,
        criteria_text=values["criteria_text"],
        commit_message=values.get("commit_message"),
        created_by=author,
    )
    active = activate or not last
    if active:
        _relieve(autouser)
        rubric.status = RubricStatus.ACTIVE
    rubric.save(force_insert=True)
    if active:
        _bind(autouser, rubric)
    return rubric


def update_rubric(rubric: Rubric, changes: dict[str, Any]) -> None:
    """Apply validated changes to a locked rubric.

    Raises:
        RubricFrozen: when it is locked for good. Freezing it once more is no change.
    """
    status = changes.get("status", rubric.status)
    words = {name: value for name, value in changes.items() if name != "status"}
    if rubric.is_frozen and (words or status != RubricStatus.FROZEN):
        raise RubricFrozen(rubric)
    _reword(rubric, words)
    if status == rubric.status:
        return
    if status == RubricStatus.FROZEN:
        freeze(rubric)
        return
    if status == RubricStatus.ACTIVE:
        _relieve(rubric.autouser)
    rubric.change_status(status)
    _save(rubric, "status")
    _bind(rubric.autouser, rubric if status == RubricStatus.ACTIVE else None)


def freeze(rubric: Rubric, commit_message: str | None = None) -> bool:
    """Freeze a rubric and bind its autouser to it. No other code does this.

    False when it was locked before: nothing is announced twice. The rubric is
    saved last, because announcing it holds up the team's other writers.
    """
    autouser = rubric.autouser
    if autouser.active_rubric_id != rubric.pk:
        _relieve(autouser)
    frozen = rubric.change_status(RubricStatus.FROZEN)
    if not frozen and autouser.active_rubric_id == rubric.pk:
        return False
    autouser.active_rubric = rubric
    autouser.calibration_status = CalibrationStatus.FROZEN
    touch(autouser, "active_rubric", "calibration_status")
    if frozen:
        rubric.frozen_at = timezone.now()
        measured = newest_calibration(autouser, rubric)
        rubric.krippendorff_alpha = measured.krippendorff_alpha if measured else None
        rubric.commit_message = commit_message or rubric.commit_message
        _save(rubric, "status", "frozen_at", "krippendorff_alpha", "commit_message")
    return frozen


def active_rubric(autouser: Autouser) -> Rubric | None:
    """The active rubric of an autouser, locked."""
    if autouser.active_rubric_id is None:
        return None
    rubric = Rubric.objects.locked().get(pk=autouser.active_rubric_id)
    rubric.autouser = autouser
    return rubric


def newest_calibration(autouser: Autouser, rubric: Rubric | None) -> CalibrationRun | None:
    """The newest calibration of this rubric since its last change of criteria."""
    measured = CalibrationRun.objects.filter(autouser=autouser, rubric=rubric)
    if rubric is not None:
        measured = measured.filter(created_at__gte=rubric.revised_at)
    return measured.order_by("-created_at", "-pk").first()


def restate(autouser: Autouser) -> None:
    """Update the calibration status of an autouser from the calibrations of its active rubric."""
    before = autouser.calibration_status
    autouser.calibration_status = _standing(autouser)
    if autouser.calibration_status != before:
        touch(autouser, "calibration_status")


def _standing(autouser: Autouser) -> CalibrationStatus:
    rubric = autouser.active_rubric
    if rubric is not None and rubric.is_frozen:
        return CalibrationStatus.FROZEN
    newest = newest_calibration(autouser, rubric)
    if newest is not None and newest.converged:
        return CalibrationStatus.CALIBRATED
    if newest is not None or CalibrationRun.objects.filter(autouser=autouser).exists():
        return CalibrationStatus.CALIBRATING
    return CalibrationStatus.UNCALIBRATED


def _relieve(autouser: Autouser) -> None:
    """Change the active rubric back to a draft, unless it is frozen."""
    active = active_rubric(autouser)
    if active is not None and not active.is_frozen:
        active.change_status(RubricStatus.DRAFT)
        _save(active, "status")


def _bind(autouser: Autouser, rubric: Rubric | None) -> None:
    autouser.active_rubric = rubric
    autouser.calibration_status = _standing(autouser)
    touch(autouser, "active_rubric", "calibration_status")


def _reword(rubric: Rubric, words: dict[str, Any]) -> None:
    changed = [name for name, value in words.items() if getattr(rubric, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(rubric, name, words[name])
    if "criteria_text" in changed:
        rubric.revised_at = timezone.now()
        changed.append("revised_at")
    _save(rubric, *changed)
    if rubric.autouser.active_rubric_id == rubric.pk:
        rubric.autouser.active_rubric = rubric
        restate(rubric.autouser)


def _save(rubric: Rubric, *fields: str) -> None:
    rubric.updated_at = timezone.now()
    rubric.save(update_fields=[*fields, "updated_at"])

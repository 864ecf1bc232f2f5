"""The rules of making, changing and deleting evaluations."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework.serializers import ValidationError

from api.exceptions import InvalidRequest
from api.models import DeletedRow
from evaluations.files import designs
from evaluations.models import (
    STATUS_FIELDS,
    STIMULI,
    Comparison,
    Evaluation,
    EvaluationMethod,
    EvaluationStatus,
    EvaluationType,
    ShareAccess,
)
from evaluations.studies import places
from evaluations.studies.columns import UnknownField, split
from evaluations.templates import dimensions
from teams.limits import quotas
from teams.models import Meter, Team, User

#: Fields of a validated body that are not stored as they are: other code applies them.
APPLIED = frozenset({"team_id", "share_password", "dryRun"})


class PasswordNeeded(InvalidRequest):
    """The evaluation has no share password. Set one first."""

    code = "share_password_required"
    message = "PASSWORD_PROTECTED needs a sharePassword."

    def __init__(self) -> None:
        super().__init__(param="sharePassword")


class AutousersNeeded(InvalidRequest):
    """The evaluation is rated by autousers, and none is selected."""

    code = "autousers_required"
    message = "An evaluation whose method is ai or both needs selectedAutousers before it can run."


@transaction.atomic(savepoint=False)
def create_evaluation(*, team: Team, author: User | None, values: dict[str, Any]) -> Evaluation:
    """Make an evaluation and its comparisons from a validated body, on the team's quota.

    Raises:
        PasswordNeeded, AutousersNeeded: when the fields do not go together.
        QuotaExceeded: when the team made as many this month as its plan allows.
    """
    evaluation = build_evaluation(team=team, author=author, values=values)
    quotas.consume(team=team, meter=Meter.EVALUATIONS)
    insert_evaluation(evaluation)
    return evaluation


def build_evaluation(*, team: Team, author: User | None, values: dict[str, Any]) -> Evaluation:
    """The evaluation that a validated body describes, with its comparisons; not saved.

    Raises:
        ValidationError: for files that the team does not have.
        PasswordNeeded, AutousersNeeded: when the fields do not go together.
    """
    columns, wizard = split({key: value for key, value in values.items() if key not in APPLIED})
    wizard.setdefault("selectedAutousers", [])
    wizard.setdefault("designUrls", [])
    wizard.setdefault("comparisonPairs", [])
    number_stimuli(wizard)
    designs.settle(wizard, team)
    evaluation = Evaluation(
        team=team,
        created_by=author,
        wizard=wizard,
        **{"evaluation_method": _method_for(wizard), **columns},
    )
    evaluation.updated_at = evaluation.created_at
    if "share_password" in values:
        evaluation.set_share_password(values["share_password"])
    _check_sharing(evaluation)
    if evaluation.status == EvaluationStatus.RUNNING:
        check_runnable(evaluation, param="selectedAutousers")
    evaluation.shown_comparisons = comparisons_of(evaluation)
    evaluation._prefetched_objects_cache = {  # type: ignore[attr-defined]
        "dimensions": dimensions.choose(evaluation, author),
    }
    evaluation.counted_runs = None  # type: ignore[attr-defined]
    return evaluation


@transaction.atomic(savepoint=False)
def insert_evaluation(evaluation: Evaluation) -> None:
    """Save what `build_evaluation` made.

    The comparisons are written first (their foreign key is checked at commit),
    so that the event about the new evaluation holds all that the reply holds.
    """
    Comparison.objects.bulk_create(evaluation.shown_comparisons)
    dimensions.insert(evaluation.dimensions.all())
    evaluation.save(force_insert=True)
    designs.record(evaluation)


def update_evaluation(
    *, evaluation: Evaluation, changes: dict[str, Any], team: Team | None = None
) -> bool:
    """Apply validated changes to an evaluation whose row the caller has locked, and save it.

    Nothing is written when nothing differs; False says so. `team` is the new team of the
    evaluation, if it moves.

    Raises:
        InvalidTransition: when the status cannot be reached.
        PasswordNeeded, AutousersNeeded: when the fields do not go together.
        ValidationError: when the type does not suit what is to be rated.
    """
    changed = apply_changes(evaluation=evaluation, changes=changes, team=team)
    save_changes(evaluation, changed)
    return bool(changed)


def apply_changes(
    *, evaluation: Evaluation, changes: dict[str, Any], team: Team | None = None
) -> list[str]:
    """Change the fields of an evaluation without saving it; the names of those that differ.

    Raises:
        As `update_evaluation` does.
    """
    changed = _assign(evaluation, changes)
    if team is not None and team.pk != evaluation.team_id:
        evaluation.team = team
        changed.append("team")
    if "type" in changed:
        _check_type_change(evaluation)
    password = changes.get("share_password")
    if password is not None and not evaluation.has_share_password(password):
        evaluation.set_share_password(password)
        changed.append("share_password")
    _check_sharing(evaluation)
    if "status" in changes and evaluation.change_status(changes["status"]):
        if evaluation.status == EvaluationStatus.RUNNING:
            check_runnable(evaluation, param="status")
        changed += STATUS_FIELDS
    return changed


def save_changes(evaluation: Evaluation, changed: list[str]) -> None:
    """Save the fields that `apply_changes` named."""
    if changed:
        if "type" in changed:
            dimensions.rescale(evaluation)
        evaluation.updated_at = timezone.now()
        evaluation.save(update_fields=[*changed, "updated_at"])
        if "team" in changed:
            designs.follow(evaluation)


@transaction.atomic(savepoint=False)
def delete_evaluation(evaluation: Evaluation) -> None:
    """Delete permanently; list cursors that refer to it work for another day.

    Its shares, invites and requests for access are deleted too.
    """
    places.keep(evaluation, evaluation.shares.granted().values_list("user_id", flat=True))
    DeletedRow.objects.create(
        id=evaluation.pk,
        resource="evaluation",
        team_id=evaluation.team_id,
        sort_at=evaluation.updated_at,
    )
    evaluation.delete()


def comparisons_of(evaluation: Evaluation) -> list[Comparison]:
    """One comparison for each design, or each pair, in the order they were sent; not saved."""
    stimuli = evaluation.wizard[STIMULI[EvaluationType(evaluation.type)]]
    kind = "Design" if evaluation.type == EvaluationType.SSE else "Pair"
    return [
        Comparison(
            evaluation=evaluation,
            position=position,
            label=stimulus.get("label") or f"{kind} {position + 1}",
            stimulus=stimulus,
        )
        for position, stimulus in enumerate(stimuli)
    ]


def _assign(evaluation: Evaluation, changes: dict[str, Any]) -> list[str]:
    """Set plain columns; the names of those that differ.

    Raises:
        UnknownField: for a field that is no column; the wizard is changed by `save_draft`.
    """
    columns, wizard = split({k: v for k, v in changes.items() if k not in APPLIED | {"status"}})
    if wizard:
        raise UnknownField(f"Only a draft changes {', '.join(wizard)}.")
    changed = [column for column, value in columns.items() if getattr(evaluation, column) != value]
    for column in changed:
        setattr(evaluation, column, columns[column])
    return changed


def number_stimuli(wizard: dict[str, Any]) -> None:
    """Give an id to the designs and pairs that were sent without one."""
    for name, letter in (("designUrls", "u"), ("comparisonPairs", "p")):
        for index, stimulus in enumerate(wizard[name]):
            stimulus["id"] = stimulus.get("id") or f"{letter}-{index}"


def _method_for(wizard: dict[str, Any]) -> str:
    """The default method: autousers if any are selected, otherwise people."""
    return EvaluationMethod.AI if wizard["selectedAutousers"] else EvaluationMethod.MANUAL


def _check_type_change(evaluation: Evaluation) -> None:
    """Allow a change of type only without ratings and runs."""
    if not evaluation.stimuli_fit(evaluation.type):
        raise ValidationError(
            {"type": f"What this evaluation shows does not fit the type {evaluation.type}."}
        )
    check_unrated(evaluation, "type")


def check_unrated(evaluation: Evaluation, param: str, *, runs_matter: bool = True) -> None:
    """Refuse a change if there are ratings or, if `runs_matter`, runs.

    Runs are counted again: the count fetched with the row is older than its lock.
    """
    evaluation.forget_runs()
    if evaluation.ratings_count or (runs_matter and evaluation.run_summary["total"]):
        what = "ratings or runs" if runs_matter else "ratings"
        raise ValidationError({param: f"Cannot change once there are {what}."})


def _check_sharing(evaluation: Evaluation) -> None:
    if evaluation.share_access == ShareAccess.PASSWORD_PROTECTED and not evaluation.share_password:
        raise PasswordNeeded


def check_runnable(evaluation: Evaluation, *, param: str) -> None:
    if evaluation.wants_autousers and not evaluation.selected_autousers:
        raise AutousersNeeded(param=param)

"""Saving and starting a study from its page, by the services that the API calls."""

from typing import Any

from autousers.personas.selection import check_selection
from autousers.runs.queueing import StimuliNeeded, plan_runs, queue_runs
from evaluations.models import STIMULI, Evaluation, EvaluationStatus, EvaluationType
from evaluations.pages.form.parts import Body
from evaluations.pages.refusals import together
from evaluations.rest.draft_serializers import EvaluationDraftUpdateSerializer
from evaluations.rest.evaluation_serializers import (
    EvaluationCreateSerializer,
    EvaluationUpdateSerializer,
)
from evaluations.rest.evaluation_views import ADMIN_FIELDS
from evaluations.studies import services
from evaluations.studies.access import role_in
from evaluations.studies.drafts import save_draft
from teams.auth.permissions import InsufficientRole
from teams.auth.principals import Principal
from teams.models import Role, Team

#: Fields that are saved as a draft; the others are settings.
SETTINGS = EvaluationUpdateSerializer.shared().fields.keys() - {"type"}


def create(*, team: Team, principal: Principal, body: Body) -> Evaluation:
    """Make a study from what was typed, as `POST /evaluations` does."""
    (values,) = together(lambda: EvaluationCreateSerializer.parse(body))
    values["selectedAutousers"] = check_selection(team, values["selectedAutousers"])
    return services.create_evaluation(team=team, author=principal.user, values=values)


def save(*, study: Evaluation, principal: Principal, changes: Body) -> None:
    """Change a locked study, as `PATCH /evaluations/{id}` and its `/draft` do.

    Raises:
        InsufficientRole: for a field that only Admins change.
    """
    _check_reserved(study, principal, changes)
    settings = {name: value for name, value in changes.items() if name in SETTINGS}
    draft = {name: value for name, value in changes.items() if name not in SETTINGS}
    changed, sent = together(
        lambda: EvaluationUpdateSerializer.parse_for(study, settings),
        lambda: _draft_of(study, draft),
    )
    if draft:
        save_draft(evaluation=study, sent=sent, author=principal.user)
    if settings:
        services.update_evaluation(evaluation=study, changes=changed)


def start(study: Evaluation) -> int:
    """Let a study run, and queue its runs where autousers rate; how many there are.

    Raises:
        StimuliNeeded: when there is nothing to rate.
        AutousersNeeded: when autousers are to rate, and none are chosen.
        QuotaExceeded: when the month has fewer ratings left than there would be runs.
    """
    if not study.comparisons.exists():
        raise StimuliNeeded(param=STIMULI[EvaluationType(study.type)])
    running = {"status": EvaluationStatus.RUNNING}
    if not study.wants_autousers:
        services.update_evaluation(evaluation=study, changes=running)
        return 0
    services.check_runnable(study, param="evaluationMethod")
    return len(queue_runs(study, plan_runs(study, {})))


def _check_reserved(study: Evaluation, principal: Principal, changes: Body) -> None:
    role = role_in(principal, study)
    reserved = sorted(changes.keys() & (ADMIN_FIELDS - {"type"}))
    if reserved and not (role and role.includes(Role.ADMIN)):
        raise InsufficientRole(Role.ADMIN, reserved[0])


def _draft_of(study: Evaluation, draft: Body) -> dict[str, Any]:
    """The validated fields of a draft, with the stored ids of its autousers."""
    sent = EvaluationDraftUpdateSerializer.parse_for(study, draft)
    if "selectedAutousers" in sent:
        sent["selectedAutousers"] = check_selection(study.team, sent["selectedAutousers"])
    return sent

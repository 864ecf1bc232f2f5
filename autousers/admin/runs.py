"""The operators' pages of runs: progress, errors, and actions to stop and repeat them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from api.admin import cells
from api.admin.base import ReadOnlyAdmin, ReadOnlyInline, display
from api.admin.lists import NewestRelatedFilter, SinceFilter
from api.exceptions import ApiError
from autousers.models import AutouserRun, RunTurn
from autousers.runs import artifacts, lifecycle
from autousers.runs.queueing import plan_runs, queue_runs
from evaluations.models import Evaluation

STATUS_COLOURS = {
    "pending": "info",
    "running": "info",
    "completed": "success",
    "failed": "danger",
    "cancelled": "default",
}

#: Characters of a run's file shown on its page.
SHOWN = 20_000


class TurnInline(ReadOnlyInline):
    """The model calls of a run."""

    model = RunTurn
    fields = ("index", "input_tokens", "output_tokens", "cost_usd", "created_at")


@admin.register(RunTurn)
class RunTurnAdmin(ReadOnlyAdmin):
    """Model calls of all runs."""

    list_display = ("id", "run_link", "index", "input_tokens", "output_tokens", "cost_usd")
    list_select_related = ("run",)
    search_fields = ("run",)
    search_help_text = "Id of the run"
    fields = ("run_link", "index", "input_tokens", "output_tokens", "cost_usd", "created_at")

    @display(description="run")
    def run_link(self, turn: RunTurn) -> str:
        """The run it was made in."""
        return cells.link(turn.run)


@admin.register(AutouserRun)
class AutouserRunAdmin(ReadOnlyAdmin):
    """Runs, newest first, with status and result."""

    list_display = (
        "id", "state", "autouser_link", "agent", "evaluation_link", "error_cut", "attempts",
        "queued", "ended",
    )  # fmt: skip
    list_filter = ("status", SinceFilter, ("team", NewestRelatedFilter))
    list_select_related = ("evaluation", "autouser")
    search_fields = ("pk", "evaluation", "comparison", "autouser", "team")
    search_help_text = "Id, or id of the evaluation, comparison, autouser or team"
    fields = (
        "id", "state", "error_shown", "autouser_link", "agent", "rubric", "evaluation_link",
        "comparison_link", "rating_link", "replaces", "team", "quota_month", "engine", "attempts",
        "due_at", "current_step", "action_shown", "narration_shown", "input_tokens",
        "output_tokens", "estimated_cost_usd", "created_at", "started_at", "completed_at",
        "event_list", "files_shown",
    )  # fmt: skip
    inlines = (TurnInline,)
    actions = ("look_again", "stop")
    page_actions = ("look_again", "stop")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Stopping and repeating runs is a permission of its own."""
        return request.user.has_perm("autousers.operate_autouserrun")

    @admin.action(description="Look again", permissions=["operate"])
    def look_again(self, request: HttpRequest, runs: QuerySet[AutouserRun]) -> None:
        """Queue a run in place of one that is over: the same agent, on the team's quota."""
        self._each(request, runs, _look_again, "Queued again")

    @admin.action(description="Stop", permissions=["operate"])
    def stop(self, request: HttpRequest, runs: QuerySet[AutouserRun]) -> None:
        """Cancel active runs."""
        self._each(request, runs, _stop, "Stopped")

    def _each(self, request: HttpRequest, runs: QuerySet[AutouserRun], act: Any, done: str) -> None:
        """Apply an action to each run in its own transaction, and report the result."""
        count, refused = 0, []
        for run in runs:
            try:
                with self.change(request) as note:
                    if reason := act(run):
                        refused.append(f"{run.pk}: {reason}")
                        continue
                    note(run, f"{done}.")
                    count += 1
            except ApiError as error:
                refused.append(f"{run.pk}: {error.message}")
        self.report(request, f"{done}: {count}.", refused)

    @display(description="status", label=STATUS_COLOURS)
    def state(self, run: AutouserRun) -> str:
        """Its status."""
        return run.status

    @display(description="autouser")
    def autouser_link(self, run: AutouserRun) -> str:
        """Link to the autouser."""
        return cells.link(run.autouser)

    @display(description="evaluation")
    def evaluation_link(self, run: AutouserRun) -> str:
        """Link to the evaluation."""
        return cells.link(run.evaluation)

    @display(description="comparison")
    def comparison_link(self, run: AutouserRun) -> str:
        """Link to the comparison."""
        return cells.link(run.comparison)

    @display(description="rating")
    def rating_link(self, run: AutouserRun) -> str:
        """Link to the rating."""
        return cells.link(getattr(run, "rating", None))

    @display(description="error")
    def error_cut(self, run: AutouserRun) -> str:
        """The error, cut to one line."""
        return cells.cut(run.error or "")

    @display(description="error")
    def error_shown(self, run: AutouserRun) -> str:
        """The error."""
        return cells.plain(run.error or "")

    @display(description="current action")
    def action_shown(self, run: AutouserRun) -> str:
        """The current action."""
        return cells.plain(run.current_action or "")

    @display(description="current narration")
    def narration_shown(self, run: AutouserRun) -> str:
        """The current narration."""
        return cells.plain(run.current_narration or "")

    @display(description="queued")
    def queued(self, run: AutouserRun) -> str:
        """Time of queueing."""
        return cells.moment(run.created_at)

    @display(description="ended")
    def ended(self, run: AutouserRun) -> str:
        """Time of completion."""
        return cells.moment(run.completed_at)

    @display(description="events")
    def event_list(self, run: AutouserRun) -> str:
        """Link to its events."""
        return cells.link_to_list("webhooks.webhookevent", "Show", object_id=run.pk)

    @display(description="files")
    def files_shown(self, run: AutouserRun) -> str:
        """Its files as plain text: their content is untrusted."""
        parts = []
        for name in artifacts.names(run.pk) if run.artifacts_path else []:
            text = artifacts.read(run.pk, name, SHOWN).decode(errors="replace")
            parts.append(f"--- {name}\n{text}")
        return cells.plain("\n\n".join(parts))


def _look_again(run: AutouserRun) -> str | None:
    """Replace a run; return the reason if that is refused."""
    evaluation = Evaluation.objects.bare().locked().filter(pk=run.evaluation_id).first()
    if evaluation is None:
        return "Its evaluation was deleted."
    queue_runs(evaluation, plan_runs(evaluation, {"replaceRunId": run.pk}))
    return None


def _stop(run: AutouserRun) -> str | None:
    """Cancel a run; return the reason if that is refused."""
    evaluation = Evaluation.objects.bare().locked().filter(pk=run.evaluation_id).first()
    if evaluation is None or not lifecycle.cancel(evaluation, [run.pk]):
        return "It is over."
    lifecycle.end_if_over(evaluation)
    return None

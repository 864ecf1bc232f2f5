"""The operators' pages of observations: what was visited, how it ended, what was seen."""

from django.contrib import admin

from api.admin import cells
from api.admin.base import ReadOnlyAdmin, display
from api.admin.lists import SinceFilter
from autousers.models import Observation

STATUS_COLOURS = {"visiting": "info", "done": "success", "failed": "danger"}


@admin.register(Observation)
class ObservationAdmin(ReadOnlyAdmin):
    """Visits, newest first."""

    list_display = (
        "id", "state", "design_cut", "observer", "evaluation_link", "error_cut", "attempts",
        "began", "ended",
    )  # fmt: skip
    list_filter = ("status", "observer", SinceFilter)
    list_select_related = ("evaluation",)
    search_fields = ("pk", "evaluation")
    search_help_text = "Id, or id of the evaluation"
    fields = (
        "id", "state", "error_shown", "design_shown", "observer", "evaluation_link",
        "conditions_shown", "attempts", "due_at", "created_at", "ended_at", "run_list",
        "steps_shown", "files_shown", "facts_shown",
    )  # fmt: skip

    @display(description="status", label=STATUS_COLOURS)
    def state(self, row: Observation) -> str:
        """Its status."""
        return row.status

    @display(description="evaluation")
    def evaluation_link(self, row: Observation) -> str:
        """Link to the evaluation."""
        return cells.link(row.evaluation)

    @display(description="design")
    def design_cut(self, row: Observation) -> str:
        """The address, cut to one line."""
        return cells.cut(row.design, 40)

    @display(description="design")
    def design_shown(self, row: Observation) -> str:
        """The address."""
        return cells.plain(row.design)

    @display(description="error")
    def error_cut(self, row: Observation) -> str:
        """The error, cut to one line."""
        return cells.cut(row.error)

    @display(description="error")
    def error_shown(self, row: Observation) -> str:
        """The error."""
        return cells.plain(row.error)

    @display(description="began")
    def began(self, row: Observation) -> str:
        """Time of its beginning."""
        return cells.moment(row.created_at)

    @display(description="ended")
    def ended(self, row: Observation) -> str:
        """Time of its end."""
        return cells.moment(row.ended_at)

    @display(description="conditions")
    def conditions_shown(self, row: Observation) -> str:
        """The conditions."""
        return cells.pretty(row.conditions)

    @display(description="steps")
    def steps_shown(self, row: Observation) -> str:
        """The steps of the observer."""
        return cells.plain("\n".join(f"{one['action']}: {one['narration']}" for one in row.steps))

    @display(description="files")
    def files_shown(self, row: Observation) -> str:
        """The names of its files."""
        return cells.plain("\n".join(row.files))

    @display(description="facts")
    def facts_shown(self, row: Observation) -> str:
        """The facts as they are stored: their texts are untrusted."""
        return cells.pretty(row.facts) if row.facts else cells.EMPTY

    @display(description="runs")
    def run_list(self, row: Observation) -> str:
        """Links to the first runs that used it."""
        return cells.links(cells.link(run) for run in row.runs.order_by("pk")[:50]) or cells.EMPTY

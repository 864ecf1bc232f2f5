"""Dry runs: the runs that would be queued, and their cost. Nothing is saved."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from autousers.engine import get_engine
from autousers.runs.pricing import cost_estimate
from autousers.runs.queueing import unseeable, unseeable_text
from autousers.runs.specs import method_of, stimuli_of
from evaluations.models import Comparison, Evaluation

ONE_RATER = (
    "Several agents of one autouser are repeated looks of one rater: they differ in the order of "
    "looking and in the places they quote. Intervals and confidence count raters, so more agents "
    "make nothing more certain; more autousers or people do."
)

NOTE = "This was a dry run: nothing was created, queued or counted."


def would_run(agents: int, comparisons: int) -> dict[str, int]:
    """The number of runs: every agent rates every comparison."""
    return {
        "autouserCount": agents,
        "comparisonCount": comparisons,
        "totalRuns": agents * comparisons,
    }


def price(evaluation: Evaluation, comparisons: Sequence[Comparison], agents: int) -> dict[str, Any]:
    """What it would cost to have agents look at comparisons; mixed ones as the dearest."""
    kinds = frozenset(
        stimulus.kind for one in comparisons for stimulus in stimuli_of(one, evaluation.type)
    )
    engine = get_engine(settings.ENGINE)
    one = engine.estimate(method=method_of(evaluation), kinds=kinds)
    return cost_estimate(one, agents * len(comparisons), engine=engine.name)


def warnings_of(
    evaluation: Evaluation, comparisons: Sequence[Comparison], agents: Sequence[str]
) -> list[dict[str, str]]:
    """What to know before queueing; `agents` has the autouser of each agent."""
    found = []
    if kinds := unseeable(evaluation, comparisons):
        found.append({"code": "design_not_visible", "message": unseeable_text(kinds)})
    several = sum(1 for count in Counter(agents).values() if count > 1)
    if several:
        found.append({"code": "agents_are_one_rater", "message": ONE_RATER})
    return found


def preview(evaluation: Evaluation, warnings: list[dict[str, str]]) -> dict[str, Any]:
    """The runs and cost of an evaluation that is not saved."""
    selected = evaluation.selected_autousers
    agents = sum(one["agentCount"] for one in selected)
    comparisons = evaluation.shown_comparisons
    named = [one["autouserId"] for one in selected for _ in range(one["agentCount"])]
    priced = bool(agents and comparisons)
    return {
        "dryRun": True,
        "persisted": False,
        "autousersQueued": False,
        "queued": False,
        "wouldCreate": {
            "name": evaluation.name,
            "type": evaluation.type,
            "status": evaluation.status,
            "teamId": evaluation.team_id,
            "evaluationMethod": evaluation.evaluation_method,
            "comparisonsCount": len(comparisons),
            "selectedDimensionIds": evaluation.selected_dimension_ids,
            "selectedAutousers": evaluation.selected_autousers,
        },
        "wouldRun": would_run(agents, len(comparisons)) if priced else None,
        "costEstimate": price(evaluation, comparisons, agents) if priced else None,
        "warnings": warnings + (warnings_of(evaluation, comparisons, named) if priced else []),
        "note": NOTE,
    }

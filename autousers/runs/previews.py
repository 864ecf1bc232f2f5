"""Dry runs: the runs that would be queued, and their cost. Nothing is saved."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from autousers.engine import get_engine
from autousers.runs.pricing import cost_estimate
from autousers.runs.specs import method_of, stimuli_of
from evaluations.models import Comparison, Evaluation

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


def preview(evaluation: Evaluation, warnings: list[dict[str, str]]) -> dict[str, Any]:
    """The runs and cost of an evaluation that is not saved."""
    agents = sum(one["agentCount"] for one in evaluation.selected_autousers)
    comparisons = evaluation.shown_comparisons
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
        "warnings": warnings,
        "note": NOTE,
    }

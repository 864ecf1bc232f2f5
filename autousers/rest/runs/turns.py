"""The turns of a run: the steps of the visits that it rests on, then its calls of a model."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from autousers.models import AutouserRun, Observation


def turns_of(run: AutouserRun) -> list[dict[str, Any]]:
    """All turns in order, numbered from 0; two queries.

    The steps of a visit cost nothing, and stand in every run that used the visit.
    """
    visits = run.observations.defer("facts").order_by("created_at", "pk")
    turns = [turn for visit in visits for turn in _steps(visit)]
    turns += [
        {
            "input_tokens": call.input_tokens,
            "output_tokens": call.output_tokens,
            "cost_usd": call.cost_usd,
            "created_at": call.created_at,
        }
        for call in run.turns.all()
    ]
    return [{"index": number, **turn} for number, turn in enumerate(turns)]


def _steps(visit: Observation) -> Iterator[dict[str, Any]]:
    for step in visit.steps:
        yield {
            "input_tokens": 0,
            "output_tokens": 0,
            "cost_usd": 0,
            "created_at": began(step) or visit.created_at,
            "step": step["step"],
            "action": step["action"],
            "narration": step["narration"],
            "picture": step["picture"] or None,
            "observation_id": visit.pk,
        }


def began(step: dict[str, Any]) -> datetime | None:
    """When a step began; None where an older version did not note it."""
    return datetime.fromisoformat(step["at"]) if step.get("at") else None

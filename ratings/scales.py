"""Validating sent scores against the scales of the evaluation."""

import math
from collections.abc import Mapping
from typing import Any

from api import ids
from api.exceptions import InvalidRequest
from evaluations.models import Evaluation, EvaluationDimension
from evaluations.templates.dimensions import canonical

#: Most characters of a sent value in an error message.
QUOTED = 100


def read_scores(evaluation: Evaluation, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The sent scores, by the evaluation's dimension ids.

    A score is a number, or an object with a number as its `rating`. Keys that
    begin with an underscore are notes of the client, and kept as they are.

    Raises:
        InvalidRequest: naming the dimension, and what it takes.
    """
    dimensions = {row.dimension_id: row for row in evaluation.dimensions.all()}
    read: dict[str, Any] = {}
    for name, value in sent.items():
        if name.startswith("_"):
            read[name] = value
            continue
        dimension = _find(dimensions, name)
        if dimension is None:
            raise _refusal(name, f"There is no such dimension here. It has: {_list(dimensions)}.")
        if dimension.dimension_id in read:
            raise _refusal(name, f"{dimension.dimension_id} is rated twice.")
        _check(name, value, dimension)
        read[dimension.dimension_id] = value
    return read


def _find(dimensions: Mapping[str, EvaluationDimension], name: str) -> EvaluationDimension | None:
    """The dimension by its id, in any accepted spelling."""
    return dimensions.get(name) or dimensions.get(ids.parse(name) or canonical(name))


def _check(name: str, value: Any, dimension: EvaluationDimension) -> None:
    number = value.get("rating") if isinstance(value, dict) else value
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        raise _refusal(name, "Must be a number, or an object with a number as its rating.")
    if not dimension.allows(number):
        raise _refusal(name, f"Must be from {dimension.minimum} to {dimension.maximum}.")


def _list(dimensions: Mapping[str, EvaluationDimension]) -> str:
    return ", ".join(dimensions)[: QUOTED * 10]


def _refusal(name: str, problem: str) -> InvalidRequest:
    param = f"dimensionRatings.{name[:QUOTED]}"
    return InvalidRequest(f"{param}: {problem}", param=param)

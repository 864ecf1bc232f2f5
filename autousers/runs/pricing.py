"""Cost estimates of runs, with the field names of all published clients."""

from decimal import Decimal
from typing import Any

from autousers.engine.protocol import CostEstimate

NOTE = "An estimate. The actual cost of a run is stored with it."


def cost_estimate(one: CostEstimate, ratings: int, *, engine: str) -> dict[str, Any]:
    """The estimate for several ratings by an engine, from the estimate for one."""
    total = _usd(one.usd * ratings)
    return {
        "usd": total,
        "total": {"usd": total},
        "totalUsd": total,
        "totalCostUsd": total,
        "tokens": {"input": one.input_tokens * ratings, "output": one.output_tokens * ratings},
        "totalTokensApprox": (one.input_tokens + one.output_tokens) * ratings,
        "perRatingUsd": _usd(one.usd),
        "perAutouserPerComparison": {"usd": _usd(one.usd)},
        "totalRatings": ratings,
        "basis": one.basis,
        "note": NOTE,
        "models": {"rating": engine},
    }


def _usd(amount: Decimal) -> float:
    return round(float(amount), 4)

"""Tokens and cost of a team's runs in the last days, summed by the database.

Completed and failed runs count, on the day they were queued. The database
sums and sorts; no query returns a row per run.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from autousers.models import AutouserRun, RunStatus
from teams.models import Team

COUNTED = (RunStatus.COMPLETED, RunStatus.FAILED)
DEAREST = 10

_TOKENS = Coalesce(Sum(F("input_tokens") + F("output_tokens")), 0)
_COST = Coalesce(Sum("estimated_cost_usd"), Decimal(0))


@dataclass(frozen=True)
class RunUsage:
    """The usage of a team's runs, with the API's field names."""

    totals: dict[str, Any]
    by_evaluation: list[Any]
    daily: list[Any]
    per_run: dict[str, Any]


def usage_of_runs(*, team: Team, days: int) -> RunUsage:
    """The usage of a team's runs in the last days, today included."""
    today = timezone.now().astimezone(UTC).date()
    first = today - timedelta(days=days - 1)
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
    runs = AutouserRun.objects.filter(team=team, created_at__gte=begin, status__in=COUNTED)
    totals = _totals(runs)
    return RunUsage(
        totals=totals,
        by_evaluation=_by_evaluation(runs),
        daily=_daily(runs, first, days),
        per_run=_per_run(runs, totals),
    )


def _totals(runs: QuerySet[AutouserRun]) -> dict[str, Any]:
    return runs.aggregate(
        runs=Count("pk"),
        inputTokens=Coalesce(Sum("input_tokens"), 0),
        outputTokens=Coalesce(Sum("output_tokens"), 0),
        costUsd=_COST,
        evaluations=Count("evaluation", distinct=True),
        autousersUsed=Count("autouser", distinct=True),
    )


def _by_evaluation(runs: QuerySet[AutouserRun]) -> list[Any]:
    rows = runs.values(evaluationId=F("evaluation_id"), evaluationName=F("evaluation__name"))
    sums = rows.annotate(runs=Count("pk"), tokens=_TOKENS, costUsd=_COST)
    return list(sums.order_by("-costUsd", "-tokens", "-evaluationId")[:DEAREST])


def _daily(runs: QuerySet[AutouserRun], first: date, days: int) -> list[Any]:
    rows = runs.values(date=TruncDate("created_at", tzinfo=UTC))
    sums = rows.annotate(runs=Count("pk"), tokens=_TOKENS, costUsd=_COST)
    found: dict[date, Any] = {row["date"]: row for row in sums}
    dates = [first + timedelta(days=number) for number in range(days)]
    return [found.get(day, {"date": day, "runs": 0, "tokens": 0, "costUsd": 0}) for day in dates]


def _per_run(runs: QuerySet[AutouserRun], totals: dict[str, Any]) -> dict[str, Any]:
    count = totals["runs"]
    if not count:
        return {"medianCost": 0, "meanCost": 0, "medianTokens": 0}
    tokens = F("input_tokens") + F("output_tokens")
    return {
        "medianCost": _median(runs, F("estimated_cost_usd"), count),
        "meanCost": totals["costUsd"] / count,
        "medianTokens": _median(runs, tokens, count),
    }


def _median(runs: QuerySet[AutouserRun], expression: Any, count: int) -> Any:
    """The median of a known number of values."""
    values = runs.annotate(value=expression).order_by("value").values_list("value", flat=True)
    middle = list(values[(count - 1) // 2 : count // 2 + 1])
    return sum(middle) / len(middle)

"""`GET /usage`."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.rest.queries import choice
from api.rest.views import ApiView
from autousers.rest.usage_serializers import DEFAULT_RANGE, RANGES, UsageSerializer
from autousers.runs.usage import usage_of_runs
from teams.auth.permissions import acting_team
from teams.auth.principals import principal_of
from teams.limits import quotas
from teams.limits.plans import limits_of
from teams.limits.quotas import Period
from teams.models import Meter, Team

NAMES = {
    "autouser_ratings_mo": Meter.AUTOUSER_RATINGS,
    "human_ratings_mo": Meter.HUMAN_RATINGS,
    "evals_mo": Meter.EVALUATIONS,
}


@extend_schema(tags=["Identity"])
class UsageView(ApiView):
    """The limits of a team, and its usage."""

    throttle_free = True

    @extend_schema(
        operation_id="getUsage",
        summary="Plan, quotas and spend",
        parameters=[
            OpenApiParameter(
                "range",
                {"type": "string", "enum": list(RANGES), "default": DEFAULT_RANGE},
                description="The days that totals, byEval, daily and perRun are about.",
            )
        ],
        responses={200: UsageSerializer},
    )
    def get(self, request: Request) -> Response:
        """Of the team you act on: this month's quotas, and what its runs used lately."""
        asked = choice(request, "range", list(RANGES)) or DEFAULT_RANGE
        team = acting_team(principal_of(request))
        runs = usage_of_runs(team=team, days=RANGES[asked])
        body = _quotas(team) | {
            "range": asked,
            "byok": False,  # teams cannot store a model key of their own yet
            "byokConfigured": False,
            "betaUnlimited": settings.QUOTA_MODE == "log",
            "totals": runs.totals,
            "byEval": runs.by_evaluation,
            "daily": runs.daily,
            "perRun": runs.per_run,
        }
        return Response(UsageSerializer.render(body))


def _quotas(team: Team) -> dict[str, Any]:
    period = Period.current()
    counts = quotas.counts(team=team, period=period)
    limits = {name: counts[meter].limit for name, meter in NAMES.items()}
    ratings = counts[Meter.AUTOUSER_RATINGS]
    return {
        "plan": team.plan,
        "period": {"start": period.start, "end": period.end},
        "limits": {"rpm": limits_of(team).rpm, **limits},
        "used": {name: counts[meter].used for name, meter in NAMES.items()},
        "remaining": {name: counts[meter].remaining for name, meter in NAMES.items()},
        "freeQuota": {"used": ratings.used, "limit": ratings.limit},
        "freeRunsRemaining": ratings.remaining,
        "freeRunsTotal": ratings.limit,
    }

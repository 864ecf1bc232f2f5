"""Who is calling."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.rest.views import ApiView
from teams.auth.principals import Principal, principal_of
from teams.limits import quotas
from teams.limits.quotas import Period
from teams.models import Meter, Team
from teams.rest.serializers import WhoamiSerializer


@extend_schema(tags=["Identity"])
class WhoamiView(ApiView):
    """The caller, as the server sees them."""

    throttle_free = True
    mirrored_methods = frozenset({"GET"})

    @extend_schema(
        operation_id="getAuthWhoami", summary="Who is calling", responses={200: WhoamiSerializer}
    )
    def get(self, request: Request) -> Response:
        """The person, the team a request acts on when it names none, and what a key may do."""
        principal = principal_of(request)
        body = _caller(principal)
        if principal.scopes is not None:
            body["scopes"] = list(principal.scopes)
        if principal.team is not None:
            body |= _standing(principal.team)
        return Response(WhoamiSerializer.render(body))


def _caller(principal: Principal) -> dict[str, Any]:
    user = principal.user
    teams = Team.objects.visible_to(principal).order_by("-created_at", "-pk")
    return {
        "userId": user.pk,
        "teamId": principal.acts_on,
        "source": principal.source,
        "email": user.email,
        "user": {"id": user.pk, "name": user.name or None, "email": user.email},
        "teams": [
            {"id": team.pk, "name": team.name, "isPersonal": team.is_personal} for team in teams
        ],
        "activeTeamId": principal.acts_on,
    }


def _standing(team: Team) -> dict[str, Any]:
    ratings = quotas.counts(team=team, period=Period.current())[Meter.AUTOUSER_RATINGS]
    quota = {"used": ratings.used, "limit": ratings.limit}
    return {"plan": team.plan, "usage": {"freeQuota": quota, "byok": False}}

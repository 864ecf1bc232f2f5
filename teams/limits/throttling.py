"""The rate limit of a team: requests per minute.

All keys of a team, and all people acting on it, share one window. Its size is
the plan's; a plan without a limit is not counted.
"""

import logging
from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from api.exceptions import RateLimitExceeded
from api.security import rate_limits
from teams.auth.principals import Principal, principal_of
from teams.limits.plans import PLAN_LIMITS, limits_of
from teams.models import Plan

log = logging.getLogger("autousers.rate_limits")


class TeamThrottle(BaseThrottle):
    """Count each request against the team that it acts on.

    Requests to `throttle_free` views are not counted; their replies show the window.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        """Let a request through, and leave its window for the reply's headers.

        Raises:
            RateLimitExceeded: when the team made as many as it may.
        """
        principal = request.auth and principal_of(request)
        if not principal:
            return True
        key, plan, limit = _whom(principal)
        if limit is None:
            return True
        limiter = rate_limits.limiter()
        count = limiter.peek if view.throttle_free else limiter.hit
        window = rate_limits.remember(request, count(key, limit))
        if window.exceeded and rate_limits.enforced(key):
            raise RateLimitExceeded(
                limit=limit, plan=Plan(plan).label, retry_after=window.retry_after
            )
        return True


def _whom(principal: Principal) -> tuple[str, str, int | None]:
    """The key of the window, the plan, and the limit."""
    if principal.team is not None:
        return f"team:{principal.team.pk}", principal.team.plan, limits_of(principal.team).rpm
    return f"user:{principal.user.pk}", Plan.FREE, PLAN_LIMITS[Plan.FREE].rpm

"""What each plan includes. Plain data: rate limits and quotas read it.

`None` means that nothing is counted against a limit; what an Enterprise team
gets is agreed with it, and set on the team.
"""

from dataclasses import dataclass

from teams.models import Plan, Team


@dataclass(frozen=True)
class PlanLimits:
    """What a team on a plan may use: requests per minute, what a calendar month includes, and the
    files that it may hold at a time.
    """

    rpm: int | None
    autouser_ratings: int | None
    human_ratings: int | None
    evaluations: int | None
    files: int | None = None
    file_megabytes: int | None = None


PLAN_LIMITS: dict[str, PlanLimits] = {
    Plan.FREE: PlanLimits(
        rpm=60,
        autouser_ratings=50,
        human_ratings=250,
        evaluations=5,
        files=100,
        file_megabytes=1_000,
    ),
    Plan.TEAM: PlanLimits(
        rpm=120,
        autouser_ratings=500,
        human_ratings=5_000,
        evaluations=100,
        files=1_000,
        file_megabytes=10_000,
    ),
    Plan.PRO: PlanLimits(
        rpm=600,
        autouser_ratings=2_000,
        human_ratings=20_000,
        evaluations=None,
        files=10_000,
        file_megabytes=100_000,
    ),
    Plan.ENTERPRISE: PlanLimits(
        rpm=None, autouser_ratings=None, human_ratings=None, evaluations=None
    ),
}


def limits_of(team: Team) -> PlanLimits:
    """The limits of a team: those of its plan, where an operator set no other ones."""
    plan = PLAN_LIMITS[team.plan]
    return PlanLimits(
        rpm=_first(team.rpm_limit, plan.rpm),
        autouser_ratings=_first(team.autouser_ratings_limit, plan.autouser_ratings),
        human_ratings=_first(team.human_ratings_limit, plan.human_ratings),
        evaluations=_first(team.evaluations_limit, plan.evaluations),
        files=plan.files,
        file_megabytes=plan.file_megabytes,
    )


def _first(own: int | None, plans: int | None) -> int | None:
    return plans if own is None else own

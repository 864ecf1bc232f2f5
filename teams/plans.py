"""What a team may use, by its plan."""

from dataclasses import dataclass

from teams.models import Plan, Team


@dataclass(frozen=True)
class PlanLimits:
    """Requests per minute, and per calendar month the rest; None is no limit."""

    rpm: int | None
    autouser_ratings: int | None
    human_ratings: int | None
    evaluations: int | None


PLAN_LIMITS: dict[Plan, PlanLimits] = {
    Plan.FREE: PlanLimits(rpm=60, autouser_ratings=50, human_ratings=250, evaluations=5),
    Plan.TEAM: PlanLimits(rpm=120, autouser_ratings=500, human_ratings=5_000, evaluations=100),
    Plan.PRO: PlanLimits(rpm=600, autouser_ratings=2_000, human_ratings=20_000, evaluations=None),
    Plan.ENTERPRISE: PlanLimits(
        rpm=None, autouser_ratings=None, human_ratings=None, evaluations=None
    ),
}


def limits_of(team: Team) -> PlanLimits:
    """The limits of a team: those of its plan."""
    return PLAN_LIMITS[Plan(team.plan)]

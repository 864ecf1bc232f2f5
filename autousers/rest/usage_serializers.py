"""The reply of `GET /usage`: the quotas of the month, and the usage of runs in the last days."""

from rest_framework import serializers

from api.rest.fields import Array, Choice, Flag, Moment, Text, Whole
from api.rest.shapes import Shape
from autousers.runs.usage import DEAREST
from autousers.snapshots import Money
from teams.models import Plan
from teams.rest.serializers import FreeQuotaSerializer

RANGES = {"7d": 7, "30d": 30, "90d": 90}
DEFAULT_RANGE = "30d"


class UsagePeriodSerializer(Shape):
    """The month that quotas are counted by: from its start, until before its end."""

    start = Moment()
    end = Moment()


class UsageLimitsSerializer(Shape):
    """What the team may use: requests per minute, and per month the rest; null is no limit."""

    rpm = Whole(allow_null=True)
    autouser_ratings_mo = Whole(allow_null=True)
    human_ratings_mo = Whole(allow_null=True)
    evals_mo = Whole(allow_null=True)


class UsageUsedSerializer(Shape):
    """What the team used this month."""

    autouser_ratings_mo = Whole(min_value=0)
    human_ratings_mo = Whole(min_value=0)
    evals_mo = Whole(min_value=0)


class UsageRemainingSerializer(Shape):
    """What is left of this month, less what runs under way set aside; null is no limit."""

    autouser_ratings_mo = Whole(min_value=0, allow_null=True)
    human_ratings_mo = Whole(min_value=0, allow_null=True)
    evals_mo = Whole(min_value=0, allow_null=True)


class UsageTotalsSerializer(Shape):
    """Runs of the range that came to an end, and what they used."""

    runs = Whole(min_value=0)
    inputTokens = Whole(min_value=0)
    outputTokens = Whole(min_value=0)
    costUsd = Money()
    evaluations = Whole(min_value=0)
    autousersUsed = Whole(min_value=0)


class UsageByEvaluationSerializer(Shape):
    """The part of one evaluation."""

    evaluationId = Text()
    evaluationName = Text()
    runs = Whole(min_value=0)
    tokens = Whole(min_value=0)
    costUsd = Money()


class UsageByDaySerializer(Shape):
    """The part of one day, in UTC."""

    date = serializers.DateField()
    runs = Whole(min_value=0)
    tokens = Whole(min_value=0)
    costUsd = Money()


class UsagePerRunSerializer(Shape):
    """What a run used as a rule."""

    medianCost = Money()
    meanCost = Money()
    medianTokens = serializers.FloatField(min_value=0)


class UsageSerializer(Shape):
    """Plan, quotas and spend of a team."""

    plan = Choice(Plan.values)
    period = UsagePeriodSerializer()
    limits = UsageLimitsSerializer()
    used = UsageUsedSerializer()
    remaining = UsageRemainingSerializer()
    range = Choice(RANGES)
    byok = Flag(help_text="Whether a model key of the team's own is saved and switched on.")
    byokConfigured = Flag(help_text="Whether one is saved.")
    freeQuota = FreeQuotaSerializer()
    freeRunsRemaining = Whole(min_value=0, allow_null=True, required=False)
    freeRunsTotal = Whole(min_value=0, allow_null=True, required=False)
    betaUnlimited = Flag(
        required=False, help_text="Whether what goes beyond the quotas is only logged."
    )
    totals = UsageTotalsSerializer()
    byEval = Array(
        child=UsageByEvaluationSerializer(), max_length=DEAREST, help_text="Dearest first."
    )
    daily = UsageByDaySerializer(many=True, help_text="One for each day of the range.")
    perRun = UsagePerRunSerializer()
